package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Real numbers stored one by one, without blocks. */
final class PlainNumbers {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private PlainNumbers() {}

    static void f64(MemorySegment data, long at, float[] target, int start, int count) {
        for (int i = 0; i < count; i++) {
            target[start + i] = (float) data.get(DOUBLE, at + 8L * i);
        }
    }

    static void f32(MemorySegment data, long at, float[] target, int start, int count) {
        MemorySegment.copy(data, FLOAT, at, target, start, count);
    }

    static void f16(MemorySegment data, long at, float[] target, int start, int count) {
        for (int i = 0; i < count; i++) {
            target[start + i] = BlockBytes.half(data, at + 2L * i);
        }
    }

    static void bf16(MemorySegment data, long at, float[] target, int start, int count) {
        for (int i = 0; i < count; i++) {
            target[start + i] = Float.intBitsToFloat(data.get(SHORT, at + 2L * i) << 16);
        }
    }

    /** sign:1 exponent:4 mantissa:3, without infinities; only the two patterns with all other bits set are no number. */
    static void f8E4m3(MemorySegment data, long at, float[] target, int start, int count) {
        for (int i = 0; i < count; i++) {
            target[start + i] = E4M3[BlockBytes.unsigned8(data, at + i)];
        }
    }

    /** sign:1 exponent:5 mantissa:2: the upper byte of a float of 16 bits. */
    static void f8E5m2(MemorySegment data, long at, float[] target, int start, int count) {
        for (int i = 0; i < count; i++) {
            target[start + i] = Float.float16ToFloat((short) (BlockBytes.signed8(data, at + i) << 8));
        }
    }

    private static final float[] E4M3 = e4m3();

    private static float[] e4m3() {
        var values = new float[256];
        for (int bits = 0; bits < 0x80; bits++) {
            values[bits] = bits == 0x7f ? Float.NaN : magnitudeOfE4m3(bits);
            values[bits | 0x80] = -values[bits];
        }
        return values;
    }

    /** The value of the lower seven bits, all 128 taken for numbers. */
    static float magnitudeOfE4m3(int bits) {
        int exponent = bits >>> 3 & 0xf;
        int mantissa = bits & 7;
        return exponent == 0 ? Math.scalb((float) mantissa, -9) : Math.scalb(8f + mantissa, exponent - 10);
    }
}
