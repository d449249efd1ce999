package io.weighbridge.engine.kernels;

import jdk.incubator.vector.FloatVector;

/**
 * What linear layers read: one row of floats for each token. For four-bit weights also the sums of its blocks, and the values divided
 * by 1, 16, 256 and 4096 in the four quarters of a block, where the weights' nibbles are multiplied by that. Columns are padded with
 * zeros to whole blocks of {@value Lanes#BLOCK}.
 */
final class Rows {
    private static final float[] PLACE_VALUES = new float[Lanes.BLOCK];

    static {
        for (int i = 0; i < Lanes.BLOCK; i++) {
            PLACE_VALUES[i] = Math.scalb(1f, -4 * (i / 8));
        }
    }

    final int columns;
    final int stride;
    final int blocks;
    final float[] values; // (tokens, stride)
    final float[] scaled; // (tokens, stride)
    final float[] sums; // (tokens, blocks)

    Rows(int tokens, int columns) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        stride = blocks * Lanes.BLOCK;
        values = new float[Math.multiplyExact(tokens, stride)];
        scaled = new float[values.length];
        sums = new float[tokens * blocks];
    }

    /** Index of a token's first value. */
    int at(int token) {
        return token * stride;
    }

    /** Computes what four-bit weights need of a token's row; different tokens may be done by different threads. */
    void scale(int token) {
        for (int block = 0; block < blocks; block++) {
            int from = at(token) + block * Lanes.BLOCK;
            sums[token * blocks + block] = sum(values, from);
            for (int i = 0; i < Lanes.BLOCK; i++) {
                scaled[from + i] = values[from + i] * PLACE_VALUES[i];
            }
        }
    }

    private static float sum(float[] values, int from) {
        var sum = FloatVector.zero(Lanes.FLOATS);
        for (int i = from; i < from + Lanes.BLOCK; i += Lanes.FLOATS.length()) {
            sum = sum.add(Lanes.load(values, i));
        }
        return Lanes.sum(sum);
    }
}
