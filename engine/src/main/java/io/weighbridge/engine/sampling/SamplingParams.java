package io.weighbridge.engine.sampling;

/**
 * How to pick tokens. Out of range values are refused here, with the parameter named as in the OpenAI API.
 *
 * @param temperature 0 (greedy) to 2
 * @param topP above 0, at most 1
 * @param topK 0 (all) or more
 * @param minP 0 to 1
 * @param seed of the random numbers
 */
public record SamplingParams(double temperature, double topP, int topK, double minP, long seed) {
    public SamplingParams {
        require(temperature >= 0 && temperature <= 2, "temperature", "0 to 2", temperature);
        require(topP > 0 && topP <= 1, "top_p", "above 0, at most 1", topP);
        require(topK >= 0, "top_k", "0 or more", topK);
        require(minP >= 0 && minP <= 1, "min_p", "0 to 1", minP);
    }

    /** Always the most probable token. */
    public static SamplingParams greedy() {
        return new SamplingParams(0, 1, 0, 0, 0);
    }

    private static void require(boolean holds, String name, String range, Number value) {
        if (!holds) {
            throw new IllegalArgumentException("%s must be %s, is %s".formatted(name, range, value));
        }
    }
}
