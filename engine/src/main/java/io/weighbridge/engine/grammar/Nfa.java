package io.weighbridge.engine.grammar;

import java.util.Arrays;

/**
 * A nondeterministic automaton under construction: states with edges over ranges of symbols (code points or bytes) and
 * edges that consume nothing, some of which hold only at the beginning or the end of a text.
 */
final class Nfa {
    /** An edge without a symbol that may always be followed; the other two hold at the text's beginning or end only. */
    static final int ALWAYS = -1;

    static final int AT_BEGIN = -2;
    static final int AT_END = -3;

    private final Budget budget;
    private int states;
    private int[] firstEdge = new int[64];

    private int edges;
    private int[] low = new int[128];
    private int[] high = new int[128];
    private int[] target = new int[128];
    private int[] nextEdge = new int[128];

    Nfa(Budget budget) {
        this.budget = budget;
    }

    int state() {
        budget.nfaState();
        if (states == firstEdge.length) {
            firstEdge = Arrays.copyOf(firstEdge, 2 * states);
        }
        firstEdge[states] = -1;
        return states++;
    }

    int states() {
        return states;
    }

    void edge(int from, int symbolLow, int symbolHigh, int to) {
        if (edges == low.length) {
            low = Arrays.copyOf(low, 2 * edges);
            high = Arrays.copyOf(high, 2 * edges);
            target = Arrays.copyOf(target, 2 * edges);
            nextEdge = Arrays.copyOf(nextEdge, 2 * edges);
        }
        low[edges] = symbolLow;
        high[edges] = symbolHigh;
        target[edges] = to;
        nextEdge[edges] = firstEdge[from];
        firstEdge[from] = edges++;
        budget.tick();
    }

    /** An edge that consumes nothing; {@code kind} is one of the constants above. */
    void epsilon(int from, int kind, int to) {
        edge(from, kind, kind, to);
    }

    int firstEdge(int state) {
        return firstEdge[state];
    }

    int nextEdge(int edge) {
        return nextEdge[edge];
    }

    int low(int edge) {
        return low[edge];
    }

    int high(int edge) {
        return high[edge];
    }

    int target(int edge) {
        return target[edge];
    }

    /** Adds {@code regex} after {@code from}; the state where it ends. */
    int add(Regex regex, int from) {
        return switch (regex) {
            case Regex.Chars(var set) -> {
                int to = state();
                for (int i = 0; i < set.ranges(); i++) {
                    edge(from, set.low(i), set.high(i), to);
                }
                yield to;
            }
            case Regex.Cat(var parts) -> {
                int at = from;
                for (var part : parts) {
                    at = add(part, at);
                }
                yield at;
            }
            case Regex.Or(var parts) -> {
                int to = state();
                for (var part : parts) {
                    epsilon(add(part, from), ALWAYS, to);
                }
                yield to;
            }
            case Regex.Rep(var body, int min, int max) -> repeat(body, min, max, from);
            case Regex.Begin() -> {
                int to = state();
                epsilon(from, AT_BEGIN, to);
                yield to;
            }
            case Regex.End() -> {
                int to = state();
                epsilon(from, AT_END, to);
                yield to;
            }
        };
    }

    private int repeat(Regex body, int min, int max, int from) {
        int at = from;
        for (int i = 0; i < min; i++) {
            int before = state(); // an own state: loops of the part before must not reach into this one
            epsilon(at, ALWAYS, before);
            at = add(body, before);
        }
        if (max == Regex.UNBOUNDED) {
            int loop = state();
            epsilon(at, ALWAYS, loop);
            epsilon(add(body, loop), ALWAYS, loop);
            int to = state();
            epsilon(loop, ALWAYS, to);
            return to;
        }
        int to = state();
        epsilon(at, ALWAYS, to);
        for (int i = min; i < max; i++) {
            int before = state();
            epsilon(at, ALWAYS, before);
            at = add(body, before);
            epsilon(at, ALWAYS, to);
        }
        return to;
    }
}
