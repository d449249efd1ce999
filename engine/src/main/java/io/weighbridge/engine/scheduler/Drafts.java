package io.weighbridge.engine.scheduler;

/**
 * Guesses what a text goes on with: where its last tokens stood before, what followed them there. Costs one walk over the text and
 * needs no other model. Good where a text repeats itself or its prompt: quotes, edits, code, lists.
 */
final class Drafts {
    /** Fewer tokens than these stand in any text, and say little about what follows. */
    static final int MATCH_MIN = 3;

    /** A longer match says no more. */
    static final int MATCH_MAX = 8;

    /** Tokens looked back over: bounds the time of the walk. */
    static final int LOOKBACK_MAX = 16_384;

    private static final int[] NONE = {};

    private Drafts() {}

    /**
     * At most {@code most} tokens that may follow the first {@code length} of {@code tokenIds}; none where these end as nothing before
     * did. Of the places that match, the longest match counts, then the latest.
     */
    static int[] of(int[] tokenIds, int length, int most) {
        if (most < 1 || length <= MATCH_MIN) {
            return NONE;
        }
        int last = tokenIds[length - 1];
        int found = 0; // what follows the match
        int matched = MATCH_MIN - 1;
        for (int end = length - 1; end >= Math.max(MATCH_MIN, length - LOOKBACK_MAX) && matched < MATCH_MAX; end--) {
            if (tokenIds[end - 1] == last) {
                int count = matched(tokenIds, end, length);
                if (count > matched) {
                    matched = count;
                    found = end;
                }
            }
        }
        return matched < MATCH_MIN ? NONE : following(tokenIds, found, length, most);
    }

    /** How many tokens before {@code end} are those before {@code length}. */
    private static int matched(int[] tokenIds, int end, int length) {
        int count = 1;
        while (count < MATCH_MAX && count < end && tokenIds[end - 1 - count] == tokenIds[length - 1 - count]) {
            count++;
        }
        return count;
    }

    /** The tokens from {@code from} on; where they reach the end of the text, it goes on as it is guessed to. */
    private static int[] following(int[] tokenIds, int from, int length, int most) {
        var guessed = new int[most];
        for (int i = 0; i < most; i++) {
            int at = from + i;
            guessed[i] = at < length ? tokenIds[at] : guessed[at - length];
        }
        return guessed;
    }
}
