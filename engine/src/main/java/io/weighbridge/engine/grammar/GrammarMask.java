package io.weighbridge.engine.grammar;

import io.weighbridge.engine.sampling.MaskLimitException;
import io.weighbridge.engine.sampling.TokenMask;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A compiled grammar as a mask of one sequence. Takes its place on first use, which is on the engine's thread. */
public final class GrammarMask implements TokenMask {
    private final CompiledGrammar grammar;
    private final long[] own;
    private @Nullable GrammarState state;
    private @Nullable MaskLimitException tooLong;

    /** At the beginning of a text. Any thread may make one. */
    public GrammarMask(CompiledGrammar grammar) {
        this.grammar = grammar;
        this.own = new long[grammar.maskLength()];
    }

    @Override
    public void mask(long[] bits, int tokensLeft) {
        if (tooLong != null) {
            throw tooLong;
        }
        try {
            state().mask(own, tokensLeft);
        } catch (GrammarException e) {
            throw new MaskLimitException(String.valueOf(e.getMessage()), e);
        }
        int common = Math.min(bits.length, own.length);
        System.arraycopy(own, 0, bits, 0, common);
        Arrays.fill(bits, common, bits.length, 0);
    }

    @Override
    public void advance(int tokenId) {
        try {
            state().advance(tokenId);
        } catch (GrammarException e) {
            // Told with the next mask: whoever takes a token has taken it everywhere.
            tooLong = new MaskLimitException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public TokenMask copy() {
        var copy = new GrammarMask(grammar);
        copy.state = state().copy();
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
