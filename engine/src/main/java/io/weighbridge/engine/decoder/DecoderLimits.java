package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.CheckpointException;

/** Bounds on what a configuration may say, so that no later arithmetic on sizes overflows and no loop runs away. */
public final class DecoderLimits {
    /** Most layers. The deepest published decoders have a few hundred. */
    static final int LAYER_COUNT_MAX = 4_096;

    /** Largest width of anything: hidden size, heads, head dimension, feed-forward, vocabulary, context length. */
    static final int SIZE_MAX = 1 << 24;

    /** Most experts of a layer. Published mixtures have a few hundred. */
    static final int EXPERT_COUNT_MAX = 4_096;

    /** Most dimensions of a head, for each of which something is computed before any tensor is looked at. Published ones stay below 1,024. */
    static final int HEAD_DIMENSION_MAX = 1 << 14;

    private DecoderLimits() {}

    /** {@code value} as a size, or refused by {@code name}. */
    static int size(String name, long value) {
        if (value < 1 || value > SIZE_MAX) {
            throw new CheckpointException("%s is %d; it must be 1 to %d".formatted(name, value, SIZE_MAX));
        }
        return (int) value;
    }

    static void headDimension(int dimensions) {
        if (dimensions > HEAD_DIMENSION_MAX) {
            throw new CheckpointException(
                    "heads have %d dimensions; the limit is %d".formatted(dimensions, HEAD_DIMENSION_MAX));
        }
    }

    /** {@code value} as a number above zero, or refused by {@code name}. */
    static double positive(String name, double value) {
        if (!(value > 0) || Double.isInfinite(value)) {
            throw new CheckpointException("%s is %s; it must be a number above 0".formatted(name, value));
        }
        return value;
    }

    /** The quotient, or refused by both names where there is a rest. */
    public static int divide(String dividendName, int dividend, String divisorName, int divisor) {
        if (dividend % divisor != 0) {
            throw new CheckpointException(
                    "%s (%d) is not a multiple of %s (%d)".formatted(dividendName, dividend, divisorName, divisor));
        }
        return dividend / divisor;
    }

    /** Refuses more layers than {@link #LAYER_COUNT_MAX}. */
    public static void layers(int count) {
        if (count > LAYER_COUNT_MAX) {
            throw new CheckpointException("the model has %d layers; the limit is %d".formatted(count, LAYER_COUNT_MAX));
        }
    }

    static void check(DecoderSpec spec) {
        var experts = spec.feedForward().experts();
        if (experts != null && (experts.count() > EXPERT_COUNT_MAX || experts.used() > experts.count())) {
            throw new CheckpointException("%d of %d experts for each token; the limit is all of %d"
                    .formatted(experts.used(), experts.count(), EXPERT_COUNT_MAX));
        }
        divide("the number of heads", spec.headCount(), "the number of key-value heads", spec.kvHeadCount());
        size("heads times head dimension", (long) spec.headCount() * spec.headDimension());
    }
}
