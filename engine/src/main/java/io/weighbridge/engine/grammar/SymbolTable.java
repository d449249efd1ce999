package io.weighbridge.engine.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Turns the nodes of a grammar into symbols and finds out what each can do. Used by one thread. */
final class SymbolTable {
    private final GrammarVocabulary vocabulary;
    private final Map<Node, Symbol> byNode = new IdentityHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<Symbol> symbols = new ArrayList<>();
    private final Map<Repetition, Symbol> repetitions = new HashMap<>();

    /** A repetition by what it repeats and how often. */
    private record Repetition(int body, int min, int max) {}

    SymbolTable(GrammarVocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /** The symbol of {@code root}, with all below it looked into. */
    Symbol add(Node root) {
        var budget = new Budget();
        var symbol = of(root, budget);
        for (int i = 0; i < nodes.size(); i++) {
            connect(nodes.get(i), symbols.get(i), budget);
        }
        settle(budget);
        refuseLeftRecursion();
        return symbol;
    }

    private Symbol of(Node node, Budget budget) {
        var known = byNode.get(node);
        if (known != null) {
            return known;
        }
        budget.node();
        var kind = switch (node) {
            case Node.Empty _ -> Symbol.Kind.EMPTY;
            case Node.Leaf _ -> Symbol.Kind.LEAF;
            case Node.Pair _ -> Symbol.Kind.PAIR;
            case Node.Choice _ -> Symbol.Kind.CHOICE;
            case Node.Repeat _ -> Symbol.Kind.REPEAT;
            case Node.Ref _ -> Symbol.Kind.ALIAS;
        };
        var symbol = new Symbol(symbols.size(), kind);
        byNode.put(node, symbol);
        nodes.add(node);
        symbols.add(symbol);
        return symbol;
    }

    private void connect(Node node, Symbol symbol, Budget budget) {
        switch (node) {
            case Node.Empty _ -> {}
            case Node.Leaf leaf -> {
                symbol.dfa = leaf.dfa();
                symbol.start = leaf.start();
                symbol.table = vocabulary.table(leaf.dfa());
                budget.time();
            }
            case Node.Pair(var first, var second) ->
                symbol.parts = new Symbol[] {of(first, budget), of(second, budget)};
            case Node.Choice(var options) ->
                symbol.parts =
                        options.stream().map(option -> of(option, budget)).toArray(Symbol[]::new);
            case Node.Repeat(var body, int min, int max) -> {
                symbol.parts = new Symbol[] {of(body, budget)};
                symbol.min = min;
                symbol.max = max;
            }
            case Node.Ref ref -> symbol.parts = new Symbol[] {of(ref.target(), budget)};
        }
    }

    /** Least fixed points, last symbols first: those are mostly parts of the earlier ones. */
    private void settle(Budget budget) {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = symbols.size() - 1; i >= 0; i--) {
                changed |= update(symbols.get(i));
                budget.tick();
            }
        }
    }

    private static boolean update(Symbol symbol) {
        boolean productive = symbol.productive;
        boolean nullable = symbol.nullable;
        int cost = symbol.cost;
        int depth = symbol.depth;
        switch (symbol.kind) {
            case EMPTY -> set(symbol, true, true, 0, 0);
            case LEAF -> {
                var dfa = Objects.requireNonNull(symbol.dfa);
                int start = symbol.start;
                boolean some = dfa.accepting(start) || dfa.distance(start) < Integer.MAX_VALUE;
                set(symbol, some, dfa.accepting(start), symbol.costAt(start), 0);
            }
            case PAIR -> {
                var first = symbol.parts[0];
                var second = symbol.parts[1];
                set(
                        symbol,
                        first.productive && second.productive,
                        first.nullable && second.nullable,
                        first.cost + second.cost,
                        Math.max(first.depth + 1, second.depth));
            }
            case CHOICE, ALIAS -> {
                boolean someProductive = false;
                boolean someNullable = false;
                int costMin = Symbol.INFINITE;
                int depthMin = Symbol.INFINITE;
                for (var part : symbol.parts) {
                    someProductive |= part.productive;
                    someNullable |= part.nullable;
                    costMin = Math.min(costMin, part.cost);
                    depthMin = Math.min(depthMin, part.depth);
                }
                set(symbol, someProductive, someNullable, costMin, depthMin);
            }
            case REPEAT -> {
                var body = symbol.parts[0];
                boolean none = symbol.min == 0;
                long most = (long) symbol.min * body.cost;
                set(
                        symbol,
                        none || body.productive,
                        none || body.nullable,
                        (int) Math.min(most, Symbol.INFINITE),
                        none ? 0 : body.depth + 1);
            }
        }
        return productive != symbol.productive
                || nullable != symbol.nullable
                || cost != symbol.cost
                || depth != symbol.depth;
    }

    private static void set(Symbol symbol, boolean productive, boolean nullable, int cost, int depth) {
        symbol.productive = productive;
        symbol.nullable = nullable;
        symbol.cost = productive ? Math.min(cost, Symbol.INFINITE) : Symbol.INFINITE;
        symbol.depth = productive ? Math.min(depth, Symbol.INFINITE) : Symbol.INFINITE;
    }

    /** A symbol that can begin with itself would be opened forever. */
    private void refuseLeftRecursion() {
        var state = new byte[symbols.size()]; // 0 unseen, 1 open, 2 done
        var stack = new int[symbols.size() + 1];
        var position = new int[symbols.size()];
        for (var start : symbols) {
            int depth = 0;
            if (state[start.id] == 0) {
                state[start.id] = 1;
                stack[depth++] = start.id;
            }
            while (depth > 0) {
                var symbol = symbols.get(stack[depth - 1]);
                int next = position[symbol.id]++;
                if (next >= beginnings(symbol)) {
                    state[symbol.id] = 2;
                    depth--;
                    continue;
                }
                var part = symbol.parts[next];
                if (state[part.id] == 1 && part.productive) {
                    throw GrammarException.unsupported("a rule of the grammar can begin with itself (left recursion);"
                            + " write it with a repetition or with the recursion at its end");
                }
                if (state[part.id] == 0 && part.productive) {
                    state[part.id] = 1;
                    stack[depth++] = part.id;
                }
            }
        }
    }

    /** How many of the parts can stand at the symbol's beginning. */
    private static int beginnings(Symbol symbol) {
        if (symbol.kind == Symbol.Kind.PAIR) {
            return symbol.parts[0].nullable ? 2 : 1;
        }
        return symbol.parts.length;
    }

    /** The repetition that is left after one more body. */
    Symbol oneLess(Symbol repeat) {
        if (repeat.min == 0 && repeat.max == Node.UNBOUNDED) {
            return repeat;
        }
        int min = Math.max(0, repeat.min - 1);
        int max = repeat.max == Node.UNBOUNDED ? Node.UNBOUNDED : repeat.max - 1;
        return repetitions.computeIfAbsent(new Repetition(repeat.parts[0].id, min, max), _ -> {
            var less = new Symbol(symbols.size(), Symbol.Kind.REPEAT);
            less.parts = repeat.parts;
            less.min = min;
            less.max = max;
            update(less);
            symbols.add(less);
            return less;
        });
    }

    /** Forgets repetitions that were made on the way. Symbols still in use stay what they are. */
    void forget() {
        repetitions.clear();
    }
}
