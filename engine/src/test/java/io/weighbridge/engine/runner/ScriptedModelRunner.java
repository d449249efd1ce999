package io.weighbridge.engine.runner;

import java.util.Arrays;
import java.util.function.ToIntFunction;

/**
 * A model runner without a model: the next token is a function of the tokens so far. It reads those back from its own KV
 * places, where it keeps token ids instead of keys and values, so that a place used by two sequences or read before it is
 * written shows as a wrong token or an exception.
 */
public final class ScriptedModelRunner implements ModelRunner {
    private static final int UNWRITTEN = -1;
    private static final float CHOSEN_LOGIT = 20;

    private final int vocabularySize;
    private final int contextLength;
    private final int[] kvTokenIds;
    private final ToIntFunction<int[]> nextTokenId;
    private boolean closed;

    /** A runner that gives the token id {@code nextTokenId} of all tokens so far by far the highest logit. */
    public ScriptedModelRunner(
            int vocabularySize, int contextLength, int kvCapacityTokens, ToIntFunction<int[]> nextTokenId) {
        this.vocabularySize = vocabularySize;
        this.contextLength = contextLength;
        this.kvTokenIds = new int[kvCapacityTokens];
        this.nextTokenId = nextTokenId;
        Arrays.fill(kvTokenIds, UNWRITTEN);
    }

    /** A runner whose next token hangs on every token so far. */
    public static ScriptedModelRunner hashing(int vocabularySize, int contextLength, int kvCapacityTokens) {
        return new ScriptedModelRunner(
                vocabularySize,
                contextLength,
                kvCapacityTokens,
                tokenIds -> Math.floorMod(Arrays.hashCode(tokenIds) * 0x9E3779B9 >>> 7, vocabularySize));
    }

    @Override
    public int vocabularySize() {
        return vocabularySize;
    }

    @Override
    public int contextLength() {
        return contextLength;
    }

    @Override
    public int kvCapacityTokens() {
        return kvTokenIds.length;
    }

    @Override
    public float[][] run(Batch batch) {
        if (closed) {
            throw new IllegalStateException("the runner is closed");
        }
        for (var slice : batch.slices()) {
            System.arraycopy(
                    slice.tokenIds(), 0, kvTokenIds, slice.kvStart() + slice.position(), slice.tokenIds().length);
        }
        return batch.slices().stream().map(this::logits).toArray(float[][]::new);
    }

    @Override
    public void close() {
        closed = true;
    }

    private float[] logits(Batch.Slice slice) {
        int length = slice.position() + slice.tokenIds().length;
        if (length > contextLength) {
            throw new IllegalStateException("%d tokens do not fit a context of %d".formatted(length, contextLength));
        }
        var tokenIds = Arrays.copyOfRange(kvTokenIds, slice.kvStart(), slice.kvStart() + length);
        if (Arrays.stream(tokenIds).anyMatch(tokenId -> tokenId == UNWRITTEN)) {
            throw new IllegalStateException("reads KV places that were never written: " + slice);
        }
        if (!slice.logitsWanted()) {
            return new float[0];
        }
        var logits = new float[vocabularySize];
        int hash = Arrays.hashCode(tokenIds);
        for (int id = 0; id < vocabularySize; id++) {
            hash = hash * 31 + id;
            logits[id] = (hash >>> 8) * 0x1p-24f;
        }
        logits[nextTokenId.applyAsInt(tokenIds)] += CHOSEN_LOGIT;
        return logits;
    }
}
