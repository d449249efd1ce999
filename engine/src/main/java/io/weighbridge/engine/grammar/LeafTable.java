package io.weighbridge.engine.grammar;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What one regular leaf allows of one vocabulary, by state: which tokens stay inside the leaf, and where in the tree of tokens
 * the leaf may end before the token does. Filled when asked for; within a memory limit. Does not refer to its leaf, so that
 * the vocabulary can forget both. Thread-safe.
 */
final class LeafTable {
    /** Most bytes of masks kept for one leaf; beyond it they are dropped and made again. */
    static final long MEMORY_MAX = 16L << 20;

    private final int[] costs;
    private final Mask[] masks;
    private long memory;

    private LeafTable(int[] costs) {
        this.costs = costs;
        this.masks = new Mask[costs.length];
    }

    /**
     * What one state allows. The tokens that stay inside are listed or, if they are many, marked in bits.
     *
     * @param exits nodes of the tree below which tokens go on after the leaf has ended
     * @param costMax the most tokens that any token which stays inside leaves to go until the leaf may end
     */
    record Mask(long @Nullable [] bits, int[] ids, int[] exits, int costMax) {
        void addTo(long[] mask) {
            if (bits != null) {
                for (int i = 0; i < bits.length; i++) {
                    mask[i] |= bits[i];
                }
            }
            for (int id : ids) {
                mask[id >>> 6] |= 1L << id;
            }
        }

        private long memory() {
            return 64L + 8L * (bits == null ? 0 : bits.length) + 4L * (ids.length + exits.length);
        }
    }

    static LeafTable of(ByteDfa dfa, GrammarVocabulary vocabulary) {
        return new LeafTable(costs(dfa, vocabulary));
    }

    /** Tokens until the leaf may end: no more than it takes if every byte is a token, fewer along literal stretches. */
    int cost(int state) {
        return costs[state];
    }

    synchronized Mask mask(ByteDfa dfa, int state, GrammarVocabulary vocabulary) {
        var known = masks[state];
        if (known != null) {
            return known;
        }
        if (memory > MEMORY_MAX) {
            Arrays.fill(masks, null);
            memory = 0;
        }
        var made = make(dfa, state, vocabulary);
        masks[state] = made;
        memory += made.memory();
        return made;
    }

    private Mask make(ByteDfa dfa, int state, GrammarVocabulary vocabulary) {
        var path = new int[vocabulary.depthMax() + 1];
        path[0] = state;
        var inside = new Ints();
        var exits = new Ints();
        int costMax = 0;
        int nodes = vocabulary.nodes();
        int node = 0;
        while (node < nodes) {
            int depth = vocabulary.depth(node);
            int next = dfa.next(path[depth - 1], vocabulary.label(node));
            if (next == ByteDfa.DEAD) {
                node = vocabulary.end(node);
                continue;
            }
            path[depth] = next;
            int from = vocabulary.tokensFrom(node);
            int to = vocabulary.tokensTo(node);
            if (from < to) {
                costMax = Math.max(costMax, costs[next]);
                for (int i = from; i < to; i++) {
                    inside.add(vocabulary.token(i));
                }
            }
            if (dfa.accepting(next) && vocabulary.end(node) > node + 1) {
                exits.add(node);
            }
            node++;
        }
        if (inside.size() <= 2 * vocabulary.maskLength()) {
            return new Mask(null, inside.toArray(), exits.toArray(), costMax);
        }
        var bits = new long[vocabulary.maskLength()];
        for (int id : inside.toArray()) {
            bits[id >>> 6] |= 1L << id;
        }
        return new Mask(bits, new int[0], exits.toArray(), costMax);
    }

    /** Nearest states first, so that every state finds one that is nearer to the end already known. */
    private static int[] costs(ByteDfa dfa, GrammarVocabulary vocabulary) {
        int states = dfa.states();
        var costs = new int[states];
        var only = new int[states];
        for (int state = 0; state < states; state++) {
            only[state] = dfa.accepting(state) ? -1 : dfa.onlyByte(state);
        }
        int[] order = IntStream.range(0, states)
                .boxed()
                .sorted((a, b) -> Integer.compare(dfa.distance(a), dfa.distance(b)))
                .mapToInt(Integer::intValue)
                .toArray();
        for (int state : order) {
            if (dfa.distance(state) == 0) {
                continue;
            }
            if (dfa.distance(state) == Integer.MAX_VALUE) { // only in a leaf that accepts nothing
                costs[state] = Symbol.INFINITE;
                continue;
            }
            costs[state] = only[state] >= 0
                    ? 1 + alongLiteral(dfa, state, only, costs, vocabulary)
                    : 1 + cheapestNext(dfa, state, costs);
        }
        return costs;
    }

    private static int cheapestNext(ByteDfa dfa, int state, int[] costs) {
        int best = Integer.MAX_VALUE;
        for (int b = 0; b < 256; b++) {
            int next = dfa.next(state, b);
            if (next != ByteDfa.DEAD && dfa.distance(next) < dfa.distance(state)) {
                best = Math.min(best, costs[next]);
            }
        }
        return best;
    }

    /** The least cost after one token that is a beginning of the only text that can follow. */
    private static int alongLiteral(ByteDfa dfa, int state, int[] only, int[] costs, GrammarVocabulary vocabulary) {
        int best = costs[dfa.next(state, only[state])];
        int at = state;
        int depth = 0;
        int node = 0;
        int nodes = vocabulary.nodes();
        while (only[at] >= 0 && node < nodes && vocabulary.depth(node) == depth + 1) {
            if ((vocabulary.label(node) & 0xFF) != only[at]) {
                node = vocabulary.end(node);
                continue;
            }
            at = dfa.next(at, only[at]);
            depth++;
            if (vocabulary.tokensFrom(node) < vocabulary.tokensTo(node)) {
                best = Math.min(best, costs[at]);
            }
            node++;
        }
        return best;
    }

    /** A growing list of numbers. */
    private static final class Ints {
        private int[] values = new int[64];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        int size() {
            return size;
        }

        int[] toArray() {
            return Arrays.copyOf(values, size);
        }
    }
}
