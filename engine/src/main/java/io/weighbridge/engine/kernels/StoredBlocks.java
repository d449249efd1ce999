package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of the stored types as whole numbers and their scales: what {@link Dequantizer} multiplies, taken apart. Layouts are
 * ggml's.
 */
enum StoredBlocks {
    Q8_0(TensorType.Q8_0, Scales.HALF) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            System.arraycopy(stored, at + 2, numbers, 0, 32);
        }
    },
    Q5_0(TensorType.Q5_0, Scales.HALF) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            fiveBits(stored, at + 2, 16, numbers);
        }
    },
    Q5_1(TensorType.Q5_1, Scales.MINIMUM) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            fiveBits(stored, at + 4, 0, numbers);
        }
    },
    Q2_K(TensorType.Q2_K, Scales.SUPER_MINIMUM_SHORT) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int j = 0; j < 256; j++) {
                numbers[j] = (byte) (stored[at + 16 + j / 128 * 32 + j % 32] >>> j % 128 / 32 * 2 & 3);
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                int packed = stored[group / 16 * 84 + group % 16];
                int to = matrix.scaleAt(group, lane);
                tile[to] = (byte) (packed & 0xf);
                tile[to + Lanes.TILE_ROWS] = (byte) (packed >>> 4 & 0xf);
            }
            superScales(weight, stored, 80, true, matrix, lane, tile);
        }
    },
    Q3_K(TensorType.Q3_K, Scales.SUPER_SHORT) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int j = 0; j < 256; j++) {
                int low = stored[at + 32 + j / 128 * 32 + j % 32] >>> j % 128 / 32 * 2 & 3;
                int high = stored[at + j % 32] >>> j / 32 & 1;
                numbers[j] = (byte) (low - 4 * (1 - high));
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                int at = group / 16 * 110 + 96;
                int index = group % 16;
                int low = stored[at + index % 8] >>> index / 8 * 4 & 0xf;
                int high = stored[at + 8 + index % 4] >>> index / 4 * 2 & 3;
                tile[matrix.scaleAt(group, lane)] = (byte) ((low | high << 4) - 32);
            }
            superScales(weight, stored, 108, false, matrix, lane, tile);
        }
    },
    Q5_K(TensorType.Q5_K, Scales.SUPER_MINIMUM) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int j = 0; j < 256; j++) {
                int low = stored[at + 48 + j / 64 * 32 + j % 32] >>> j / 32 % 2 * 4 & 0xf;
                int high = stored[at + 16 + j % 32] >>> j / 32 & 1;
                numbers[j] = (byte) (low | high << 4);
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            sixBitScales(weight, stored, matrix, lane, tile);
        }
    },
    Q6_K(TensorType.Q6_K, Scales.SUPER_SHORT) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int j = 0; j < 256; j++) {
                int quarter = j % 128 / 32; // which 32 of the 128 values that share their high bytes
                int low = stored[at + j / 128 * 64 + quarter % 2 * 32 + j % 32] >>> quarter / 2 * 4 & 0xf;
                int high = stored[at + 128 + j / 128 * 32 + j % 32] >>> quarter * 2 & 3;
                numbers[j] = (byte) ((low | high << 4) - 32);
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                tile[matrix.scaleAt(group, lane)] = stored[group / 16 * 210 + 192 + group % 16];
            }
            superScales(weight, stored, 208, false, matrix, lane, tile);
        }
    },
    IQ4_NL(TensorType.IQ4_NL, Scales.HALF) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            codes(stored, at + 2, FOUR_BIT_CODES, 16, numbers, 0);
        }
    },
    IQ4_XS(TensorType.IQ4_XS, Scales.SUPER) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int group = 0; group < 8; group++) {
                codes(stored, at + 8 + 16 * group, FOUR_BIT_CODES, 16, numbers, 32 * group);
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                int at = group / 8 * 136;
                int index = group % 8;
                int low = stored[at + 4 + index / 2] >>> index % 2 * 4 & 0xf;
                int high = stored[at + 2 + index / 4] >>> index % 4 * 2 & 3;
                tile[matrix.scaleAt(group, lane)] = (byte) ((low | high << 4) - 32);
            }
            superScales(weight, stored, 0, false, matrix, lane, tile);
        }
    },
    MXFP4(TensorType.MXFP4, Scales.FLOAT) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            codes(stored, at + 1, FLOAT_CODES, 16, numbers, 0);
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                float scale = (float) Math.scalb(1.0, (stored[group * 17] & 0xff) - 128);
                putFloat(scale, matrix, group, lane, tile);
            }
        }
    },
    NVFP4(TensorType.NVFP4, Scales.FLOAT_SHORT) {
        @Override
        void numbers(byte[] stored, int at, byte[] numbers) {
            for (int group = 0; group < 4; group++) {
                codes(stored, at + 4 + 8 * group, FLOAT_CODES, 8, numbers, 16 * group);
            }
        }

        @Override
        void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
            for (int group = 0; group < matrix.groups; group++) {
                putFloat(HALVED_SCALES[stored[group / 4 * 36 + group % 4] & 0xff], matrix, group, lane, tile);
            }
        }
    };

    /** What the 16 codes of IQ4_NL stand for. */
    private static final byte[] FOUR_BIT_CODES = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    /** Twice what four-bit floats stand for. */
    private static final byte[] FLOAT_CODES = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    /** Half of what the scales of NVFP4 stand for. */
    private static final float[] HALVED_SCALES = halvedScales();

    private final TensorType type;
    private final Scales scales;

    StoredBlocks(TensorType type, Scales scales) {
        this.type = type;
        this.scales = scales;
    }

    /** The blocks of a type, or null if its values are no whole numbers of eight bits. */
    static @Nullable StoredBlocks of(TensorType type) {
        for (var blocks : values()) {
            if (blocks.type == type) {
                return blocks;
            }
        }
        return null;
    }

    Scales scales() {
        return scales;
    }

    /** The whole numbers of the block at {@code at}, in the order of its inputs. */
    abstract void numbers(byte[] stored, int at, byte[] numbers);

    /** Puts all scales of a stored row into a tile. Types with one scale, and minimum, at the head of each block. */
    void scales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
        for (int block = 0; block < matrix.blocks; block++) {
            int from = block * type.blockBytes();
            int to = matrix.scaleAt(block, lane);
            putHalf(weight, stored, from, tile, to);
            if (scales == Scales.MINIMUM) {
                putHalf(weight, stored, from + 2, tile, to + 2);
            }
        }
    }

    /** The scales of Q4_K and Q5_K: scale:f16 min:f16, then six bits of scale and of minimum for each 32 values. */
    static void sixBitScales(Tensor weight, byte[] stored, QuantizedMatrix matrix, int lane, byte[] tile) {
        for (int group = 0; group < matrix.groups; group++) {
            int at = group / 8 * weight.type().blockBytes() + 4;
            int index = group % 8;
            int scale = index < 4
                    ? stored[at + index] & 63
                    : stored[at + index + 4] & 0xf | (stored[at + index - 4] & 0xff) >>> 6 << 4;
            int minimum = index < 4
                    ? stored[at + index + 4] & 63
                    : (stored[at + index + 4] & 0xff) >>> 4 | (stored[at + index] & 0xff) >>> 6 << 4;
            int to = matrix.scaleAt(group, lane);
            tile[to] = (byte) scale;
            tile[to + Lanes.TILE_ROWS] = (byte) minimum;
        }
        superScales(weight, stored, 0, true, matrix, lane, tile);
    }

    /** A float16 for each super-block, and one that is taken away where the type has minimums. */
    private static void superScales(
            Tensor weight, byte[] stored, int from, boolean minimum, QuantizedMatrix matrix, int lane, byte[] tile) {
        for (int index = 0; index < matrix.columns / Scales.SUPER_INPUTS; index++) {
            int at = index * weight.type().blockBytes() + from;
            int to = matrix.superAt(index, lane);
            putHalf(weight, stored, at, tile, to);
            if (minimum) {
                short bits = WeightLoader.finite(weight, WeightLoader.shortAt(stored, at + 2));
                WeightLoader.putShort(tile, to + 2, (short) (bits ^ 0x8000));
            }
        }
    }

    private static void putHalf(Tensor weight, byte[] stored, int from, byte[] tile, int to) {
        WeightLoader.putShort(tile, to, WeightLoader.finite(weight, WeightLoader.shortAt(stored, from)));
    }

    private static void putFloat(float value, QuantizedMatrix matrix, int group, int lane, byte[] tile) {
        int bits = Float.floatToRawIntBits(value);
        int to = matrix.scaleAt(group, lane);
        WeightLoader.putShort(tile, to, (short) bits);
        WeightLoader.putShort(tile, to + 2, (short) (bits >>> 16));
    }

    private static void fiveBits(byte[] stored, int at, int center, byte[] numbers) {
        int high = WeightLoader.shortAt(stored, at) & 0xffff | WeightLoader.shortAt(stored, at + 2) << 16;
        for (int j = 0; j < 16; j++) {
            int pair = stored[at + 4 + j] & 0xff;
            numbers[j] = (byte) ((pair & 0xf | high >>> j << 4 & 0x10) - center);
            numbers[j + 16] = (byte) ((pair >>> 4 | high >>> j + 12 & 0x10) - center);
        }
    }

    /** Low halves of {@code count} bytes, then their high halves, as indices of a table. */
    private static void codes(byte[] stored, int at, byte[] table, int count, byte[] numbers, int to) {
        for (int j = 0; j < count; j++) {
            int pair = stored[at + j];
            numbers[to + j] = table[pair & 0xf];
            numbers[to + j + count] = table[pair >>> 4 & 0xf];
        }
    }

    /** By widening blocks that hold a doubled 1 with each scale in turn. */
    private static float[] halvedScales() {
        var scales = new float[256];
        var values = new float[64];
        var block = new byte[TensorType.NVFP4.blockBytes()];
        block[4] = 1;
        for (int i = 0; i < scales.length; i++) {
            block[0] = (byte) i;
            Dequantizer.decode(TensorType.NVFP4, MemorySegment.ofArray(block), 0, values, 0, values.length);
            scales[i] = values[0];
        }
        return scales;
    }
}
