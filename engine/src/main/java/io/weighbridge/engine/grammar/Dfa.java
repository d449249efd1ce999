package io.weighbridge.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A deterministic automaton over ranges of symbols, code points or bytes. State 0 is the start; what has no transition is
 * dead; from every state an accepting one can be reached, except that an automaton that accepts nothing is a single state.
 * Immutable.
 */
final class Dfa {
    /** Where no transition leads. */
    static final int DEAD = -1;

    /** Every text over code points. */
    static final Dfa ANY = of(Regex.star(new Regex.Chars(CharSet.ANY)), new Budget());

    private final int[][] lows;
    private final int[][] highs;
    private final int[][] targets;
    private final BitSet accepting;

    private Dfa(int[][] lows, int[][] highs, int[][] targets, BitSet accepting) {
        this.lows = lows;
        this.highs = highs;
        this.targets = targets;
        this.accepting = accepting;
    }

    /** Collects states and transitions; {@link #build} leaves out what leads nowhere. */
    static final class Builder {
        private final Budget budget;
        private final List<int[]> transitions = new ArrayList<>();
        private final List<Integer> sizes = new ArrayList<>();
        private final BitSet accepting = new BitSet();

        Builder(Budget budget) {
            this.budget = budget;
        }

        int state(boolean accept) {
            accepting.set(sizes.size(), accept);
            transitions.add(new int[6]);
            sizes.add(0);
            return sizes.size() - 1;
        }

        void accept(int state) {
            accepting.set(state);
        }

        /** Adds a transition; those of one state have to come in the order of their symbols and without overlap. */
        void transition(int from, int low, int high, int to) {
            budget.transitions(1);
            var row = transitions.get(from);
            int size = sizes.get(from);
            if (size > 0 && row[size - 1] == to && row[size - 2] == low - 1) {
                row[size - 2] = high;
                return;
            }
            if (size == row.length) {
                row = Arrays.copyOf(row, 2 * size);
                transitions.set(from, row);
            }
            row[size] = low;
            row[size + 1] = high;
            row[size + 2] = to;
            sizes.set(from, size + 3);
        }

        Dfa build() {
            var live = live();
            live.set(0); // the start stays even if nothing is accepted
            var numbers = new int[sizes.size()];
            int count = 0;
            for (int state = live.nextSetBit(0); state >= 0; state = live.nextSetBit(state + 1)) {
                numbers[state] = count++;
            }
            var lows = new int[count][];
            var highs = new int[count][];
            var targets = new int[count][];
            var accept = new BitSet(count);
            for (int state = live.nextSetBit(0); state >= 0; state = live.nextSetBit(state + 1)) {
                fill(state, live, numbers, lows, highs, targets);
                accept.set(numbers[state], accepting.get(state));
            }
            return new Dfa(lows, highs, targets, accept);
        }

        private void fill(int state, BitSet live, int[] numbers, int[][] lows, int[][] highs, int[][] targets) {
            var row = transitions.get(state);
            int length = sizes.get(state) / 3;
            var low = new int[length];
            var high = new int[length];
            var target = new int[length];
            int size = 0;
            for (int i = 0; i < length; i++) {
                if (live.get(row[3 * i + 2])) {
                    low[size] = row[3 * i];
                    high[size] = row[3 * i + 1];
                    target[size++] = numbers[row[3 * i + 2]];
                }
            }
            lows[numbers[state]] = Arrays.copyOf(low, size);
            highs[numbers[state]] = Arrays.copyOf(high, size);
            targets[numbers[state]] = Arrays.copyOf(target, size);
        }

        /** The states from which an accepting one can be reached. */
        private BitSet live() {
            int count = sizes.size();
            var incoming = new int[count];
            for (int state = 0; state < count; state++) {
                for (int i = 2; i < sizes.get(state); i += 3) {
                    incoming[transitions.get(state)[i]]++;
                }
            }
            var sources = new int[count][];
            for (int state = 0; state < count; state++) {
                sources[state] = new int[incoming[state]];
            }
            for (int state = 0; state < count; state++) {
                for (int i = 2; i < sizes.get(state); i += 3) {
                    int to = transitions.get(state)[i];
                    sources[to][--incoming[to]] = state;
                }
            }
            var live = new BitSet(count);
            live.or(accepting);
            var queue = new ArrayDeque<Integer>();
            accepting.stream().forEach(queue::add);
            while (!queue.isEmpty()) {
                for (int source : sources[queue.remove()]) {
                    if (!live.get(source)) {
                        live.set(source);
                        queue.add(source);
                    }
                }
            }
            return live;
        }
    }

    static Dfa of(Regex regex, Budget budget) {
        var nfa = new Nfa(budget);
        int start = nfa.state();
        return Determinizer.run(nfa, start, nfa.add(regex, start), budget);
    }

    /** Exactly these texts. */
    static Dfa ofTexts(Collection<String> texts, Budget budget) {
        var children = new ArrayList<TreeMap<Integer, Integer>>();
        children.add(new TreeMap<>());
        var ends = new BitSet();
        for (var text : texts) {
            int at = 0;
            for (int c : text.codePoints().toArray()) {
                var next = children.get(at).get(c);
                if (next == null) {
                    next = children.size();
                    budget.dfaState();
                    children.get(at).put(c, next);
                    children.add(new TreeMap<>());
                }
                at = next;
            }
            ends.set(at);
        }
        var builder = new Builder(budget);
        for (int state = 0; state < children.size(); state++) {
            builder.state(ends.get(state));
        }
        for (int state = 0; state < children.size(); state++) {
            for (var child : children.get(state).entrySet()) {
                builder.transition(state, child.getKey(), child.getKey(), child.getValue());
            }
        }
        return builder.build();
    }

    int states() {
        return lows.length;
    }

    boolean accepting(int state) {
        return accepting.get(state);
    }

    int transitions(int state) {
        return lows[state].length;
    }

    int low(int state, int index) {
        return lows[state][index];
    }

    int high(int state, int index) {
        return highs[state][index];
    }

    int target(int state, int index) {
        return targets[state][index];
    }

    boolean isEmpty() {
        return accepting.isEmpty();
    }

    int next(int state, int symbol) {
        int index = Arrays.binarySearch(lows[state], symbol);
        if (index < 0) {
            index = -index - 2;
        }
        return index >= 0 && symbol <= highs[state][index] ? targets[state][index] : DEAD;
    }

    boolean accepts(String text) {
        int state = 0;
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            state = next(state, text.codePointAt(i));
            if (state == DEAD) {
                return false;
            }
        }
        return accepting.get(state);
    }

    Dfa and(Dfa other, Budget budget) {
        return combine(other, Combination.AND, budget);
    }

    Dfa or(Dfa other, Budget budget) {
        return combine(other, Combination.OR, budget);
    }

    Dfa minus(Dfa other, Budget budget) {
        return combine(other, Combination.MINUS, budget);
    }

    private enum Combination {
        AND,
        OR,
        MINUS;

        boolean isDead(int a, int b) {
            return switch (this) {
                case AND -> a == DEAD || b == DEAD;
                case OR -> a == DEAD && b == DEAD;
                case MINUS -> a == DEAD;
            };
        }

        boolean of(boolean a, boolean b) {
            return switch (this) {
                case AND -> a && b;
                case OR -> a || b;
                case MINUS -> a && !b;
            };
        }
    }

    /** Both automata side by side; {@link #DEAD} stands for the one that has stopped. */
    private Dfa combine(Dfa other, Combination how, Budget budget) {
        Map<Long, Integer> ids = new HashMap<>();
        var pairs = new ArrayList<Long>();
        ids.put(0L, 0);
        pairs.add(0L);
        var builder = new Builder(budget);
        for (int id = 0; id < pairs.size(); id++) {
            int a = (int) (pairs.get(id) >> 32);
            int b = (int) (long) pairs.get(id);
            budget.dfaState();
            builder.state(how.of(a != DEAD && accepting.get(a), b != DEAD && other.accepting.get(b)));
            var bounds = bounds(a, other, b);
            for (int i = 0; i + 1 < bounds.length; i++) {
                int nextA = a == DEAD ? DEAD : next(a, bounds[i]);
                int nextB = b == DEAD ? DEAD : other.next(b, bounds[i]);
                if (!how.isDead(nextA, nextB)) {
                    long pair = ((long) nextA << 32) | (nextB & 0xFFFFFFFFL);
                    var known = ids.putIfAbsent(pair, pairs.size());
                    if (known == null) {
                        known = pairs.size();
                        pairs.add(pair);
                    }
                    builder.transition(id, bounds[i], bounds[i + 1] - 1, known);
                }
            }
        }
        return builder.build();
    }

    /** Every symbol where a range of either state begins, or the one after its end; sorted, each once. */
    private int[] bounds(int a, Dfa other, int b) {
        int sizeA = a == DEAD ? 0 : lows[a].length;
        int sizeB = b == DEAD ? 0 : other.lows[b].length;
        var bounds = new int[2 * (sizeA + sizeB)];
        int size = 0;
        for (int i = 0; i < sizeA; i++) {
            bounds[size++] = lows[a][i];
            bounds[size++] = highs[a][i] + 1;
        }
        for (int i = 0; i < sizeB; i++) {
            bounds[size++] = other.lows[b][i];
            bounds[size++] = other.highs[b][i] + 1;
        }
        return Arrays.stream(bounds).sorted().distinct().toArray();
    }

    /** The accepted texts if there are at most {@code max}, shortest first; null if there are more. */
    @Nullable
    List<String> texts(int max) {
        var texts = new ArrayList<String>();
        record Partial(int state, String text) {}
        var queue = new ArrayDeque<Partial>();
        queue.add(new Partial(0, ""));
        int steps = 0;
        while (!queue.isEmpty()) {
            var partial = queue.remove();
            if (accepting.get(partial.state)) {
                texts.add(partial.text);
            }
            if (texts.size() > max || ++steps > 10_000) {
                return null;
            }
            for (int i = 0; i < lows[partial.state].length; i++) {
                if (highs[partial.state][i] - lows[partial.state][i] > max) {
                    return null;
                }
                for (int c = lows[partial.state][i]; c <= highs[partial.state][i]; c++) {
                    queue.add(new Partial(targets[partial.state][i], partial.text + Character.toString(c)));
                }
            }
        }
        return texts;
    }
}
