package io.weighbridge.engine.checkpoint;

import static io.weighbridge.engine.checkpoint.BlockBytes.half;
import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned8;

import java.lang.foreign.MemorySegment;

/** Blocks of 256 values that are each -1, 0 or 1 times the block's scale. */
final class TernaryBlocks {
    private static final int[] POWERS_OF_THREE = {1, 3, 9, 27, 81};

    private TernaryBlocks() {}

    /** fives[32] fives[16] fours[4] scale:f16; a byte holds a digit of five, or of four, stretches as long as its part. */
    static void tq1(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at + 52);
        digits(data, at, 32, 5, scale, target, start);
        digits(data, at + 32, 16, 5, scale, target, start + 160);
        digits(data, at + 48, 4, 4, scale, target, start + 240);
    }

    /** A byte is a fraction of 256 whose digits to base three are the values; the uppermost comes first. */
    private static void digits(
            MemorySegment data, long at, int bytes, int digits, float scale, float[] target, int start) {
        for (int digit = 0; digit < digits; digit++) {
            int power = POWERS_OF_THREE[digit];
            for (int j = 0; j < bytes; j++) {
                int fraction = unsigned8(data, at + j) * power & 0xff;
                target[start + digit * bytes + j] = scale * ((fraction * 3 >>> 8) - 1);
            }
        }
    }

    /** quants[64] scale:f16; two bits each. */
    static void tq2(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at + 64);
        for (int group = 0; group < 8; group++) {
            long quants = at + group / 4 * 32;
            int shift = group % 4 * 2;
            for (int j = 0; j < 32; j++) {
                target[start + group * 32 + j] = scale * ((unsigned8(data, quants + j) >>> shift & 3) - 1);
            }
        }
    }
}
