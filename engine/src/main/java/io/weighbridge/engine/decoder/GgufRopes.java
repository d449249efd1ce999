package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderSpec.Later;
import io.weighbridge.engine.decoder.DecoderSpec.Rope;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.ArrayList;
import java.util.List;

/** A rotation as GGUF files describe it: by keys that begin with rope, and by tensors of divisors. */
final class GgufRopes {
    private static final String DIVISORS = "rope_freqs.weight";
    private static final String DIVISORS_SHORT = "rope_factors_short.weight";
    private static final String DIVISORS_LONG = "rope_factors_long.weight";

    private final Checkpoint checkpoint;
    private final GgufReader keys;
    private final DecoderDraft draft;
    private final RopeLayout layout;

    /** Whether yarn's border between kept and slowed pairs lies on whole indices. The original gpt-oss has it between them. */
    private final boolean truncated;

    GgufRopes(Checkpoint checkpoint, GgufReader keys, DecoderDraft draft, RopeLayout layout, boolean truncated) {
        this.checkpoint = checkpoint;
        this.keys = keys;
        this.draft = draft;
        this.layout = layout;
        this.truncated = truncated;
    }

    static boolean isDivisors(String name) {
        return name.equals(DIVISORS) || name.equals(DIVISORS_SHORT) || name.equals(DIVISORS_LONG);
    }

    /** The rotation with its scaling. */
    Rope scaled() {
        var type = keys.metadata().string(keys.named("rope.scaling.type")).orElse("linear");
        double attention = keys.real("rope.scaling.attn_factor", 1);
        var plain = RopeFrequencies.unscaled(base(), dimensions());
        if (checkpoint.tensor(DIVISORS_SHORT).isPresent()) {
            return longrope(plain, attention);
        }
        return switch (type) {
            case "none" -> new Rope(divided(plain), layout, attention);
            case "linear" -> new Rope(divided(RopeFrequencies.linear(plain, factor())), layout, attention);
            case "yarn" -> yarn(attention);
            default ->
                throw new CheckpointException("%s '%s' is not supported; supported: none, linear, yarn, longrope"
                        .formatted(keys.named("rope.scaling.type"), type));
        };
    }

    /** That of layers with a window, never scaled. */
    Rope unscaled(double baseDefault) {
        double base = keys.real("rope.freq_base_swa", baseDefault);
        return new Rope(RopeFrequencies.unscaled(base, dimensions()), layout, 1);
    }

    double base() {
        return keys.real("rope.freq_base", RopeFrequencies.BASE_DEFAULT);
    }

    private int dimensions() {
        int dimensions = keys.size("rope.dimension_count", draft.headDimension);
        if (dimensions > draft.headDimension) {
            throw new CheckpointException("%s is %d, but heads have only %d dimensions"
                    .formatted(keys.named("rope.dimension_count"), dimensions, draft.headDimension));
        }
        return dimensions;
    }

    private double factor() {
        return keys.real("rope.scaling.factor", keys.real("rope.scale_linear", 1));
    }

    private Rope yarn(double attention) {
        double factor = factor();
        double stretch = stretch(factor, 1);
        double all = keys.real("rope.scaling.yarn_log_multiplier", 0);
        return new Rope(
                RopeFrequencies.yarn(
                        base(),
                        dimensions(),
                        factor,
                        keys.size("rope.scaling.original_context_length", draft.contextLength),
                        keys.real("rope.scaling.yarn_beta_fast", 32),
                        keys.real("rope.scaling.yarn_beta_slow", 1),
                        truncated),
                layout,
                attention * (all > 0 ? stretch / stretch(factor, all) : stretch));
    }

    private static double stretch(double factor, double weight) {
        return factor > 1 ? 0.1 * weight * Math.log(factor) + 1 : 1;
    }

    private Rope longrope(List<Double> plain, double attention) {
        int original = keys.size("rope.scaling.original_context_length", draft.contextLength);
        var first = divided(plain, tensor(DIVISORS_SHORT));
        var later = divided(plain, tensor(DIVISORS_LONG));
        return new Rope(first, layout, attention, original < draft.contextLength ? new Later(later, original) : null);
    }

    private Tensor tensor(String name) {
        return checkpoint
                .tensor(name)
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor '%s'".formatted(name)));
    }

    /** llama3's scaling comes as one divisor per frequency. */
    private List<Double> divided(List<Double> frequencies) {
        return checkpoint
                .tensor(DIVISORS)
                .map(tensor -> divided(frequencies, tensor))
                .orElse(frequencies);
    }

    private static List<Double> divided(List<Double> frequencies, Tensor divisors) {
        TensorBinder.requireShape(divisors, List.of((long) frequencies.size()));
        TensorBinder.requirePlain(divisors);
        var divided = new ArrayList<Double>();
        for (float divisor : Dequantizer.values(divisors)) {
            if (!(divisor > 0) || Float.isInfinite(divisor)) {
                throw new CheckpointException(
                        "tensor '%s' has a value of %s; all must be above 0".formatted(divisors.name(), divisor));
            }
            divided.add(frequencies.get(divided.size()) / divisor);
        }
        return divided;
    }
}
