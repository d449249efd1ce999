package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.DecoderSpec.Later;
import io.weighbridge.engine.decoder.DecoderSpec.Rope;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;
import java.util.stream.IntStream;

/** Rotation frequencies in radians per position, one for each pair of a head's dimensions. */
final class RopeFrequencies {
    /** The base where a checkpoint gives none. */
    static final double BASE_DEFAULT = 10_000;

    private RopeFrequencies() {}

    /**
     * A rotation as config.json wants it. Dynamic scaling begins where the context ends, so that within it frequencies are plain.
     */
    static Rope of(ConfigReader.Rope rope, int headDimension, RopeLayout layout) {
        var options = rope.options();
        int dimensions = (int) (headDimension * rope.share());
        if (rope.share() > 1 || dimensions < 1) {
            throw new CheckpointException("config.json: a partial_rotary_factor of %s is not supported in heads of %d"
                    .formatted(rope.share(), headDimension));
        }
        var frequencies = unscaled(rope.base(), dimensions);
        var type = options.text("rope_type", options.text("type", "default"));
        return switch (type) {
            case "default", "dynamic" -> new Rope(frequencies, layout, 1);
            case "linear" -> new Rope(linear(frequencies, options.real("factor")), layout, 1);
            case "llama3" -> new Rope(llama3(frequencies, options, rope.requireOriginal()), layout, 1);
            case "yarn" -> yarn(rope, dimensions, layout);
            case "longrope", "su" -> longrope(rope, frequencies, layout);
            default ->
                throw new CheckpointException(
                        "config.json: rope_type '%s' is not supported; supported: default, linear, dynamic, llama3, yarn,"
                                        .formatted(type)
                                + " longrope");
        };
    }

    private static Rope yarn(ConfigReader.Rope rope, int dimensions, RopeLayout layout) {
        var options = rope.options();
        double original = rope.requireOriginal();
        double factor = factor(rope);
        double attention = stretch(factor, 1);
        if (options.given("mscale") && options.given("mscale_all_dim")) {
            attention = stretch(factor, options.real("mscale")) / stretch(factor, options.real("mscale_all_dim"));
        }
        return new Rope(
                yarn(
                        rope.base(),
                        dimensions,
                        factor,
                        original,
                        options.real("beta_fast", 32),
                        options.real("beta_slow", 1),
                        options.truth("truncate", true)),
                layout,
                options.real("attention_factor", attention));
    }

    private static double factor(ConfigReader.Rope rope) {
        return rope.options().has("factor") || rope.context() == 0
                ? rope.options().real("factor")
                : (double) rope.context() / rope.requireOriginal();
    }

    private static double stretch(double factor, double weight) {
        return factor > 1 ? 0.1 * weight * Math.log(factor) + 1 : 1;
    }

    /** LongRoPE: a divisor for each frequency, others for positions beyond the original context. */
    private static Rope longrope(ConfigReader.Rope rope, List<Double> frequencies, RopeLayout layout) {
        var options = rope.options();
        int original = rope.requireOriginal();
        double factor = factor(rope);
        double attention = factor > 1 ? Math.sqrt(1 + Math.log(factor) / Math.log(original)) : 1;
        var first = divided(frequencies, options.reals("short_factor", frequencies.size()));
        var later = divided(frequencies, options.reals("long_factor", frequencies.size()));
        return new Rope(
                first,
                layout,
                options.real("attention_factor", attention),
                original < rope.context() ? new Later(later, original) : null);
    }

    static List<Double> divided(List<Double> frequencies, List<Double> divisors) {
        return IntStream.range(0, frequencies.size())
                .mapToObj(pair -> frequencies.get(pair) / divisors.get(pair))
                .toList();
    }

    /**
     * YaRN: pairs that turn more than {@code fast} times in the original context stay, those that turn less than {@code slow} times are
     * slowed by {@code factor}, those between are mixed linearly by their index.
     */
    static List<Double> yarn(
            double base, int dimensions, double factor, double original, double fast, double slow, boolean truncate) {
        double low = yarnIndex(fast, dimensions, base, original);
        double high = yarnIndex(slow, dimensions, base, original);
        if (truncate) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        double first = Math.max(low, 0);
        double last = Math.min(high, dimensions - 1);
        double width = last == first ? 0.001 : last - first;
        var plain = unscaled(base, dimensions);
        return IntStream.range(0, dimensions / 2)
                .mapToObj(pair -> {
                    double slowed = Math.clamp((pair - first) / width, 0.0, 1.0);
                    return plain.get(pair) / factor * slowed + plain.get(pair) * (1 - slowed);
                })
                .toList();
    }

    /** The (real) index of the pair that turns {@code turns} times in the original context. */
    private static double yarnIndex(double turns, int dimensions, double base, double original) {
        return dimensions * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
    }

    /** base^(-2i/n) for pair i of n dimensions. */
    static List<Double> unscaled(double base, int dimensions) {
        DecoderLimits.headDimension(dimensions);
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
    private static List<Double> llama3(List<Double> frequencies, ConfigReader options, double original) {
        double factor = options.real("factor");
        double low = options.real("low_freq_factor");
        double high = options.real("high_freq_factor");
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
