package io.weighbridge.engine.sampling;

/**
 * How to pick tokens. Out of range values are refused here, with the parameter named as in the OpenAI API.
 *
 * @param temperature 0 (greedy) to 2
 * @param topP above 0, at most 1
 * @param topK 0 (all) or more
 * @param minP 0 to 1
 * @param typicalP above 0, at most 1 (all)
 * @param seed of the random numbers
 * @param adjustments what happens to logits before
 */
public record SamplingParams(
        double temperature, double topP, int topK, double minP, double typicalP, long seed, Adjustments adjustments) {
    public SamplingParams {
        require(temperature >= 0 && temperature <= 2, "temperature", "0 to 2", temperature);
        require(topP > 0 && topP <= 1, "top_p", "above 0, at most 1", topP);
        require(topK >= 0, "top_k", "0 or more", topK);
        require(minP >= 0 && minP <= 1, "min_p", "0 to 1", minP);
        require(typicalP > 0 && typicalP <= 1, "typical_p", "above 0, at most 1", typicalP);
    }

    /** Without adjustments and typical sampling. */
    public SamplingParams(double temperature, double topP, int topK, double minP, long seed) {
        this(temperature, topP, topK, minP, 1, seed, Adjustments.NONE);
    }

    /** Always the most probable token. */
    public static SamplingParams greedy() {
        return new SamplingParams(0, 1, 0, 0, 0);
    }

    /** The same with other random numbers, for another completion of one prompt. */
    public SamplingParams withSeed(long other) {
        return new SamplingParams(temperature, topP, topK, minP, typicalP, other, adjustments);
    }

    /**
     * For one of several completions of a prompt: the first has the seed itself, so that it is what it would be alone, each other a
     * seed that hangs on its index only, whatever their number.
     */
    public SamplingParams ofChoice(int index) {
        return index == 0 ? this : withSeed(Sampler.mix(seed + Sampler.mix(index)));
    }

    static void require(boolean holds, String name, String range, Number value) {
        if (!holds) {
            throw new IllegalArgumentException("%s must be %s, is %s".formatted(name, range, value));
        }
    }
}
