package io.weighbridge.engine.grammar;

import java.util.HashMap;
import java.util.Map;

/**
 * What tokens of up to {@link GrammarVocabulary#sharedDepth} bytes may follow, by the behavior of the leaf's state: kept once for
 * all grammars over a vocabulary. Thread-safe.
 */
final class SharedMasks {
    /** Most bytes that are kept; beyond it they are dropped and made again. */
    static final long MEMORY_MAX = 32L << 20;

    private final GrammarVocabulary vocabulary;
    private final Map<Behavior.Fingerprint, Inside> known = new HashMap<>();
    private long memory;

    /**
     * What a leaf allows of the shorter tokens.
     *
     * @param tokens that stay inside the leaf
     * @param exits nodes of the tree below which tokens go on after the leaf has ended
     */
    record Inside(TokenSet tokens, int[] exits) {
        long memory() {
            return 64 + tokens.memory() + 4L * exits.length;
        }
    }

    SharedMasks(GrammarVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** What {@code state} allows, from memory if a state with the same fingerprint was asked for before. */
    Inside of(Behavior.Fingerprint fingerprint, ByteDfa dfa, int state, Work work) {
        synchronized (known) {
            var found = known.get(fingerprint);
            if (found != null) {
                return found;
            }
        }
        var made = make(dfa, state, work);
        synchronized (known) {
            if (memory > MEMORY_MAX) {
                known.clear();
                memory = 0;
            }
            var other = known.putIfAbsent(fingerprint, made);
            memory += other == null ? made.memory() : 0;
            return other == null ? made : other;
        }
    }

    /** One walk through the tree. */
    Inside make(ByteDfa dfa, int state, Work work) {
        int deepest = vocabulary.sharedDepth();
        var path = new int[deepest + 1];
        path[0] = state;
        var inside = new TokenSet.Gathered();
        var exits = new TokenSet.Gathered();
        int nodes = vocabulary.nodes();
        int node = 0;
        int looked = 0;
        while (node < nodes) {
            looked++;
            int depth = vocabulary.depth(node);
            int next = dfa.next(path[depth - 1], vocabulary.label(node));
            if (next == ByteDfa.DEAD) {
                node = vocabulary.end(node);
                continue;
            }
            path[depth] = next;
            inside.addTokens(vocabulary, node);
            if (dfa.accepting(next) && vocabulary.end(node) > node + 1) {
                exits.add(node);
            }
            node = depth == deepest ? vocabulary.end(node) : node + 1;
        }
        work.walked(looked);
        return new Inside(inside.toSet(vocabulary.maskLength()), exits.toArray());
    }
}
