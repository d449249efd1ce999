package io.weighbridge.inference.executor;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.EncoderTensors.Layer;
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.Numerics;

/** Puts encoders into memory, all of them with libtorch, and says before how much they take. */
public final class EncoderExecutors {
    private EncoderExecutors() {}

    /**
     * A runner for {@code encoder}. The calling thread must be the one that runs it.
     *
     * @throws IllegalArgumentException for other numerics than f32, bf16 and int8
     */
    public static EncoderRunner load(Encoder encoder, Numerics numerics, int threads) {
        return DjlBackEnd.load(encoder, numerics, threads);
    }

    /**
     * Memory that {@link #load} will take.
     *
     * @param stepTokens tokens of one step
     */
    public static MemoryNeed memory(Encoder encoder, Numerics numerics, int stepTokens) {
        var spec = encoder.spec();
        var tensors = encoder.tensors();
        long values = 2L * spec.hiddenSize();
        long weights = 0;
        long largest = 0;
        for (var layer : tensors.layers()) {
            weights += layer.linears()
                    .mapToLong(linear -> bytes(linear.weight(), numerics))
                    .sum();
            largest = Math.max(largest, largest(layer));
            values += 4L * spec.hiddenSize() + biases(layer);
        }
        long mapped = tensors.embedding().data().byteSize()
                + tensors.positions().data().byteSize();
        long tokens = Math.max(stepTokens, spec.contextLength());
        long rows = 10L * spec.hiddenSize() + 3L * spec.feedForwardSize();
        // Where distances have biases, each head's scores of the longest input exist.
        long scores =
                spec.relativeBuckets() == 0 ? 0 : 2L * spec.headCount() * spec.contextLength() * spec.contextLength();
        // A layer is widened on the heap and in tensors before it is packed.
        long packing = 4 * Float.BYTES * largest;
        return new MemoryNeed(
                weights + Float.BYTES * values, mapped, 0, Math.max(packing, Float.BYTES * (tokens * rows + scores)));
    }

    private static long bytes(Tensor weight, Numerics numerics) {
        return switch (numerics) {
            case F32 -> Float.BYTES * weight.elementCount();
            case BF16 -> 2 * weight.elementCount();
            // Rows padded to what the kernel reads at a time, and one scale for each.
            case INT8 ->
                weight.shape().getFirst() * (32 * Math.ceilDiv(weight.shape().getLast(), 32L) + 2);
            case STORED, INT4 -> throw new IllegalArgumentException("encoders do not run as " + numerics.label());
        };
    }

    private static long largest(Layer layer) {
        return layer.linears()
                .mapToLong(linear -> linear.weight().elementCount())
                .max()
                .orElse(0);
    }

    private static long biases(Layer layer) {
        return layer.linears()
                .map(Linear::bias)
                .filter(java.util.Objects::nonNull)
                .mapToLong(Tensor::elementCount)
                .sum();
    }
}
