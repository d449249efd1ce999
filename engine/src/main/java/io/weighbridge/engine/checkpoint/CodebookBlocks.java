package io.weighbridge.engine.checkpoint;

import static io.weighbridge.engine.checkpoint.BlockBytes.bits32;
import static io.weighbridge.engine.checkpoint.BlockBytes.half;
import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned16;
import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned8;

import java.lang.foreign.MemorySegment;

/** ggml's IQ types: an index into a codebook stands for several values, and their signs and scales lie apart. */
final class CodebookBlocks {
    /** The 16 values of IQ4_NL and IQ4_XS, denser around zero. */
    private static final byte[] FOUR_BITS = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

    /** What IQ1 adds to or takes from all values of an index. */
    private static final float IQ1_DELTA = 0.125f;

    private CodebookBlocks() {}

    /** scale:f16 groups[8]; a group of 32 values is indices[4] and 32 bits: four times seven of signs, four of scale. */
    static void iq2xxs(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int group = 0; group < 8; group++) {
            long indices = at + 2 + 8 * group;
            int packed = bits32(data, indices + 4);
            float groupScale = scale * (0.5f + (packed >>> 28)) * 0.25f;
            for (int k = 0; k < 4; k++) {
                int index = unsigned8(data, indices + k);
                int signs = evenSigns(packed >>> 7 * k & 0x7f);
                signed(CodebookGrids.IQ2_XXS, index, 8, signs, groupScale, target, start + 32 * group + 8 * k);
            }
        }
    }

    /** scale:f16 indices:u16[32] scales[8]; nine bits of index and seven of signs, four of scale for each 16 values. */
    static void iq2xs(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int k = 0; k < 32; k++) {
            int packed = unsigned16(data, at + 2 + 2 * k);
            float groupScale = scale * (0.5f + nibble(data, at + 66, k / 2)) * 0.25f;
            signed(CodebookGrids.IQ2_XS, packed & 0x1ff, 8, evenSigns(packed >>> 9), groupScale, target, start + 8 * k);
        }
    }

    /** scale:f16 indices[32] signs[32] highBits[8] scales[8]; ten bits of index, four of scale for each 16 values. */
    static void iq2s(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int k = 0; k < 32; k++) {
            int high = unsigned8(data, at + 66 + k / 4) >>> k % 4 * 2 & 3;
            int index = unsigned8(data, at + 2 + k) | high << 8;
            int signs = unsigned8(data, at + 34 + k);
            float groupScale = scale * (0.5f + nibble(data, at + 74, k / 2)) * 0.25f;
            signed(CodebookGrids.IQ2_S, index, 8, signs, groupScale, target, start + 8 * k);
        }
    }

    /** scale:f16 indices[64] groups:u32[8]; each group's bits as in IQ2_XXS. */
    static void iq3xxs(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int group = 0; group < 8; group++) {
            int packed = bits32(data, at + 66 + 4 * group);
            float groupScale = scale * (0.5f + (packed >>> 28)) * 0.5f;
            for (int k = 0; k < 8; k++) {
                int index = unsigned8(data, at + 2 + 8 * group + k);
                int signs = evenSigns(packed >>> k / 2 * 7 & 0x7f) >>> k % 2 * 4;
                signed(CodebookGrids.IQ3_XXS, index, 4, signs, groupScale, target, start + 32 * group + 4 * k);
            }
        }
    }

    /** scale:f16 indices[64] highBits[8] signs[32] scales[4]; nine bits of index, four of scale for each 32 values. */
    static void iq3s(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int k = 0; k < 64; k++) {
            int high = unsigned8(data, at + 66 + k / 8) >>> k % 8 & 1;
            int index = unsigned8(data, at + 2 + k) | high << 8;
            int signs = unsigned8(data, at + 74 + k / 2) >>> k % 2 * 4;
            float groupScale = scale * (1 + 2 * nibble(data, at + 106, k / 8));
            signed(CodebookGrids.IQ3_S, index, 4, signs, groupScale, target, start + 4 * k);
        }
    }

    /** scale:f16 indices[32] groups:u16[8]; for each 32 values four times three high bits, three of scale, one of delta. */
    static void iq1s(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int group = 0; group < 8; group++) {
            int packed = unsigned16(data, at + 34 + 2 * group);
            float groupScale = scale * (2 * (packed >>> 12 & 7) + 1);
            float delta = packed >>> 15 == 0 ? IQ1_DELTA : -IQ1_DELTA;
            for (int k = 0; k < 4; k++) {
                int index = unsigned8(data, at + 2 + 4 * group + k) | (packed >>> 3 * k & 7) << 8;
                shifted(index, delta, groupScale, target, start + 32 * group + 8 * k);
            }
        }
    }

    /**
     * indices[32] groups[16] scales:u16[4]; for each 16 values twice three high bits and one of delta, and three of scale.
     * The block's own scale is in the upper four bits of the four numbers.
     */
    static void iq1m(MemorySegment data, long at, float[] target, int start) {
        float scale = scattered(data, at + 48);
        for (int k = 0; k < 32; k++) {
            int packed = nibble(data, at + 32, k);
            int groupScale = unsigned16(data, at + 48 + k / 8 * 2) >>> k / 2 % 4 * 3 & 7;
            int index = unsigned8(data, at + k) | (packed & 7) << 8;
            float delta = packed >>> 3 == 0 ? IQ1_DELTA : -IQ1_DELTA;
            shifted(index, delta, scale * (2 * groupScale + 1), target, start + 8 * k);
        }
    }

    private static float scattered(MemorySegment data, long at) {
        int bits = 0;
        for (int i = 0; i < 4; i++) {
            bits |= unsigned16(data, at + 2 * i) >>> 12 << 4 * i;
        }
        return Float.float16ToFloat((short) bits);
    }

    /** scale:f16 quants[16]; 32 values, of which low halves are the first 16. */
    static void iq4nl(MemorySegment data, long at, float[] target, int start) {
        fourBits(data, at + 2, half(data, at), target, start);
    }

    /** scale:f16 highBits:u16 lowBits[4] quants[128]; six bits of scale for each 32 values. */
    static void iq4xs(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        int high = unsigned16(data, at + 2);
        for (int group = 0; group < 8; group++) {
            int groupScale = nibble(data, at + 4, group) | (high >>> 2 * group & 3) << 4;
            fourBits(data, at + 8 + 16 * group, scale * (groupScale - 32), target, start + 32 * group);
        }
    }

    private static void fourBits(MemorySegment data, long quants, float scale, float[] target, int start) {
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, quants + j);
            target[start + j] = scale * FOUR_BITS[pair & 0xf];
            target[start + j + 16] = scale * FOUR_BITS[pair >>> 4];
        }
    }

    /** Half a byte of a list of them, low halves first. */
    private static int nibble(MemorySegment data, long list, int index) {
        return unsigned8(data, list + index / 2) >>> index % 2 * 4 & 0xf;
    }

    /** Signs of eight values from seven bits: the eighth makes the number of minus signs even. */
    private static int evenSigns(int seven) {
        return seven | (Integer.bitCount(seven) & 1) << 7;
    }

    private static void signed(byte[] grid, int index, int count, int signs, float scale, float[] target, int start) {
        for (int j = 0; j < count; j++) {
            int bits = Float.floatToRawIntBits(scale * grid[index * count + j]);
            target[start + j] = Float.intBitsToFloat(bits ^ signs >>> j << 31); // no branch: signs cannot be predicted
        }
    }

    private static void shifted(int index, float delta, float scale, float[] target, int start) {
        for (int j = 0; j < 8; j++) {
            target[start + j] = scale * (CodebookGrids.IQ1[8 * index + j] + delta);
        }
    }
}
