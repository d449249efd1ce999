package io.weighbridge.engine.grammar;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** A set of code points as sorted, disjoint, inclusive ranges: {@code bounds[2i]} to {@code bounds[2i + 1]}. Immutable. */
final class CharSet {
    static final int CODE_POINT_MAX = 0x10FFFF;

    /** Every code point a text can hold: surrogates are none. */
    static final CharSet ANY = of(0, 0xD7FF, 0xE000, CODE_POINT_MAX);

    static final CharSet NONE = new CharSet(new int[0]);

    private final int[] bounds;

    private CharSet(int[] bounds) {
        this.bounds = bounds;
    }

    /** The union of inclusive ranges, given as pairs in any order. */
    static CharSet of(int... pairs) {
        int count = pairs.length / 2;
        var sorted = new long[count];
        for (int i = 0; i < count; i++) {
            sorted[i] = ((long) pairs[2 * i] << 32) | pairs[2 * i + 1];
        }
        Arrays.sort(sorted);
        var out = new int[pairs.length];
        int size = 0;
        for (long range : sorted) {
            int low = (int) (range >> 32);
            int high = (int) range;
            if (size > 0 && low <= out[size - 1] + 1) {
                out[size - 1] = Math.max(out[size - 1], high);
            } else if (low <= high) {
                out[size++] = low;
                out[size++] = high;
            }
        }
        return new CharSet(Arrays.copyOf(out, size));
    }

    static CharSet ofChars(String characters) {
        return of(characters.codePoints().flatMap(c -> IntStream.of(c, c)).toArray());
    }

    static CharSet where(IntPredicate predicate) {
        var pairs = new int[64];
        int size = 0;
        for (int c = 0; c <= CODE_POINT_MAX; c++) {
            if (!predicate.test(c)) {
                continue;
            }
            if (size > 0 && pairs[size - 1] == c - 1) {
                pairs[size - 1] = c;
            } else {
                if (size == pairs.length) {
                    pairs = Arrays.copyOf(pairs, 2 * size);
                }
                pairs[size++] = c;
                pairs[size++] = c;
            }
        }
        return of(Arrays.copyOf(pairs, size)).and(ANY);
    }

    int ranges() {
        return bounds.length / 2;
    }

    int low(int range) {
        return bounds[2 * range];
    }

    int high(int range) {
        return bounds[2 * range + 1];
    }

    boolean isEmpty() {
        return bounds.length == 0;
    }

    CharSet or(CharSet other) {
        var pairs = Arrays.copyOf(bounds, bounds.length + other.bounds.length);
        System.arraycopy(other.bounds, 0, pairs, bounds.length, other.bounds.length);
        return of(pairs);
    }

    /** Everything a text can hold that is not in this set. */
    CharSet not() {
        var pairs = new int[bounds.length + 2];
        int size = 0;
        int next = 0;
        for (int i = 0; i < bounds.length; i += 2) {
            if (next < bounds[i]) {
                pairs[size++] = next;
                pairs[size++] = bounds[i] - 1;
            }
            next = bounds[i + 1] + 1;
        }
        if (next <= CODE_POINT_MAX) {
            pairs[size++] = next;
            pairs[size++] = CODE_POINT_MAX;
        }
        return new CharSet(Arrays.copyOf(pairs, size)).and(ANY);
    }

    CharSet and(CharSet other) {
        var pairs = new int[bounds.length + other.bounds.length];
        int size = 0;
        int i = 0;
        int j = 0;
        while (i < bounds.length && j < other.bounds.length) {
            int low = Math.max(bounds[i], other.bounds[j]);
            int high = Math.min(bounds[i + 1], other.bounds[j + 1]);
            if (low <= high) {
                pairs[size++] = low;
                pairs[size++] = high;
            }
            if (bounds[i + 1] < other.bounds[j + 1]) {
                i += 2;
            } else {
                j += 2;
            }
        }
        return new CharSet(Arrays.copyOf(pairs, size));
    }
}
