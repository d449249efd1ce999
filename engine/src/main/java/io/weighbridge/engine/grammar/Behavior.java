package io.weighbridge.engine.grammar;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What each state of a leaf does with the next bytes, up to a number of them, as a fingerprint: states with the same one, of
 * whatever leaf, allow the same tokens of up to that length. The states of a long string that is counted, for example, are the same
 * until the end is near. Immutable.
 */
final class Behavior {
    /** Leaves with more transitions than this have none: it would take longer than it saves. */
    static final int TRANSITIONS_MAX = 400_000;

    /** Nobody outside can choose a leaf whose fingerprints meet those of another. */
    private static final long SECRET = RandomGenerator.getDefault().nextLong();

    private static final long DEAD = mix(SECRET + 1);
    private static final long ACCEPTING = mix(SECRET + 2);
    private static final long GOING_ON = mix(SECRET + 3);
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final long[] low;
    private final long[] high;
    private final int[] costMax;

    /** 128 bits; that two behaviors by chance have the same is out of the question. */
    record Fingerprint(long low, long high) {}

    private Behavior(long[] low, long[] high, int[] costMax) {
        this.low = low;
        this.high = high;
        this.costMax = costMax;
    }

    Fingerprint of(int state) {
        return new Fingerprint(low[state], high[state]);
    }

    /** The most that any state costs which so many bytes reach from {@code state}. */
    int costMax(int state) {
        return costMax[state];
    }

    /**
     * The behavior of the leaf's states over {@code bytes} bytes; null for a leaf that is too large.
     *
     * @param costs of the states
     */
    static @Nullable Behavior of(ByteDfa dfa, int bytes, int[] costs) {
        int states = dfa.states();
        if ((long) states * dfa.classCount() > TRANSITIONS_MAX) {
            return null;
        }
        var low = new long[states];
        for (int state = 0; state < states; state++) {
            low[state] = dfa.accepting(state) ? ACCEPTING : GOING_ON;
        }
        var behavior = new Behavior(low, low.clone(), new int[states]);
        for (int i = 0; i < bytes; i++) {
            behavior = behavior.oneByteMore(dfa, costs);
        }
        return behavior;
    }

    private Behavior oneByteMore(ByteDfa dfa, int[] costs) {
        int states = low.length;
        var more = new Behavior(new long[states], new long[states], new int[states]);
        for (int state = 0; state < states; state++) {
            long a = dfa.accepting(state) ? ACCEPTING : GOING_ON;
            long b = ~a;
            int before = -2;
            int most = 0;
            for (int i = 0; i < dfa.classCount(); i++) {
                int to = dfa.target(state, i);
                if (to == before) {
                    continue;
                }
                boolean same = before >= 0 && to >= 0 && low[to] == low[before] && high[to] == high[before];
                before = to;
                if (to != ByteDfa.DEAD) {
                    most = Math.max(most, Math.max(costs[to], costMax[to]));
                }
                if (!same) {
                    int firstByte = dfa.firstByte(i) + 1;
                    a = mix(a + firstByte * GOLDEN_GAMMA + (to < 0 ? DEAD : low[to]));
                    b = mix((b ^ (to < 0 ? DEAD : high[to])) + firstByte);
                }
            }
            more.low[state] = a;
            more.high[state] = b;
            more.costMax[state] = most;
        }
        return more;
    }

    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** For tests: how many different behaviors there are. */
    int count() {
        return (int) Arrays.stream(low).distinct().count();
    }
}
