package io.weighbridge.engine.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What linear layers read: one row of floats for each token, and the same in eight bits for weights of four. Columns are padded
 * with zeros to whole blocks of {@value Lanes#BLOCK}.
 *
 * <p>In eight bits a value is {@code scale * q} with whole q from -127 to 127. What is kept is not q but what four nibbles in one
 * short have to be multiplied with (see {@link FourBitMatrix}): {@code q[j] - 16 * q[j - 8]}, as shorts that may wrap around.
 */
final class Rows {
    /** Shorts kept for a block: 32 multipliers, and where the sum starts. */
    static final int BLOCK_SHORTS = Lanes.BLOCK + 1;

    /** Floats kept for a block: its scale, and its scale times the sum of its q, both times {@link FourBitMatrix#LIFT}. */
    static final int BLOCK_SCALES = 2;

    private static final int Q_MAX = 127;

    /** A block with nothing larger is taken for zeros: the inverse of its scale would not be a float. */
    private static final float LARGEST_MIN = 1e-30f;

    final int columns;
    final int stride;
    final int blocks;
    final float[] values; // (tokens, stride)
    final short[] multipliers; // (tokens, blocks, BLOCK_SHORTS)
    final float[] scales; // (tokens, blocks, BLOCK_SCALES)
    private final int[] whole; // (tokens, 8 zeros and a block)

    Rows(int tokens, int columns) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        stride = blocks * Lanes.BLOCK;
        values = new float[Math.multiplyExact(tokens, stride)];
        multipliers = new short[Math.multiplyExact(tokens, blocks * BLOCK_SHORTS)];
        scales = new float[tokens * blocks * BLOCK_SCALES];
        whole = new int[tokens * (8 + Lanes.BLOCK)];
    }

    /** Index of a token's first value. */
    int at(int token) {
        return token * stride;
    }

    /** Computes the eight-bit form of a token's row; different tokens may be done by different threads. */
    void quantize(int token) {
        for (int block = 0; block < blocks; block++) {
            quantize(token, block);
        }
    }

    private void quantize(int token, int block) {
        int from = at(token) + block * Lanes.BLOCK;
        int scaleAt = (token * blocks + block) * BLOCK_SCALES;
        int to = (token * blocks + block) * BLOCK_SHORTS;
        float largest = largest(from);
        if (!(largest > LARGEST_MIN)) {
            Arrays.fill(multipliers, to, to + BLOCK_SHORTS, (short) 0);
            // Not a number stays that, so that it is not hidden.
            scales[scaleAt] = 0 * largest;
            scales[scaleAt + 1] = 0 * largest;
            return;
        }
        int wholeAt = token * (8 + Lanes.BLOCK) + 8;
        round(from, Q_MAX / largest, wholeAt);
        int sum = 0;
        for (int j = 0; j < Lanes.BLOCK; j++) {
            int q = whole[wholeAt + j];
            sum += q;
            multipliers[to + j] = (short) (q - 16 * whole[wholeAt + j - 8]);
        }
        multipliers[to + Lanes.BLOCK] = (short) (-8 * sum);
        float scale = largest / Q_MAX * FourBitMatrix.LIFT;
        scales[scaleAt] = scale;
        scales[scaleAt + 1] = scale * sum;
    }

    private float largest(int from) {
        var largest = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < Lanes.BLOCK; j += Lanes.FLOATS.length()) {
            largest = largest.max(Lanes.load(values, from + j).abs());
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    private void round(int from, float inverse, int to) {
        for (int j = 0; j < Lanes.BLOCK; j += Lanes.FLOATS.length()) {
            Lanes.load(values, from + j)
                    .mul(inverse)
                    .add(Lanes.ROUNDING)
                    .sub(Lanes.ROUNDING)
                    .convert(VectorOperators.F2I, 0)
                    .reinterpretAsInts()
                    .intoArray(whole, to + j);
        }
    }
}
