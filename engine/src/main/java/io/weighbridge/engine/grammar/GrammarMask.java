package io.weighbridge.engine.grammar;

import io.weighbridge.engine.sampling.MaskLimitException;
import io.weighbridge.engine.sampling.MaskWork;
import io.weighbridge.engine.sampling.TokenMask;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A compiled grammar as a mask of one sequence. Takes its place on first use, which is on the engine's thread. */
public final class GrammarMask implements TokenMask {
    /**
     * Most work to prepare one mask, in all attempts together. An attempt keeps what it has found out about leaves, so that the next one goes further; only
     * leaves that are too many to be remembered come here.
     */
    static final int PREPARE_WORK_MAX = 16 * Work.WORK_MAX;

    /** No mask was made for the place where the text stands. */
    private static final int NONE = -1;

    private final CompiledGrammar grammar;
    private final long[] own;
    /** Tokens that were taken, but what follows them was not yet looked for. */
    private final ArrayDeque<Integer> untaken = new ArrayDeque<>();
    /** Tokens left for which the mask in {@link #own} was made. */
    private int madeFor = NONE;

    private int preparing; // work of all attempts at this mask
    private @Nullable GrammarState state;
    private @Nullable MaskLimitException tooLong;

    /** At the beginning of a text. Any thread may make one. */
    public GrammarMask(CompiledGrammar grammar) {
        this.grammar = grammar;
        this.own = new long[grammar.maskLength()];
    }

    @Override
    public boolean prepare(int tokensLeft, MaskWork room) {
        if (tooLong != null || madeFor == tokensLeft) {
            return true;
        }
        grammar.work().room(room.left());
        try {
            make(tokensLeft);
        } catch (Work.PausedException e) {
            preparing += grammar.work().used();
            if (preparing <= PREPARE_WORK_MAX) {
                return false;
            }
            tooLong = new MaskLimitException("the grammar has more leaves than can be remembered to find a mask", e);
        } finally {
            room.use(grammar.work().used());
            grammar.work().room(Integer.MAX_VALUE);
        }
        return true;
    }

    /** Takes the tokens that came and makes the mask after them; what is too much for it is told when the mask is asked for. */
    private void make(int tokensLeft) {
        try {
            while (!untaken.isEmpty()) {
                state().advance(untaken.getFirst());
                untaken.removeFirst();
            }
            state().mask(own, tokensLeft);
            madeFor = tokensLeft;
            preparing = 0;
        } catch (GrammarException e) {
            tooLong = new MaskLimitException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void mask(long[] bits, int tokensLeft) {
        if (tooLong == null && madeFor != tokensLeft) {
            make(tokensLeft);
        }
        if (tooLong != null) {
            throw tooLong;
        }
        int common = Math.min(bits.length, own.length);
        System.arraycopy(own, 0, bits, 0, common);
        Arrays.fill(bits, common, bits.length, 0);
    }

    @Override
    public void advance(int tokenId) {
        untaken.addLast(tokenId);
        madeFor = NONE;
    }

    @Override
    public TokenMask copy() {
        var copy = new GrammarMask(grammar);
        copy.state = state().copy();
        copy.untaken.addAll(untaken);
        copy.tooLong = tooLong;
        return copy;
    }

    private GrammarState state() {
        if (state == null) {
            state = grammar.start();
        }
        return state;
    }
}
