package io.weighbridge.engine.grammar;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/**
 * A regular leaf as it runs: a deterministic automaton over bytes in one table. State 0 is the start; from every state the
 * end can be reached. Immutable, compared by identity; common leaves are shared by all grammars, and so are their masks.
 */
final class ByteDfa {
    static final int DEAD = -1;

    private final byte[] classes = new byte[256];
    private final short[] firstBytes;
    private final int classCount;
    private final int[] table; // (states, classes)
    private final BitSet accepting;
    private final int[] distances;

    private ByteDfa(Dfa dfa) {
        var bounds = new BitSet(257);
        for (int state = 0; state < dfa.states(); state++) {
            for (int i = 0; i < dfa.transitions(state); i++) {
                bounds.set(dfa.low(state, i));
                bounds.set(dfa.high(state, i) + 1);
            }
        }
        int count = 0;
        for (int b = 0; b < 256; b++) {
            if (b > 0 && bounds.get(b)) {
                count++;
            }
            classes[b] = (byte) count;
        }
        classCount = count + 1;
        firstBytes = new short[classCount];
        for (int b = 255; b >= 0; b--) {
            firstBytes[classes[b] & 0xFF] = (short) b;
        }
        table = new int[dfa.states() * classCount];
        Arrays.fill(table, DEAD);
        accepting = new BitSet(dfa.states());
        for (int state = 0; state < dfa.states(); state++) {
            accepting.set(state, dfa.accepting(state));
            for (int i = 0; i < dfa.transitions(state); i++) {
                int from = classes[dfa.low(state, i)] & 0xFF;
                int to = classes[dfa.high(state, i)] & 0xFF;
                Arrays.fill(table, state * classCount + from, state * classCount + to + 1, dfa.target(state, i));
            }
        }
        distances = distances();
    }

    /** Over texts in UTF-8. */
    static ByteDfa utf8(Dfa codePoints, Budget budget) {
        return new ByteDfa(Utf8.bytes(codePoints, false, budget));
    }

    /** Over JSON strings, quotes included: what needs an escape has its shortest one, everything else is itself in UTF-8. */
    static ByteDfa jsonString(Dfa codePoints, Budget budget) {
        return new ByteDfa(Utf8.bytes(codePoints, true, budget));
    }

    int states() {
        return distances.length;
    }

    int next(int state, int b) {
        return table[state * classCount + (classes[b & 0xFF] & 0xFF)];
    }

    /** Bytes that no state tells apart are a class; classes are stretches of bytes, in order. */
    int classCount() {
        return classCount;
    }

    /** The least byte of a class. */
    int firstByte(int byteClass) {
        return firstBytes[byteClass];
    }

    /** The state that a byte of a class leads to. */
    int target(int state, int byteClass) {
        return table[state * classCount + byteClass];
    }

    boolean accepting(int state) {
        return accepting.get(state);
    }

    /** Whether any byte can follow in {@code state}. */
    boolean goesOn(int state) {
        for (int i = state * classCount; i < (state + 1) * classCount; i++) {
            if (table[i] != DEAD) {
                return true;
            }
        }
        return false;
    }

    /** The fewest bytes from {@code state} to the end. */
    int distance(int state) {
        return distances[state];
    }

    /** The one byte that can follow, or -1 if there are several or none. */
    int onlyByte(int state) {
        int only = -1;
        for (int b = 0; b < 256; b++) {
            if (next(state, b) != DEAD) {
                if (only >= 0) {
                    return -1;
                }
                only = b;
            }
        }
        return only;
    }

    private int[] distances() {
        int count = table.length / classCount;
        var found = new int[count];
        Arrays.fill(found, Integer.MAX_VALUE);
        var sources = new int[count][];
        var incoming = new int[count];
        for (int to : table) {
            if (to != DEAD) {
                incoming[to]++;
            }
        }
        for (int state = 0; state < count; state++) {
            sources[state] = new int[incoming[state]];
        }
        for (int i = 0; i < table.length; i++) {
            if (table[i] != DEAD) {
                sources[table[i]][--incoming[table[i]]] = i / classCount;
            }
        }
        var queue = new ArrayDeque<Integer>();
        accepting.stream().forEach(state -> {
            found[state] = 0;
            queue.add(state);
        });
        while (!queue.isEmpty()) {
            int state = queue.remove();
            for (int source : sources[state]) {
                if (found[source] == Integer.MAX_VALUE) {
                    found[source] = found[state] + 1;
                    queue.add(source);
                }
            }
        }
        return found;
    }
}
