package io.weighbridge.engine.kernels;

/**
 * What linear layers read: one row of floats for each token. Columns are padded with zeros to whole blocks of
 * {@value Lanes#BLOCK} and a cache line more. Some rows more, of any values, lie behind the last, because products are computed for
 * several tokens at once.
 */
final class Rows {
    /** A cache line more, so that strides are odd numbers of lines: the same inputs of many tokens spread over all sets of a cache. */
    private static final int STRIDE_PADDING = 16;

    final int columns;
    final int stride;
    final int blocks;
    final float[] values; // (tokens and spare rows, stride)

    Rows(int tokens, int columns) {
        this.columns = columns;
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        stride = blocks * Lanes.BLOCK + STRIDE_PADDING;
        values = new float[Math.multiplyExact(tokens + Products.TOGETHER - 1, stride)];
    }

    /** Index of a token's first value. */
    int at(int token) {
        return token * stride;
    }
}
