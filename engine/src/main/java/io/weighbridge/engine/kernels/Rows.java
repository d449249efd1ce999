package io.weighbridge.engine.kernels;

import jdk.incubator.vector.FloatVector;

/**
 * What linear layers read: one row of floats for each token. On demand also sums of its blocks, for weights with a minimum, and the
 * values divided by 1, 16, 256 and 4096 in the four quarters of a block, where nibbles are multiplied by that. Columns are padded
 * with zeros to whole blocks of {@value Lanes#BLOCK}.
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
    final float[] sumsOf16; // (tokens, 2 * blocks)

    Rows(int tokens, int columns) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        stride = blocks * Lanes.BLOCK;
        values = new float[Math.multiplyExact(tokens, stride)];
        scaled = new float[values.length];
        sums = new float[tokens * blocks];
        sumsOf16 = new float[2 * sums.length];
    }

    /** Index of a token's first value. */
    int at(int token) {
        return token * stride;
    }

    /** Computes what {@code needs} names of a token's row; different tokens may be done by different threads. */
    void prepare(int token, int needs) {
        if ((needs & Inputs.SCALED) != 0) {
            scale(token);
        }
        if ((needs & Inputs.SUMS) != 0) {
            sum(values, at(token), Lanes.BLOCK, sums, token * blocks, blocks);
        }
        if ((needs & Inputs.SUMS_OF_16) != 0) {
            sum(values, at(token), 16, sumsOf16, token * 2 * blocks, 2 * blocks);
        }
    }

    private void scale(int token) {
        for (int from = at(token); from < at(token) + stride; from += Lanes.BLOCK) {
            for (int i = 0; i < Lanes.BLOCK; i++) {
                scaled[from + i] = values[from + i] * PLACE_VALUES[i];
            }
        }
    }

    private static void sum(float[] values, int from, int length, float[] sums, int to, int count) {
        for (int group = 0; group < count; group++) {
            var sum = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i < length; i += Lanes.FLOATS.length()) {
                sum = sum.add(FloatVector.fromArray(Lanes.FLOATS, values, from + group * length + i));
            }
            sums[to + group] = Lanes.sum(sum.toArray());
        }
    }
}
