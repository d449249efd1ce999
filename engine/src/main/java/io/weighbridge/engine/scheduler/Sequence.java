package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.sampling.SamplingParams;
import java.util.Arrays;
import java.util.Set;

/**
 * A prompt and the tokens generated after it. The engine's thread owns it; only {@link #cancel} may be called from any
 * thread.
 */
public final class Sequence {
    private final int promptLength;
    private final int maxTokens;
    private final SamplingParams sampling;
    private final Set<Integer> endTokenIds;
    private volatile boolean cancelled;

    private int[] tokenIds;
    private int length;
    private State state = State.WAITING;
    /** Tokens of the beginning whose keys and values are in the KV memory. */
    private int computed;
    /** First KV place; meaningful while running. */
    private int kvStart;
    /** {@link #maxTokens}, or less where the context ends before. */
    private int generatedMax;

    /** Where a sequence stands. */
    public enum State {
        WAITING,
        RUNNING,
        FINISHED
    }

    /**
     * A sequence that waits.
     *
     * @param promptIds at least one
     * @param maxTokens most tokens to generate, at least 1; clipped to what fits the context
     * @param endTokenIds tokens that end the completion and are not part of it
     */
    public Sequence(int[] promptIds, SamplingParams sampling, int maxTokens, Set<Integer> endTokenIds) {
        if (promptIds.length == 0) {
            throw new IllegalArgumentException("a prompt needs at least one token");
        }
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, is " + maxTokens);
        }
        this.promptLength = promptIds.length;
        this.tokenIds = promptIds.clone();
        this.length = promptIds.length;
        this.sampling = sampling;
        this.maxTokens = maxTokens;
        this.generatedMax = maxTokens;
        this.endTokenIds = Set.copyOf(endTokenIds);
    }

    /** Ends the sequence at the next step. Any thread; again is harmless. */
    public void cancel() {
        cancelled = true;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    public State state() {
        return state;
    }

    public int[] promptIds() {
        return Arrays.copyOf(tokenIds, promptLength);
    }

    public int promptLength() {
        return promptLength;
    }

    public int maxTokens() {
        return maxTokens;
    }

    public SamplingParams sampling() {
        return sampling;
    }

    /** The tokens generated so far, end tokens excluded. */
    public int[] generatedIds() {
        return Arrays.copyOfRange(tokenIds, promptLength, length);
    }

    public int generatedCount() {
        return length - promptLength;
    }

    /** KV places that its whole life needs. */
    int kvLength() {
        return promptLength + generatedMax;
    }

    /** Position of the next token to be generated. */
    int length() {
        return length;
    }

    int kvStart() {
        return kvStart;
    }

    int computed() {
        return computed;
    }

    /** Tokens known but not yet computed: the rest of the prompt, or the token generated last. */
    int uncomputed() {
        return length - computed;
    }

    boolean isDecoding() {
        return computed >= promptLength;
    }

    boolean isEndToken(int tokenId) {
        return endTokenIds.contains(tokenId);
    }

    boolean isFull() {
        return generatedCount() >= generatedMax;
    }

    void clipTo(int contextLength) {
        generatedMax = Math.min(maxTokens, contextLength - promptLength);
    }

    void run(int firstKvPlace) {
        kvStart = firstKvPlace;
        state = State.RUNNING;
    }

    int[] nextUncomputed(int count) {
        return Arrays.copyOfRange(tokenIds, computed, computed + count);
    }

    void computed(int count) {
        computed += count;
    }

    void append(int tokenId) {
        if (length == tokenIds.length) {
            tokenIds = Arrays.copyOf(tokenIds, Math.max(16, 2 * length));
        }
        tokenIds[length++] = tokenId;
    }

    void finish() {
        state = State.FINISHED;
    }
}
