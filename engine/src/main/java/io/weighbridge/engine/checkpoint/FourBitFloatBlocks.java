package io.weighbridge.engine.checkpoint;

import static io.weighbridge.engine.checkpoint.BlockBytes.unsigned8;

import java.lang.foreign.MemorySegment;

/** Blocks of four-bit floats (one sign, two exponent bits, one bit of mantissa) that share a scale in eight bits. */
final class FourBitFloatBlocks {
    /** Twice the values of the 16 bit patterns, which makes them whole. */
    private static final byte[] DOUBLED = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    /** Exponent bias of MXFP4's scale, a power of two, and one more because the values above are doubled. */
    private static final int E8M0_BIAS = 128;

    private static final float[] E8M0_HALVED = e8m0Halved();
    private static final float[] E4M3_HALVED = e4m3Halved();

    private FourBitFloatBlocks() {}

    /** scale:e8m0 quants[16]; low halves are the first 16 values. */
    static void mxfp4(MemorySegment data, long at, float[] target, int start) {
        float scale = E8M0_HALVED[unsigned8(data, at)];
        for (int j = 0; j < 16; j++) {
            int pair = unsigned8(data, at + 1 + j);
            target[start + j] = DOUBLED[pair & 0xf] * scale;
            target[start + j + 16] = DOUBLED[pair >>> 4] * scale;
        }
    }

    /** scales:e4m3[4] quants[32]; 64 values in four groups of 16, of which low halves are the first 8. */
    static void nvfp4(MemorySegment data, long at, float[] target, int start) {
        for (int group = 0; group < 4; group++) {
            float scale = E4M3_HALVED[unsigned8(data, at + group)];
            for (int j = 0; j < 8; j++) {
                int pair = unsigned8(data, at + 4 + 8 * group + j);
                target[start + 16 * group + j] = DOUBLED[pair & 0xf] * scale;
                target[start + 16 * group + j + 8] = DOUBLED[pair >>> 4] * scale;
            }
        }
    }

    private static float[] e8m0Halved() {
        var scales = new float[256];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = (float) Math.scalb(1.0, i - E8M0_BIAS);
        }
        return scales;
    }

    /** The sign bit is not read, and of the patterns without it the one that is no number counts as zero, as in ggml. */
    private static float[] e4m3Halved() {
        var scales = new float[256];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = i == 0x7f ? 0 : PlainNumbers.magnitudeOfE4m3(i) / 2;
        }
        return scales;
    }
}
