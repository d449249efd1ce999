package io.weighbridge.engine.grammar;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Where one text stands in its grammar. Belongs to the thread that owns the compiled grammar. Taking a mask and advancing
 * allocate nothing once a place in the grammar has been seen before.
 */
public final class GrammarState {
    /** Longest stretch that {@link #forced} gives at once, in bytes. */
    static final int FORCED_BYTES_MAX = 4_096;

    /** How many tokens can be taken back. */
    static final int ROLLBACK_MAX = 63;

    private final CompiledGrammar grammar;
    private final Frame[] history; // a ring: the place after n tokens is at n modulo its length
    private long length;

    GrammarState(CompiledGrammar grammar, Frame start) {
        this.grammar = grammar;
        this.history = new Frame[ROLLBACK_MAX + 1];
        Arrays.fill(history, Frame.DEAD);
        this.history[0] = start;
    }

    private GrammarState(GrammarState other) {
        this.grammar = other.grammar;
        this.history = other.history.clone();
        this.length = other.length;
    }

    private Frame now() {
        return history[(int) (length & ROLLBACK_MAX)];
    }

    /**
     * Writes which tokens may come next: bit {@code id % 64} of {@code bits[id / 64]}. Where the text may end, the end tokens are
     * among them; after the end nothing is.
     */
    public void mask(long[] bits) {
        grammar.mask(now(), bits, Symbol.INFINITE);
    }

    /**
     * The same when only {@code tokensLeft} more tokens may come: as soon as it is needed, only tokens are allowed from which
     * the text can still be finished. If even the shortest end is too far, everything that is allowed otherwise is.
     */
    public void mask(long[] bits, int tokensLeft) {
        grammar.mask(now(), bits, tokensLeft);
    }

    /** An upper bound of the tokens it takes to finish the text from here, if all single bytes are tokens. */
    public int tokensToEnd() {
        return now().cost;
    }

    /** Whether {@code tokenId} may come next. */
    public boolean allows(int tokenId) {
        return !after(tokenId).isDead() || isEndAllowed(tokenId);
    }

    private boolean isEndAllowed(int tokenId) {
        return now().end && Arrays.binarySearch(grammar.endTokenIds(), tokenId) >= 0;
    }

    private Frame after(int tokenId) {
        var bytes = grammar.bytes(tokenId);
        return bytes == null ? Frame.DEAD : after(bytes);
    }

    private Frame after(byte[] bytes) {
        grammar.work().begin();
        var frame = now();
        for (byte b : bytes) {
            frame = grammar.next(frame, b);
            if (frame.isDead()) {
                break;
            }
        }
        return frame;
    }

    /**
     * Takes a token. After an end token nothing may follow.
     *
     * @throws IllegalArgumentException if the token may not come here; the state stays as it was
     */
    public void advance(int tokenId) {
        if (!tryAdvance(tokenId)) {
            throw new IllegalArgumentException("token id %d may not come here".formatted(tokenId));
        }
    }

    /** Takes a token if it may come here; otherwise the state stays as it was and the answer is false. */
    public boolean tryAdvance(int tokenId) {
        var next = after(tokenId);
        if (next.isDead() && !isEndAllowed(tokenId)) {
            return false;
        }
        push(next);
        return true;
    }

    /** Takes bytes as if they were one token, for text that is put in without being sampled. */
    public boolean tryAdvance(byte[] bytes) {
        var next = after(bytes);
        if (next.isDead()) {
            return false;
        }
        push(next);
        return true;
    }

    private void push(Frame next) {
        length++;
        history[(int) (length & ROLLBACK_MAX)] = next;
    }

    /** Whether the text may end here. It may also go on, unless {@link #isComplete}. */
    public boolean mayEnd() {
        return now().end;
    }

    /** Whether nothing can follow any more: the text is whole, or an end token has been taken. */
    public boolean isComplete() {
        return now().symbols.length == 0;
    }

    /** The bytes that have to come next whatever is sampled; empty where there is a choice or the text may end. */
    public byte[] forced() {
        var out = new ByteArrayOutputStream();
        grammar.work().begin();
        var frame = now();
        while (out.size() < FORCED_BYTES_MAX) {
            int b = grammar.onlyByte(frame);
            if (b < 0) {
                break;
            }
            out.write(b);
            frame = grammar.next(frame, b);
        }
        return out.toByteArray();
    }

    /** Takes back the last {@code count} tokens, at most {@link #ROLLBACK_MAX}. */
    public void rollback(int count) {
        if (count < 0 || count > Math.min(length, ROLLBACK_MAX)) {
            throw new IllegalArgumentException(
                    "cannot take back %d of %d tokens; at most %d can be".formatted(count, length, ROLLBACK_MAX));
        }
        length -= count;
    }

    /** Another state at the same place, with the same past. */
    public GrammarState copy() {
        return new GrammarState(this);
    }
}
