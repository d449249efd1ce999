package io.weighbridge.engine.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What may still follow: a set of ways, each a symbol (a leaf in a state, or a node not yet opened) and the frame for what comes
 * after it; and whether the text may end here. Ways with the same symbol are one, so that an ambiguous grammar does not
 * multiply stacks. Interned by {@link CompiledGrammar}, whose thread owns it; the fields below the line are its memory.
 */
final class Frame {
    final Symbol[] symbols; // sorted by id, then state
    final int[] states;
    final Frame[] rests;
    final boolean end;
    final int depth;
    final int cost;
    private final int hash;

    int generation;

    /** The same with every node opened; itself when nothing is left to open. */
    @Nullable
    Frame opened;

    /** By byte: what follows; null where not yet asked, {@link #DEAD} where nothing does. */
    Frame @Nullable [] next;

    @Nullable
    StepMask mask;

    /** No way, no end. */
    static final Frame DEAD = new Frame(new Symbol[0], new int[0], new Frame[0], false);

    /** The end of the text and nothing else. */
    static final Frame END = new Frame(new Symbol[0], new int[0], new Frame[0], true);

    /**
     * The tokens allowed in a frame.
     *
     * @param costMax the most tokens that any of them leaves to go until the text may end
     */
    record StepMask(long @Nullable [] bits, int[] ids, int costMax) {}

    Frame(Symbol[] symbols, int[] states, Frame[] rests, boolean end) {
        this.symbols = symbols;
        this.states = states;
        this.rests = rests;
        this.end = end;
        int depthMax = 0;
        int costMin = end ? 0 : Symbol.INFINITE;
        int code = Boolean.hashCode(end);
        for (int i = 0; i < symbols.length; i++) {
            depthMax = Math.max(depthMax, rests[i].depth + 1);
            costMin = Math.min(costMin, symbols[i].costAt(states[i]) + rests[i].cost);
            code = (code * 31 + symbols[i].id) * 31 + states[i];
            code = code * 31 + System.identityHashCode(rests[i]);
        }
        depth = depthMax;
        cost = Math.min(costMin, Symbol.INFINITE);
        hash = code;
    }

    boolean isDead() {
        return symbols.length == 0 && !end;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Frame frame) || frame.end != end || frame.symbols.length != symbols.length) {
            return false;
        }
        for (int i = 0; i < symbols.length; i++) {
            if (frame.symbols[i] != symbols[i] || frame.rests[i] != rests[i]) {
                return false;
            }
        }
        return Arrays.equals(frame.states, states);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
