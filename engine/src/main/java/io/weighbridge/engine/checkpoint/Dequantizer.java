package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;

/**
 * The values of stored tensors as floats, bit for bit those of ggml's reference code. Every executor's arithmetic is
 * measured against it, and weights are widened with it while they are loaded; the inner loop of inference has kernels of its
 * own. Thread-safe; beside {@link #values}, nothing is allocated.
 */
public final class Dequantizer {
    private Dequantizer() {}

    /** All values, row-major. A tensor with more values than an array can hold is refused. */
    public static float[] values(Tensor tensor) {
        long count = tensor.elementCount();
        if (count > Integer.MAX_VALUE - 8) {
            throw new CheckpointException(
                    "tensor '%s' has %d values, too many for one array".formatted(tensor.name(), count));
        }
        var values = new float[(int) count];
        decode(tensor.type(), tensor.data(), 0, values, 0, values.length);
        return values;
    }

    /**
     * Writes rows {@code firstRow} to {@code firstRow + rowCount - 1} into {@code target} from {@code offset} on. A row is
     * a run of the innermost dimension.
     */
    public static void rows(Tensor tensor, long firstRow, int rowCount, float[] target, int offset) {
        int columns = Math.toIntExact(tensor.shape().getLast());
        long rowBytes =
                (long) columns / tensor.type().blockSize() * tensor.type().blockBytes();
        decode(
                tensor.type(),
                tensor.data(),
                Math.multiplyExact(firstRow, rowBytes),
                target,
                offset,
                Math.multiplyExact(rowCount, columns));
    }

    /**
     * Writes {@code count} values into {@code target} from {@code offset} on, read from the blocks that start at
     * {@code byteOffset} of {@code data}. {@code count} is a multiple of the type's block size.
     */
    public static void decode(
            TensorType type, MemorySegment data, long byteOffset, float[] target, int offset, int count) {
        if (count % type.blockSize() != 0) {
            throw new IllegalArgumentException(
                    "count of %s values must be a multiple of %d, is %d".formatted(type, type.blockSize(), count));
        }
        type.decoder().decode(data, byteOffset, target, offset, count);
    }
}
