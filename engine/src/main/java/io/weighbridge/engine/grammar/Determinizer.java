package io.weighbridge.engine.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The subset construction: a deterministic automaton that accepts what a nondeterministic one does. */
final class Determinizer {
    private final Nfa nfa;
    private final int accept;
    private final Budget budget;
    private final Map<Key, Integer> ids = new HashMap<>();
    private final List<int[]> subsets = new ArrayList<>();
    private final int[] mark;
    private int stamp;
    private int[] stack = new int[64];

    private Determinizer(Nfa nfa, int accept, Budget budget) {
        this.nfa = nfa;
        this.accept = accept;
        this.budget = budget;
        this.mark = new int[nfa.states()];
    }

    /** A set of states as a key of a map. */
    private record Key(int[] states) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key(var theirs) && Arrays.equals(states, theirs);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(states);
        }
    }

    static Dfa run(Nfa nfa, int start, int accept, Budget budget) {
        return new Determinizer(nfa, accept, budget).run(start);
    }

    private Dfa run(int start) {
        var builder = new Dfa.Builder(budget);
        idOf(closure(new int[] {start}, 1, true));
        for (int id = 0; id < subsets.size(); id++) {
            builder.state(accepts(subsets.get(id), id == 0));
            transitions(subsets.get(id), builder, id);
        }
        return builder.build();
    }

    private int idOf(int[] subset) {
        var known = ids.putIfAbsent(new Key(subset), subsets.size());
        if (known != null) {
            return known;
        }
        budget.dfaState();
        subsets.add(subset);
        return subsets.size() - 1;
    }

    /** Every state that is reached from these without a symbol, sorted. */
    private int[] closure(int[] states, int count, boolean atBegin) {
        stamp++;
        var found = new int[Math.max(16, 2 * count)];
        int size = 0;
        int depth = 0;
        for (int i = 0; i < count; i++) {
            depth = push(states[i], depth);
        }
        while (depth > 0) {
            int state = stack[--depth];
            if (size == found.length) {
                found = Arrays.copyOf(found, 2 * size);
            }
            found[size++] = state;
            budget.tick();
            for (int edge = nfa.firstEdge(state); edge >= 0; edge = nfa.nextEdge(edge)) {
                int kind = nfa.low(edge);
                if (kind == Nfa.ALWAYS || (kind == Nfa.AT_BEGIN && atBegin)) {
                    depth = push(nfa.target(edge), depth);
                }
            }
        }
        found = Arrays.copyOf(found, size);
        Arrays.sort(found);
        return found;
    }

    private int push(int state, int depth) {
        if (mark[state] == stamp) {
            return depth;
        }
        mark[state] = stamp;
        if (depth == stack.length) {
            stack = Arrays.copyOf(stack, 2 * depth);
        }
        stack[depth] = state;
        return depth + 1;
    }

    /** Whether the text may end here: edges that hold at the end may be followed now. */
    private boolean accepts(int[] subset, boolean atBegin) {
        stamp++;
        int depth = 0;
        for (int state : subset) {
            depth = push(state, depth);
        }
        while (depth > 0) {
            int state = stack[--depth];
            if (state == accept) {
                return true;
            }
            for (int edge = nfa.firstEdge(state); edge >= 0; edge = nfa.nextEdge(edge)) {
                int kind = nfa.low(edge);
                if (kind == Nfa.ALWAYS || kind == Nfa.AT_END || (kind == Nfa.AT_BEGIN && atBegin)) {
                    depth = push(nfa.target(edge), depth);
                }
            }
        }
        return false;
    }

    /** Sweeps over the symbols from edge bound to edge bound, keeping the set of targets that are active. */
    private void transitions(int[] subset, Dfa.Builder builder, int id) {
        var events = new long[32];
        int size = 0;
        for (int state : subset) {
            for (int edge = nfa.firstEdge(state); edge >= 0; edge = nfa.nextEdge(edge)) {
                if (nfa.low(edge) < 0) {
                    continue;
                }
                if (size + 2 > events.length) {
                    events = Arrays.copyOf(events, 2 * size);
                }
                events[size++] = ((long) nfa.low(edge) << 32) | edge;
                events[size++] = ((long) (nfa.high(edge) + 1) << 32) | (1L << 31) | edge;
            }
        }
        Arrays.sort(events, 0, size);
        var active = new HashMap<Integer, Integer>();
        int i = 0;
        while (i < size) {
            int symbol = (int) (events[i] >>> 32);
            while (i < size && (int) (events[i] >>> 32) == symbol) {
                int bits = (int) events[i++];
                active.merge(nfa.target(bits & Integer.MAX_VALUE), bits < 0 ? -1 : 1, Determinizer::sumOrGone);
            }
            budget.tick();
            if (!active.isEmpty() && i < size) {
                int next = (int) (events[i] >>> 32);
                var targets =
                        active.keySet().stream().mapToInt(Integer::intValue).toArray();
                builder.transition(id, symbol, next - 1, idOf(closure(targets, targets.length, false)));
            }
        }
    }

    private static @Nullable Integer sumOrGone(Integer a, Integer b) {
        return a + b == 0 ? null : Integer.valueOf(a + b);
    }
}
