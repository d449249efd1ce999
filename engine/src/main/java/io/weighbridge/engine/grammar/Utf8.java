package io.weighbridge.engine.grammar;

import java.util.HashMap;
import java.util.Map;

/** Turns an automaton over code points into one over bytes: plain UTF-8, or UTF-8 as it stands inside a JSON string. */
final class Utf8 {
    /** What stands inside a JSON string as itself. */
    static final CharSet JSON_RAW =
            CharSet.of(0x20, 0x21, 0x23, 0x5B, 0x5D, CharSet.CODE_POINT_MAX).and(CharSet.ANY);

    /** The characters with a short escape, and the letters of those, in the same order. */
    private static final String ESCAPED = "\"\\\b\f\n\r\t";

    private static final String ESCAPES = "\"\\bfnrt";

    private final Nfa nfa;
    private final Map<Suffix, Integer> suffixes = new HashMap<>();

    private Utf8(Nfa nfa) {
        this.nfa = nfa;
    }

    /** One byte range that leads to a state: shared by all code points that end alike. */
    private record Suffix(int low, int high, int to) {}

    static Dfa bytes(Dfa codePoints, boolean json, Budget budget) {
        var nfa = new Nfa(budget);
        var utf8 = new Utf8(nfa);
        int start = 0;
        for (int state = 0; state < codePoints.states(); state++) {
            nfa.state();
        }
        int accept = nfa.state();
        for (int state = 0; state < codePoints.states(); state++) {
            if (codePoints.accepting(state)) {
                if (json) {
                    nfa.edge(state, '"', '"', accept);
                } else {
                    nfa.epsilon(state, Nfa.ALWAYS, accept);
                }
            }
            for (int i = 0; i < codePoints.transitions(state); i++) {
                var set = CharSet.of(codePoints.low(state, i), codePoints.high(state, i));
                if (json) {
                    utf8.jsonSet(state, set, codePoints.target(state, i));
                } else {
                    utf8.set(state, set, codePoints.target(state, i));
                }
            }
        }
        if (json) {
            start = nfa.state();
            nfa.edge(start, '"', '"', 0);
        }
        return Determinizer.run(nfa, start, accept, budget);
    }

    private void jsonSet(int from, CharSet set, int to) {
        set(from, set.and(JSON_RAW), to);
        var controls = set.and(JSON_RAW.not());
        for (int range = 0; range < controls.ranges(); range++) {
            for (int c = controls.low(range); c <= controls.high(range); c++) {
                int escape = ESCAPED.indexOf(c);
                if (escape >= 0) {
                    nfa.edge(from, '\\', '\\', before(ESCAPES.charAt(escape), ESCAPES.charAt(escape), to));
                } else {
                    hexadecimal(from, c, to);
                }
            }
        }
    }

    /** A control character as four hexadecimal digits, in either case. */
    private void hexadecimal(int from, int c, int to) {
        int at = to;
        int upper = Character.toUpperCase(Character.forDigit(c & 15, 16));
        int last = before(upper, upper, at);
        if (Character.isLetter(upper)) {
            nfa.edge(last, Character.toLowerCase(upper), Character.toLowerCase(upper), at);
        }
        at = before('0' + (c >> 4), '0' + (c >> 4), last);
        at = before('u', 'u', before('0', '0', before('0', '0', at)));
        nfa.edge(from, '\\', '\\', at);
    }

    private void set(int from, CharSet set, int to) {
        for (int i = 0; i < set.ranges(); i++) {
            range(from, set.low(i), set.high(i), to);
        }
    }

    private static final int[] LENGTH_BOUNDS = {0x7F, 0x7FF, 0xFFFF, CharSet.CODE_POINT_MAX};

    /** Splits a range so that all of one piece have the same length and differ in whole trailing bytes only. */
    private void range(int from, int low, int high, int to) {
        for (int bound : LENGTH_BOUNDS) {
            if (low <= bound && bound < high) {
                range(from, low, bound, to);
                range(from, bound + 1, high, to);
                return;
            }
        }
        if (high <= 0x7F) {
            nfa.edge(from, low, high, to);
            return;
        }
        int length = low <= 0x7FF ? 2 : low <= 0xFFFF ? 3 : 4;
        for (int i = 1; i < length; i++) {
            int mask = (1 << (6 * i)) - 1;
            if ((low & ~mask) != (high & ~mask)) {
                if ((low & mask) != 0) {
                    range(from, low, low | mask, to);
                    range(from, (low | mask) + 1, high, to);
                    return;
                }
                if ((high & mask) != mask) {
                    range(from, low, (high & ~mask) - 1, to);
                    range(from, high & ~mask, high, to);
                    return;
                }
            }
        }
        int at = to;
        for (int i = 0; i < length - 1; i++) {
            int shift = 6 * i;
            at = before(0x80 | ((low >> shift) & 0x3F), 0x80 | ((high >> shift) & 0x3F), at);
        }
        int lead = length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0;
        int shift = 6 * (length - 1);
        nfa.edge(from, lead | (low >> shift), lead | (high >> shift), at);
    }

    /** A state from which the range leads to {@code to}. */
    private int before(int low, int high, int to) {
        return suffixes.computeIfAbsent(new Suffix(low, high, to), _ -> {
            int state = nfa.state();
            nfa.edge(state, low, high, to);
            return state;
        });
    }
}
