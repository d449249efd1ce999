package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A norm over a whole row, padded as rows are. */
final class KernelNorm {
    private final DecoderSpec.Norm.Kind kind;
    private final float epsilon;
    private final int count;
    private final float[] weights;
    private final float[] biases;

    private KernelNorm(DecoderSpec.Norm norm, DecoderTensors.Norm stored, int stride) {
        kind = norm.kind();
        epsilon = (float) norm.epsilon();
        var values = Dequantizer.values(stored.weight());
        count = values.length;
        weights = Arrays.copyOf(values, stride);
        var bias = stored.bias();
        biases = bias == null ? new float[stride] : Arrays.copyOf(Dequantizer.values(bias), stride);
    }

    /** The norm, or null where the family has none. */
    static @Nullable KernelNorm of(DecoderSpec.Norm norm, DecoderTensors.@Nullable Norm stored, int stride) {
        return stored == null ? null : new KernelNorm(norm, stored, stride);
    }

    /** Normalizes one row; {@code result} may be {@code values}. */
    void apply(float[] values, int from, float[] result, int to) {
        switch (kind) {
            case RMS -> Elementwise.rmsNorm(values, from, count, weights, epsilon, result, to);
            case LAYER -> Elementwise.layerNorm(values, from, count, weights, biases, epsilon, result, to);
        }
    }
}
