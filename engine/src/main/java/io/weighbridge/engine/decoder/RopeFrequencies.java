package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import java.util.List;
import java.util.stream.IntStream;

/** Rotation frequencies in radians per position, one for each pair of a head's dimensions. */
final class RopeFrequencies {
    /** The base where a checkpoint gives none. */
    static final double BASE_DEFAULT = 10_000;

    private RopeFrequencies() {}

    /** Frequencies as config.json wants them: rope types default, linear and llama3. */
    static List<Double> of(ConfigReader.Rope rope, int headDimension) {
        var options = rope.options();
        double share = options.real("partial_rotary_factor", 1);
        if (share != 1) {
            throw new CheckpointException(
                    "config.json: a partial_rotary_factor of %s is not supported; only 1 is".formatted(share));
        }
        var frequencies = unscaled(rope.base(), headDimension);
        var type = options.text("rope_type", options.text("type", "default"));
        return switch (type) {
            case "default" -> frequencies;
            case "linear" -> linear(frequencies, options.real("factor"));
            case "llama3" -> llama3(frequencies, options);
            default ->
                throw new CheckpointException(
                        "config.json: rope_type '%s' is not supported; supported: default, linear, llama3"
                                .formatted(type));
        };
    }

    /** base^(-2i/n) for pair i of n dimensions. */
    static List<Double> unscaled(double base, int dimensions) {
        if (dimensions % 2 != 0) {
            throw new CheckpointException(
                    "heads have %d dimensions; rotation needs an even number".formatted(dimensions));
        }
        return IntStream.range(0, dimensions / 2)
                .mapToObj(pair -> Math.pow(base, -2.0 * pair / dimensions))
                .toList();
    }

    /** Positions squeezed by {@code factor}. */
    static List<Double> linear(List<Double> frequencies, double factor) {
        return frequencies.stream().map(frequency -> frequency / factor).toList();
    }

    /**
     * Llama 3's stretching of the context: wavelengths longer than the original context over the low factor are slowed by
     * {@code factor}, those shorter than it over the high factor stay, those between are mixed linearly.
     */
    private static List<Double> llama3(List<Double> frequencies, ConfigReader options) {
        double factor = options.real("factor");
        double low = options.real("low_freq_factor");
        double high = options.real("high_freq_factor");
        double original = options.size("original_max_position_embeddings");
        if (high <= low) {
            throw new CheckpointException(
                    "config.json: high_freq_factor (%s) must be above low_freq_factor (%s)".formatted(high, low));
        }
        return frequencies.stream()
                .map(frequency -> {
                    double turns = original * frequency / (2 * Math.PI); // in the original context
                    double kept = Math.clamp((turns - low) / (high - low), 0.0, 1.0);
                    return (1 - kept) * frequency / factor + kept * frequency;
                })
                .toList();
    }
}
