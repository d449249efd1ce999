package io.weighbridge.engine.grammar;

import org.jspecify.annotations.Nullable;

/**
 * A node of a compiled grammar with what was found out about it. Fields are set while compiling and constant afterwards.
 */
final class Symbol {
    /** What a cost or a depth without bound is: large, and safe to add to. */
    static final int INFINITE = 1 << 28;

    /** Which kind of node this is. */
    enum Kind {
        EMPTY,
        LEAF,
        PAIR,
        CHOICE,
        REPEAT,
        ALIAS
    }

    final int id;
    final Kind kind;

    @Nullable
    ByteDfa dfa;

    @Nullable
    LeafTable table;

    /** The state in which a leaf begins. */
    int start;

    /** The parts of a pair, the options of a choice, the body of a repetition, the target of a reference. */
    Symbol[] parts = {};

    int min;
    int max;

    /** Whether any text can come of it. */
    boolean productive;

    /** Whether the empty text can. */
    boolean nullable;

    /** The fewest tokens it takes, counting as {@link LeafTable#cost} does. */
    int cost = INFINITE;

    /** How many frames it needs below the one that stands for what follows, if the shallowest way is taken. */
    int depth = INFINITE;

    Symbol(int id, Kind kind) {
        this.id = id;
        this.kind = kind;
    }

    int costAt(int state) {
        return table == null ? cost : table.cost(state);
    }
}
