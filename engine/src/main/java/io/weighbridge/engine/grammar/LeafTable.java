package io.weighbridge.engine.grammar;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What one regular leaf allows of one vocabulary, by state: which tokens stay inside the leaf, and where in the tree of tokens
 * the leaf may end before the token does; and which tokens that come out of another leaf go on in this one. Filled when asked for;
 * within a memory limit. Does not refer to its leaf, so that the vocabulary can forget both. Thread-safe.
 */
final class LeafTable {
    /** Most bytes of masks kept for one leaf, without what is shared; beyond it they are dropped and made again. */
    static final long MEMORY_MAX = 16L << 20;

    private final int[] costs;
    private final @Nullable Behavior behavior;
    private final Mask[] masks;
    private final Map<Entry, Continuation> continuations = new HashMap<>();
    private long memory;

    private LeafTable(int[] costs, @Nullable Behavior behavior) {
        this.costs = costs;
        this.behavior = behavior;
        this.masks = new Mask[costs.length];
    }

    /**
     * What one state allows.
     *
     * @param inside the shorter tokens
     * @param longTokens those longer than what is shared that stay inside the leaf
     * @param longExits nodes deeper than what is shared below which tokens go on after the leaf has ended
     * @param costMax no token that stays inside leaves more tokens than this to go until the leaf may end
     */
    record Mask(SharedMasks.Inside inside, int[] longTokens, int[] longExits, int costMax) {
        void addTo(long[] mask) {
            inside.tokens().addTo(mask);
            for (int id : longTokens) {
                mask[id >>> 6] |= 1L << id;
            }
        }

        boolean hasExits() {
            return inside.exits().length > 0 || longExits.length > 0;
        }

        private long memory() {
            return 64L + 4L * (longTokens.length + longExits.length);
        }
    }

    /**
     * What tokens that leave another leaf may do in this one.
     *
     * @param tokens that end inside this leaf
     * @param exits nodes below which they go on after this leaf has ended, too
     * @param costMax no token that ends inside leaves more tokens than this to go until the leaf may end
     */
    record Continuation(TokenSet tokens, int[] exits, int costMax) {
        private long memory() {
            return 96 + tokens.memory() + 4L * exits.length;
        }
    }

    /** Where another leaf ends, by identity, and the state in which this one takes over. */
    private record Entry(SharedMasks.Inside from, int state) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Entry(var otherFrom, int otherState) && otherFrom == from && otherState == state;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(from) + state;
        }
    }

    static LeafTable of(ByteDfa dfa, GrammarVocabulary vocabulary) {
        var costs = costs(dfa, vocabulary);
        return new LeafTable(costs, Behavior.of(dfa, vocabulary.sharedDepth(), costs));
    }

    /** Tokens until the leaf may end: no more than it takes if every byte is a token, fewer along literal stretches. */
    int cost(int state) {
        return costs[state];
    }

    synchronized Mask mask(ByteDfa dfa, int state, GrammarVocabulary vocabulary, Work work) {
        var known = masks[state];
        if (known != null) {
            return known;
        }
        limitMemory();
        var made = make(dfa, state, vocabulary, work);
        masks[state] = made;
        memory += made.memory() + (behavior == null ? made.inside.memory() : 0);
        return made;
    }

    /** What the tokens that leave another leaf at {@code from}'s exits may do here, beginning in {@code state}. */
    synchronized Continuation after(
            SharedMasks.Inside from, ByteDfa dfa, int state, GrammarVocabulary vocabulary, Work work) {
        var entry = new Entry(from, state);
        var known = continuations.get(entry);
        if (known != null) {
            return known;
        }
        limitMemory();
        var made = follow(from.exits(), dfa, state, vocabulary, work);
        continuations.put(entry, made);
        memory += made.memory() + from.memory();
        return made;
    }

    private void limitMemory() {
        if (memory > MEMORY_MAX) {
            Arrays.fill(masks, null);
            continuations.clear();
            memory = 0;
        }
    }

    private Mask make(ByteDfa dfa, int state, GrammarVocabulary vocabulary, Work work) {
        var inside = behavior == null
                ? vocabulary.shared().make(dfa, state, work)
                : vocabulary.shared().of(behavior.of(state), dfa, state, work);
        var path = new int[vocabulary.depthMax() + 1];
        path[0] = state;
        var tokens = new TokenSet.Gathered();
        var exits = new TokenSet.Gathered();
        int costMax = behavior == null ? IntStream.of(costs).max().orElse(0) : behavior.costMax(state);
        int i = 0;
        int looked = 0;
        while (i < vocabulary.longNodes()) {
            looked++;
            int node = vocabulary.longNode(i);
            int depth = vocabulary.depth(node);
            int next = dfa.next(path[depth - 1], vocabulary.label(node));
            if (next == ByteDfa.DEAD) {
                i = vocabulary.longEnd(i);
                continue;
            }
            path[depth] = next;
            if (depth > vocabulary.sharedDepth()) {
                if (vocabulary.tokensFrom(node) < vocabulary.tokensTo(node)) {
                    costMax = Math.max(costMax, costs[next]);
                    tokens.addTokens(vocabulary, node);
                }
                if (dfa.accepting(next) && vocabulary.end(node) > node + 1) {
                    exits.add(node);
                }
            }
            i++;
        }
        work.walked(looked);
        return new Mask(inside, tokens.toArray(), exits.toArray(), costMax);
    }

    private Continuation follow(int[] from, ByteDfa dfa, int state, GrammarVocabulary vocabulary, Work work) {
        var path = new int[vocabulary.depthMax() + 1];
        var tokens = new TokenSet.Gathered();
        var exits = new TokenSet.Gathered();
        int costMax = 0;
        int looked = 0;
        for (int start : from) {
            path[vocabulary.depth(start)] = state;
            int end = vocabulary.end(start);
            int node = start + 1;
            while (node < end) {
                looked++;
                int depth = vocabulary.depth(node);
                int next = dfa.next(path[depth - 1], vocabulary.label(node));
                if (next == ByteDfa.DEAD) {
                    node = vocabulary.end(node);
                    continue;
                }
                path[depth] = next;
                if (vocabulary.tokensFrom(node) < vocabulary.tokensTo(node)) {
                    costMax = Math.max(costMax, costs[next]);
                    tokens.addTokens(vocabulary, node);
                }
                if (dfa.accepting(next) && vocabulary.end(node) > node + 1) {
                    exits.add(node);
                }
                node++;
            }
        }
        work.walked(looked);
        return new Continuation(tokens.toSet(vocabulary.maskLength()), exits.toArray(), costMax);
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
}
