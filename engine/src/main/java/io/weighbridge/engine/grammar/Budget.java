package io.weighbridge.engine.grammar;

import java.time.Duration;

/**
 * What compiling one grammar may cost. Everything that grows with hostile input is charged here, so that compiling ends soon
 * whatever the input. One thread uses it.
 */
final class Budget {
    /** Longest source text (schema, regular expression or grammar) in characters. */
    static final int SOURCE_LENGTH_MAX = 512 * 1024;

    /** Longest single regular expression in characters. */
    static final int PATTERN_LENGTH_MAX = 16 * 1024;

    /** Deepest nesting of groups in a regular expression, and of brackets in a grammar. */
    static final int PATTERN_DEPTH_MAX = 100;

    /** Most nodes of the structure above the regular leaves. */
    static final int NODES_MAX = 100_000;

    /** Most states of nondeterministic automata, all together. Repetitions such as {1,5000} are written out in them. */
    static final int NFA_STATES_MAX = 400_000;

    /** Most states of deterministic automata, all together, intermediate ones included. */
    static final int DFA_STATES_MAX = 200_000;

    /** Most transitions of deterministic automata, all together. */
    static final int TRANSITIONS_MAX = 4_000_000;

    /** Most combinations of subschemas that are compiled for one schema. */
    static final int CONJUNCTIONS_MAX = 10_000;

    /** Most alternatives one schema may come to when anyOf, oneOf, if and dependencies are multiplied out. */
    static final int ALTERNATIVES_MAX = 256;

    /** Most values of one enum. */
    static final int ENUM_VALUES_MAX = 5_000;

    /** Longest time compiling may take. */
    static final Duration TIME_MAX = Duration.ofSeconds(5);

    private final long deadline;
    private long nodes;
    private long nfaStates;
    private long dfaStates;
    private long transitions;
    private long conjunctions;
    private int sinceClock;

    Budget() {
        this(TIME_MAX);
    }

    Budget(Duration time) {
        this.deadline = System.nanoTime() + time.toNanos();
    }

    void node() {
        nodes = charge(nodes, 1, NODES_MAX, "nodes");
    }

    void nfaState() {
        nfaStates = charge(nfaStates, 1, NFA_STATES_MAX, "states before determinization (repetitions are written out)");
    }

    void dfaState() {
        dfaStates = charge(dfaStates, 1, DFA_STATES_MAX, "automaton states");
    }

    void transitions(int count) {
        transitions = charge(transitions, count, TRANSITIONS_MAX, "automaton transitions");
    }

    void conjunction() {
        conjunctions = charge(conjunctions, 1, CONJUNCTIONS_MAX, "combinations of subschemas");
    }

    static void source(String text) {
        if (text.length() > SOURCE_LENGTH_MAX) {
            throw GrammarException.limit(
                    "the grammar is %d characters long; the limit is %d".formatted(text.length(), SOURCE_LENGTH_MAX));
        }
    }

    /** Work that is not counted otherwise. */
    void tick() {
        if (++sinceClock >= 1_024) {
            sinceClock = 0;
            time();
        }
    }

    /** After work that takes a while. */
    void time() {
        if (System.nanoTime() - deadline > 0) {
            throw GrammarException.limit("compiling the grammar takes longer than %d seconds; make it simpler"
                    .formatted(TIME_MAX.toSeconds()));
        }
    }

    private long charge(long used, long more, long max, String what) {
        tick();
        if (used + more > max) {
            throw GrammarException.limit("the grammar needs more than %d %s; make it smaller".formatted(max, what));
        }
        return used + more;
    }
}
