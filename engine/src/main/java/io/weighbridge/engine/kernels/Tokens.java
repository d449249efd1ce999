package io.weighbridge.engine.kernels;

import io.weighbridge.engine.runner.Batch;

/** The tokens that go through the layers together: where each belongs in the batch, in its sequence and in the KV memory. */
final class Tokens {
    /** Enough to compute more than to read, few enough to stay in a core's cache. */
    static final int MAX = 64;

    private final Batch.Slice[] slices = new Batch.Slice[MAX];
    private final int[] logitsRows = new int[MAX];
    private final int[] tokenIndices = new int[MAX];
    private int count;

    int count() {
        return count;
    }

    boolean isFull() {
        return count == MAX;
    }

    void clear() {
        count = 0;
    }

    /** Adds token {@code tokenIndex} of {@code slice}; its logits, if wanted, are the batch's row {@code logitsRow}. */
    void add(Batch.Slice slice, int tokenIndex, int logitsRow) {
        slices[count] = slice;
        logitsRows[count] = logitsRow;
        tokenIndices[count] = tokenIndex;
        count++;
    }

    int id(int token) {
        return slices[token].tokenIds()[tokenIndices[token]];
    }

    int logitsRow(int token) {
        return logitsRows[token];
    }

    /** In its sequence, from 0. */
    int position(int token) {
        return slices[token].position() + tokenIndices[token];
    }

    /** The KV place of a position of the token's sequence. */
    int place(int token, int position) {
        return slices[token].place(position);
    }

    /** Whether no other token of its sequence is in the batch. */
    boolean isAlone(int token) {
        return slices[token].tokenIds().length == 1;
    }

    /** The block table of the token's sequence. */
    int[] blocks(int token) {
        return slices[token].blocks();
    }

    boolean logitsWanted(int token) {
        return slices[token].wantsLogits(tokenIndices[token]);
    }
}
