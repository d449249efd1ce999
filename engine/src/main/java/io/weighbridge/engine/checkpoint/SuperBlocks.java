package io.weighbridge.engine.checkpoint;

import static io.weighbridge.engine.checkpoint.BlockBytes.half;
import static io.weighbridge.engine.checkpoint.BlockBytes.signed8;
import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned8;

import java.lang.foreign.MemorySegment;

/** ggml's K-quants: blocks of 256 values whose sub-blocks have small scales of their own. Layouts as in TensorType. */
final class SuperBlocks {
    private SuperBlocks() {}

    /** scales[16] quants[64] scale:f16 min:f16; four bits of scale and of minimum for each 16 values. */
    static void q2(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at + 80);
        float min = half(data, at + 82);
        for (int group = 0; group < 16; group++) {
            int packed = unsigned8(data, at + group);
            float groupScale = scale * (packed & 0xf);
            float groupMin = min * (packed >>> 4);
            long quants = at + 16 + group / 8 * 32 + group % 2 * 16;
            int shift = group % 8 / 2 * 2;
            for (int j = 0; j < 16; j++) {
                target[start + group * 16 + j] = groupScale * (unsigned8(data, quants + j) >>> shift & 3) - groupMin;
            }
        }
    }

    /** highBits[32] quants[64] scales[12] scale:f16; a set high bit means that 4 is not subtracted. */
    static void q3(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at + 108);
        for (int group = 0; group < 16; group++) {
            int low = unsigned8(data, at + 96 + group % 8) >>> group / 8 * 4 & 0xf;
            int high = unsigned8(data, at + 104 + group % 4) >>> group / 4 * 2 & 3;
            float groupScale = scale * ((low | high << 4) - 32);
            long quants = at + 32 + group / 8 * 32 + group % 2 * 16;
            long highBits = at + group % 2 * 16;
            int shift = group % 8 / 2 * 2;
            int bit = group / 2;
            for (int j = 0; j < 16; j++) {
                int value =
                        (unsigned8(data, quants + j) >>> shift & 3 | (unsigned8(data, highBits + j) >>> bit & 1) << 2)
                                - 4;
                target[start + group * 16 + j] = groupScale * value;
            }
        }
    }

    /** scale:f16 min:f16 scales[12] quants[128]; six bits of scale and of minimum for each 32 values. */
    static void q4(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float groupScale = scale * sixBitScale(data, at + 4, group);
            float groupMin = min * sixBitMin(data, at + 4, group);
            long quants = at + 16 + group / 2 * 32;
            int shift = group % 2 * 4;
            for (int j = 0; j < 32; j++) {
                target[start + group * 32 + j] = groupScale * (unsigned8(data, quants + j) >>> shift & 0xf) - groupMin;
            }
        }
    }

    /** scale:f16 min:f16 scales[12] highBits[32] quants[128]. */
    static void q5(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        for (int group = 0; group < 8; group++) {
            float groupScale = scale * sixBitScale(data, at + 4, group);
            float groupMin = min * sixBitMin(data, at + 4, group);
            long quants = at + 48 + group / 2 * 32;
            int shift = group % 2 * 4;
            for (int j = 0; j < 32; j++) {
                int high = unsigned8(data, at + 16 + j) >>> group & 1;
                int value = (unsigned8(data, quants + j) >>> shift & 0xf) + (high << 4);
                target[start + group * 32 + j] = groupScale * value - groupMin;
            }
        }
    }

    /** lowBits[128] highBits[64] scales:i8[16] scale:f16. */
    static void q6(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at + 208);
        for (int run = 0; run < 4; run++) { // a byte of high bits belongs to four values, 32 apart
            int first = run / 2 * 128 + run % 2 * 16;
            long low = at + run / 2 * 64 + run % 2 * 16;
            long high = at + 128 + run / 2 * 32 + run % 2 * 16;
            long scales = at + 192 + first / 16;
            float scale0 = scale * signed8(data, scales);
            float scale1 = scale * signed8(data, scales + 2);
            float scale2 = scale * signed8(data, scales + 4);
            float scale3 = scale * signed8(data, scales + 6);
            for (int j = 0; j < 16; j++) {
                int pair = unsigned8(data, low + j);
                int otherPair = unsigned8(data, low + 32 + j);
                int upper = unsigned8(data, high + j);
                int i = start + first + j;
                target[i] = scale0 * ((pair & 0xf | (upper & 3) << 4) - 32);
                target[i + 32] = scale1 * ((otherPair & 0xf | (upper >>> 2 & 3) << 4) - 32);
                target[i + 64] = scale2 * ((pair >>> 4 | (upper >>> 4 & 3) << 4) - 32);
                target[i + 96] = scale3 * ((otherPair >>> 4 | (upper >>> 6) << 4) - 32);
            }
        }
    }

    private static int sixBitScale(MemorySegment data, long scales, int group) {
        return group < 4
                ? unsigned8(data, scales + group) & 63
                : unsigned8(data, scales + group + 4) & 0xf | unsigned8(data, scales + group - 4) >>> 6 << 4;
    }

    private static int sixBitMin(MemorySegment data, long scales, int group) {
        return group < 4
                ? unsigned8(data, scales + group + 4) & 63
                : unsigned8(data, scales + group + 4) >>> 4 | unsigned8(data, scales + group) >>> 6 << 4;
    }
}
