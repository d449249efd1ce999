package io.weighbridge.engine.runner;

import java.util.Arrays;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A model runner without a model: the next token is a function of the tokens so far. It reads those back from its own KV
 * blocks, where it keeps token ids instead of keys and values, so that a wrong block table, a block used by two sequences or
 * one read before it is written shows as a wrong token or an exception.
 */
public final class ScriptedModelRunner implements ModelRunner {
    private static final int UNWRITTEN = -1;
    /** So high that no sampling takes another token. */
    private static final float CERTAIN = 20;

    /** So high that greedy takes it, and sampling every other time. */
    private static final float LIKELY = 4;

    private final int vocabularySize;
    private final int contextLength;
    private final int[] kvTokenIds;
    private final Function<int[], float[]> logits;
    private boolean closed;

    /** A runner that gives the token id {@code nextTokenId} of all tokens so far by far the highest logit. */
    public ScriptedModelRunner(
            int vocabularySize, int contextLength, int kvBlockCount, ToIntFunction<int[]> nextTokenId) {
        this(
                tokenIds -> logits(vocabularySize, tokenIds, nextTokenId, CERTAIN),
                vocabularySize,
                contextLength,
                kvBlockCount);
    }

    private ScriptedModelRunner(
            Function<int[], float[]> logits, int vocabularySize, int contextLength, int kvBlockCount) {
        this.vocabularySize = vocabularySize;
        this.contextLength = contextLength;
        this.kvTokenIds = new int[kvBlockCount * KV_BLOCK_TOKENS];
        this.logits = logits;
        Arrays.fill(kvTokenIds, UNWRITTEN);
    }

    /** A runner whose logits are any function of all tokens so far. */
    public static ScriptedModelRunner of(
            int vocabularySize, int contextLength, int kvBlockCount, Function<int[], float[]> logits) {
        return new ScriptedModelRunner(logits, vocabularySize, contextLength, kvBlockCount);
    }

    /** A runner whose next token hangs on every token so far, and if not greedy on chance. */
    public static ScriptedModelRunner hashing(int vocabularySize, int contextLength, int kvBlockCount) {
        return new ScriptedModelRunner(
                tokenIds -> logits(vocabularySize, tokenIds, so -> hash(so, vocabularySize), LIKELY),
                vocabularySize,
                contextLength,
                kvBlockCount);
    }

    /** The same, but greedy it repeats itself before long: a token hangs on the one before it. */
    public static ScriptedModelRunner repeating(int vocabularySize, int contextLength, int kvBlockCount) {
        return new ScriptedModelRunner(
                tokenIds -> logits(vocabularySize, tokenIds, so -> hash(last(so), vocabularySize), LIKELY),
                vocabularySize,
                contextLength,
                kvBlockCount);
    }

    private static int[] last(int[] tokenIds) {
        return Arrays.copyOfRange(tokenIds, tokenIds.length - 1, tokenIds.length);
    }

    private static int hash(int[] tokenIds, int vocabularySize) {
        return Math.floorMod(Arrays.hashCode(tokenIds) * 0x9E3779B9 >>> 7, vocabularySize);
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
    public int kvBlockCount() {
        return kvTokenIds.length / KV_BLOCK_TOKENS;
    }

    @Override
    public boolean isSameInAnyBatch() {
        return true;
    }

    @Override
    public float[][] run(Batch batch) {
        if (closed) {
            throw new IllegalStateException("the runner is closed");
        }
        for (var copy : batch.copies()) {
            System.arraycopy(
                    kvTokenIds,
                    copy.fromBlock() * KV_BLOCK_TOKENS,
                    kvTokenIds,
                    copy.toBlock() * KV_BLOCK_TOKENS,
                    KV_BLOCK_TOKENS);
        }
        for (var slice : batch.slices()) {
            for (int i = 0; i < slice.tokenIds().length; i++) {
                kvTokenIds[slice.place(slice.position() + i)] = slice.tokenIds()[i];
            }
        }
        var logits = new float[batch.logitsCount()][];
        int row = 0;
        for (var slice : batch.slices()) {
            for (int i = 0; i < slice.tokenIds().length; i++) {
                if (slice.wantsLogits(i)) {
                    logits[row++] = this.logits.apply(tokensUpTo(slice, i));
                } else if (i == slice.tokenIds().length - 1) {
                    tokensUpTo(slice, i); // checks that all is there
                }
            }
        }
        return logits;
    }

    @Override
    public void close() {
        closed = true;
    }

    private int[] tokensUpTo(Batch.Slice slice, int index) {
        int length = slice.position() + index + 1;
        if (length > contextLength) {
            throw new IllegalStateException("%d tokens do not fit a context of %d".formatted(length, contextLength));
        }
        var tokenIds = new int[length];
        for (int position = 0; position < length; position++) {
            tokenIds[position] = kvTokenIds[slice.place(position)];
            if (tokenIds[position] == UNWRITTEN) {
                throw new IllegalStateException("reads KV places that were never written: " + slice);
            }
        }
        return tokenIds;
    }

    private static float[] logits(
            int vocabularySize, int[] tokenIds, ToIntFunction<int[]> nextTokenId, float chosenLogit) {
        var logits = new float[vocabularySize];
        int hash = Arrays.hashCode(tokenIds);
        for (int id = 0; id < vocabularySize; id++) {
            hash = hash * 31 + id;
            logits[id] = (hash >>> 8) * 0x1p-24f;
        }
        logits[nextTokenId.applyAsInt(tokenIds)] += chosenLogit;
        return logits;
    }
}
