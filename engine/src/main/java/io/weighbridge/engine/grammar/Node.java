package io.weighbridge.engine.grammar;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The structure of a grammar above its regular leaves. Nodes may be shared, and references may make cycles. */
sealed interface Node {
    /** The empty text. */
    Node EMPTY = new Empty();

    /** No bound on a repetition. */
    int UNBOUNDED = Integer.MAX_VALUE;

    /** The empty text. */
    record Empty() implements Node {}

    /** A regular language, read from a state of an automaton on; {@code literal} is its only text where that is known. */
    record Leaf(ByteDfa dfa, int start, @Nullable String literal) implements Node {}

    /** One after the other. */
    record Pair(Node first, Node second) implements Node {}

    /** One of them; none of them can be chosen if the list is empty. */
    record Choice(List<Node> options) implements Node {}

    /** {@code min} to {@code max} of them, one after the other. */
    record Repeat(Node body, int min, int max) implements Node {}

    /** Stands for a node that is known later. */
    final class Ref implements Node {
        private Node target = EMPTY;

        void set(Node node) {
            target = node;
        }

        Node target() {
            return target;
        }
    }

    static Node leaf(ByteDfa dfa) {
        return new Leaf(dfa, 0, null);
    }

    static Node literal(String text, Budget budget) {
        if (text.isEmpty()) {
            return EMPTY;
        }
        budget.node();
        return new Leaf(ByteDfa.utf8(Dfa.ofTexts(List.of(text), budget), budget), 0, text);
    }

    static Node sequence(Budget budget, Node... parts) {
        Node all = EMPTY;
        for (int i = parts.length - 1; i >= 0; i--) {
            all = pair(parts[i], all, budget);
        }
        return all;
    }

    private static Node pair(Node first, Node second, Budget budget) {
        if (first instanceof Empty) {
            return second;
        }
        if (second instanceof Empty) {
            return first;
        }
        var left = literalOf(first);
        var right = literalOf(second);
        if (left != null && right != null) {
            return literal(left + right, budget);
        }
        if (left != null && second instanceof Pair(var next, var rest)) {
            var middle = literalOf(next);
            if (middle != null) {
                budget.node();
                return new Pair(literal(left + middle, budget), rest);
            }
        }
        budget.node();
        return new Pair(first, second);
    }

    private static @Nullable String literalOf(Node node) {
        return node instanceof Leaf leaf ? leaf.literal() : null;
    }

    static Node choice(Budget budget, List<Node> options) {
        if (options.size() == 1) {
            return options.getFirst();
        }
        budget.node();
        return new Choice(List.copyOf(options));
    }
}
