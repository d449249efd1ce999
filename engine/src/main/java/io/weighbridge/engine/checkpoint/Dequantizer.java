package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The values of stored tensors as floats, bit for bit those of ggml's reference code. Every executor's arithmetic is
 * measured against it; being plain Java, it is not itself meant for the inner loop of inference. Thread-safe.
 */
public final class Dequantizer {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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
        long at = byteOffset;
        for (int i = offset; i < offset + count; i += type.blockSize(), at += type.blockBytes()) {
            switch (type) {
                case F64 -> target[i] = (float) data.get(DOUBLE, at);
                case F32 -> target[i] = data.get(FLOAT, at);
                case F16 -> target[i] = half(data, at);
                case BF16 -> target[i] = Float.intBitsToFloat(data.get(SHORT, at) << 16);
                case Q4_0 -> q4_0(data, at, target, i);
                case Q4_1 -> q4_1(data, at, target, i);
                case Q5_0 -> q5_0(data, at, target, i);
                case Q5_1 -> q5_1(data, at, target, i);
                case Q8_0 -> q8_0(data, at, target, i);
                case Q2_K -> SuperBlocks.q2(data, at, target, i);
                case Q3_K -> SuperBlocks.q3(data, at, target, i);
                case Q4_K -> SuperBlocks.q4(data, at, target, i);
                case Q5_K -> SuperBlocks.q5(data, at, target, i);
                case Q6_K -> SuperBlocks.q6(data, at, target, i);
                case MXFP4 -> mxfp4(data, at, target, i);
                case I64, I32, I16, I8, U8, BOOL ->
                    throw new CheckpointException("type %s does not hold real numbers".formatted(type));
            }
        }
    }

    static float half(MemorySegment data, long at) {
        return Float.float16ToFloat(data.get(SHORT, at));
    }

    static int unsigned(MemorySegment data, long at) {
        return Byte.toUnsignedInt(data.get(ValueLayout.JAVA_BYTE, at));
    }

    private static void q4_0(MemorySegment data, long at, float[] target, int i) {
        float scale = half(data, at);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 2 + j);
            target[i + j] = ((pair & 0xf) - 8) * scale;
            target[i + j + 16] = ((pair >>> 4) - 8) * scale;
        }
    }

    private static void q4_1(MemorySegment data, long at, float[] target, int i) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 4 + j);
            target[i + j] = (pair & 0xf) * scale + min;
            target[i + j + 16] = (pair >>> 4) * scale + min;
        }
    }

    private static void q5_0(MemorySegment data, long at, float[] target, int i) {
        float scale = half(data, at);
        int high = data.get(INT, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 6 + j);
            target[i + j] = ((pair & 0xf | high >>> j << 4 & 0x10) - 16) * scale;
            target[i + j + 16] = ((pair >>> 4 | high >>> j + 12 & 0x10) - 16) * scale;
        }
    }

    private static void q5_1(MemorySegment data, long at, float[] target, int i) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        int high = data.get(INT, at + 4);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 8 + j);
            target[i + j] = (pair & 0xf | high >>> j << 4 & 0x10) * scale + min;
            target[i + j + 16] = (pair >>> 4 | high >>> j + 12 & 0x10) * scale + min;
        }
    }

    private static void q8_0(MemorySegment data, long at, float[] target, int i) {
        float scale = half(data, at);
        for (int j = 0; j < 32; j++) {
            target[i + j] = data.get(ValueLayout.JAVA_BYTE, at + 2 + j) * scale;
        }
    }

    /** Twice the values of the 16 four-bit floats (one sign, two exponent bits, one bit of mantissa). */
    private static final int[] FP4_DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    /** Exponent bias of the shared scale, which is a power of two, and one more because the values above are doubled. */
    private static final int E8M0_BIAS = 128;

    private static void mxfp4(MemorySegment data, long at, float[] target, int i) {
        float scale = (float) Math.scalb(1.0, unsigned(data, at) - E8M0_BIAS);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned(data, at + 1 + j);
            target[i + j] = FP4_DOUBLED[pair & 0xf] * scale;
            target[i + j + 16] = FP4_DOUBLED[pair >>> 4] * scale;
        }
    }
}
