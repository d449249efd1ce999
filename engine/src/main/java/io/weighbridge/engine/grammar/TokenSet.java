package io.weighbridge.engine.grammar;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A set of token ids: listed or, if they are many, marked in bits. Immutable. */
record TokenSet(long @Nullable [] bits, int[] ids) {
    /** Adds the tokens to a mask. */
    void addTo(long[] mask) {
        if (bits != null) {
            for (int i = 0; i < bits.length; i++) {
                mask[i] |= bits[i];
            }
        }
        for (int id : ids) {
            mask[id >>> 6] |= 1L << id;
        }
    }

    /** Bytes in memory. */
    long memory() {
        return 64L + 8L * (bits == null ? 0 : bits.length) + 4L * ids.length;
    }

    /** Numbers that are gathered on a walk. */
    static final class Gathered {
        private int[] values = new int[64];
        private int size;

        void add(int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }

        void addTokens(GrammarVocabulary vocabulary, int node) {
            for (int i = vocabulary.tokensFrom(node), to = vocabulary.tokensTo(node); i < to; i++) {
                add(vocabulary.token(i));
            }
        }

        int[] toArray() {
            return Arrays.copyOf(values, size);
        }

        /** As token ids of a mask of so many longs. */
        TokenSet toSet(int maskLength) {
            if (size <= 2 * maskLength) {
                return new TokenSet(null, toArray());
            }
            var bits = new long[maskLength];
            for (int i = 0; i < size; i++) {
                bits[values[i] >>> 6] |= 1L << values[i];
            }
            return new TokenSet(bits, new int[0]);
        }
    }
}
