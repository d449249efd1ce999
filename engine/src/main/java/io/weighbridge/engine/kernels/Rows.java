package io.weighbridge.engine.kernels;

import java.util.Arrays;

/**
 * What linear layers read: one row of floats for each token, as (groups of {@value #GROUP} tokens, blocks of inputs, tokens of the group,
 * {@value Lanes#BLOCK} inputs). So the same inputs of a group's tokens lie at distances that the compiler knows, and one register is enough
 * to find them all. Columns are padded with zeros to whole blocks; rows behind the last token of a group hold any values, because products
 * are computed for several tokens at once.
 */
final class Rows {
    /** Tokens whose products are computed together. */
    static final int GROUP = 8;

    /** Floats from one block of a token to its next. */
    static final int BLOCK_STEP = GROUP * Lanes.BLOCK;

    private static final int LINE_FLOATS = 16;

    final int columns;
    final int blocks;
    final float[] values;

    /** Floats from one block of a token to its next: {@link #BLOCK_STEP}, or {@link Lanes#BLOCK} for a token that is alone. */
    private int blockStep = BLOCK_STEP;

    /**
     * Floats from one token of a group to the next, {@link Lanes#BLOCK}: not a constant, so that kernels with many sums do not hold all of
     * a line's inputs in registers at once.
     */
    final int tokenStep;

    Rows(int tokens, int columns) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        tokenStep = Lanes.BLOCK;
        values = new float[Math.multiplyExact(groups(tokens), blocks * BLOCK_STEP)];
    }

    /**
     * Says for how many tokens values are put next. One that is alone lies in one piece: apart, its blocks would share few sets of a core's
     * first cache, which weights on their way through it would empty (4.6 instead of 4.1 ms a token). Rows begin for whole groups.
     */
    void begin(int count) {
        blockStep = count == 1 ? Lanes.BLOCK : BLOCK_STEP;
        if (count == 1) {
            Arrays.fill(values, columns, blocks * Lanes.BLOCK, 0);
        }
    }

    int blockStep() {
        return blockStep;
    }

    /** Groups that {@code tokens} fill. */
    static int groups(int tokens) {
        return Math.ceilDiv(tokens, GROUP);
    }

    /** Index of a token's first value. */
    int at(int token) {
        return token / GROUP * blocks * BLOCK_STEP + token % GROUP * Lanes.BLOCK;
    }

    /** Index of one of a token's values. */
    int at(int token, int column) {
        return at(token) + column / Lanes.BLOCK * blockStep + column % Lanes.BLOCK;
    }

    /** Sets {@code count} values of a token from {@code column} on. */
    void put(int token, int column, float[] from, int fromAt, int count) {
        for (int done = 0; done < count; ) {
            int some = Math.min(count - done, Lanes.BLOCK - (column + done) % Lanes.BLOCK);
            System.arraycopy(from, fromAt + done, values, at(token, column + done), some);
            done += some;
        }
    }

    /** Sets a token's values to those of a token of {@code other}, which has as many columns. */
    void copy(int token, Rows other, int otherToken) {
        for (int block = 0; block < blocks; block++) {
            System.arraycopy(
                    other.values,
                    other.at(otherToken) + block * other.blockStep,
                    values,
                    at(token) + block * blockStep,
                    Lanes.BLOCK);
        }
    }

    /**
     * Reads something of every cache line of the first of {@code count} tokens' group, for a worker that begins with rows that others wrote:
     * between distant cores a line takes as long as a hundred products.
     *
     * @return anything, see {@link Prefetch}
     */
    long fetch(int token, int count) {
        int lines = Math.min(count, GROUP) * Lanes.BLOCK / LINE_FLOATS;
        float seen = 0;
        for (int block = 0; block < blocks; block++) {
            int from = at(token) + block * blockStep;
            for (int line = 0; line < lines; line++) {
                seen += values[from + line * LINE_FLOATS];
            }
        }
        return Float.floatToRawIntBits(seen);
    }
}
