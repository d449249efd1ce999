package io.weighbridge.engine.checkpoint;

import static io.weighbridge.engine.checkpoint.BlockBytes.bits32;
import static io.weighbridge.engine.checkpoint.BlockBytes.half;
import static io.weighbridge.engine.checkpoint.BlockBytes.signed8;
import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned8;

import java.lang.foreign.MemorySegment;

/** ggml's first quantizations: whole numbers times one scale for each block of 32 values, some with a minimum. */
final class LegacyBlocks {
    private LegacyBlocks() {}

    /** scale:f16 bits[16]; a set bit is the scale, an unset one its negative. 128 values. */
    static void q1_0(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int j = 0; j < 128; j++) {
            target[start + j] = (unsigned8(data, at + 2 + j / 8) >>> j % 8 & 1) == 1 ? scale : -scale;
        }
    }

    /** scale:f16 quants[16]; low halves of the bytes are the first 16 values, in all types here. */
    static void q4_0(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, at + 2 + j);
            target[start + j] = ((pair & 0xf) - 8) * scale;
            target[start + j + 16] = ((pair >>> 4) - 8) * scale;
        }
    }

    /** scale:f16 min:f16 quants[16]. */
    static void q4_1(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, at + 4 + j);
            target[start + j] = (pair & 0xf) * scale + min;
            target[start + j + 16] = (pair >>> 4) * scale + min;
        }
    }

    /** scale:f16 fifthBits:u32 quants[16]. */
    static void q5_0(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        int high = bits32(data, at + 2);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, at + 6 + j);
            target[start + j] = ((pair & 0xf | high >>> j << 4 & 0x10) - 16) * scale;
            target[start + j + 16] = ((pair >>> 4 | high >>> j + 12 & 0x10) - 16) * scale;
        }
    }

    /** scale:f16 min:f16 fifthBits:u32 quants[16]. */
    static void q5_1(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        float min = half(data, at + 2);
        int high = bits32(data, at + 4);
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, at + 8 + j);
            target[start + j] = (pair & 0xf | high >>> j << 4 & 0x10) * scale + min;
            target[start + j + 16] = (pair >>> 4 | high >>> j + 12 & 0x10) * scale + min;
        }
    }

    /** scale:f16 quants:i8[32]. */
    static void q8_0(MemorySegment data, long at, float[] target, int start) {
        float scale = half(data, at);
        for (int j = 0; j < 32; j++) {
            target[start + j] = signed8(data, at + 2 + j) * scale;
        }
    }
}
