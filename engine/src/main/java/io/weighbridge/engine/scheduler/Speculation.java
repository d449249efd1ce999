package io.weighbridge.engine.scheduler;

import java.time.Duration;

/**
 * How many guessed tokens are worth computing beside those that are known: as many as make the most tokens of the step's time, by
 * how long steps of so many tokens took of late and how often a sequence's guesses came true. Not thread-safe.
 */
final class Speculation {
    /** Tokens of a step, guesses among them: bounds what wrong ones cost. More were not tried. */
    static final int STEP_TOKENS_MAX = 8;

    /** How often a sequence's guesses are taken to come true before any was tried. */
    static final double ACCEPTANCE_FIRST = 0.6;

    /** Share of a step's outcome in a sequence's acceptance. */
    private static final double ACCEPTANCE_SHARE = 0.2;

    /** How fast a sequence whose guesses are not worth it is trusted again: half the way to the first trust in 35 guesses. */
    private static final double TRUST_SHARE = 0.02;

    /** Share of a new measurement in the time of a step. */
    private static final double TIME_SHARE = 0.2;

    /**
     * What was measured longer ago is guessed anew, as often as it was measured, up to {@link #FRESH_TIMES_MAX}: contexts grow, machines
     * get busy and idle, and what runs for the first time is slow.
     */
    static final Duration FRESH_MAX = Duration.ofSeconds(1);

    private static final int FRESH_TIMES_MAX = 10;

    /** What one token more is taken to cost where that was not measured: little, so that it is tried. */
    private static final double TOKEN_COST_GUESSED = 0.1;

    /** Least share of a measured time that a smaller step is taken to need. */
    private static final double COST_MIN = 0.3;

    private final double[] stepNanos = new double[STEP_TOKENS_MAX + 1]; // by tokens; 0 is not known
    private final long[] measuredAt = new long[STEP_TOKENS_MAX + 1];
    private final int[] measurements = new int[STEP_TOKENS_MAX + 1];
    private long guessed;
    private long accepted;

    /** A step of nothing but so many decoding and guessed tokens took {@code nanos}. */
    void measured(int tokens, long nanos, long now) {
        if (tokens > STEP_TOKENS_MAX || nanos <= 0) {
            return;
        }
        boolean isKnown = isKnown(tokens, now);
        double known = isKnown ? stepNanos[tokens] : nanos;
        measurements[tokens] = isKnown ? Math.min(measurements[tokens] + 1, FRESH_TIMES_MAX) : 1;
        stepNanos[tokens] = known + TIME_SHARE * (nanos - known);
        measuredAt[tokens] = now;
    }

    /**
     * How many of {@code most} guesses to compute for a sequence.
     *
     * @param acceptance share of its guesses that came true of late
     * @param tokens already in the step
     * @param expected how many of these will probably count
     */
    int worth(double acceptance, int most, int tokens, double expected, long now) {
        int best = 0;
        double bestPace = expected / nanos(tokens, now);
        double gain = 0;
        double chance = 1;
        for (int count = 1; count <= Math.min(most, STEP_TOKENS_MAX - tokens); count++) {
            chance *= acceptance;
            gain += chance;
            double pace = (expected + gain) / nanos(tokens + count, now);
            if (pace > bestPace) {
                best = count;
                bestPace = pace;
            }
        }
        return best;
    }

    /** Tokens that so many guesses will probably bring. */
    static double expected(double acceptance, int count) {
        double sum = 0;
        double chance = 1;
        for (int i = 0; i < count; i++) {
            chance *= acceptance;
            sum += chance;
        }
        return sum;
    }

    /** A sequence's acceptance after {@code right} of {@code count} guesses came true: those after the first wrong one say nothing. */
    double verified(double acceptance, int right, int count) {
        guessed += count;
        accepted += right;
        int tried = Math.min(right + 1, count);
        return acceptance + ACCEPTANCE_SHARE * ((double) right / tried - acceptance);
    }

    /** A sequence's acceptance after a guess that was not worth a try. */
    static double untried(double acceptance) {
        return acceptance + TRUST_SHARE * (ACCEPTANCE_FIRST - acceptance);
    }

    /** Tokens guessed and computed since the start. */
    long guessed() {
        return guessed;
    }

    /** Those of them that were right. */
    long accepted() {
        return accepted;
    }

    private boolean isKnown(int tokens, long now) {
        return stepNanos[tokens] > 0 && now - measuredAt[tokens] <= measurements[tokens] * FRESH_MAX.toNanos();
    }

    /** Time of a step; guessed from the nearest that is known. */
    private double nanos(int tokens, long now) {
        for (int distance = 0; distance < STEP_TOKENS_MAX; distance++) {
            if (tokens - distance > 0 && isKnown(tokens - distance, now)) {
                return stepNanos[tokens - distance] * (1 + TOKEN_COST_GUESSED * distance);
            }
            if (tokens + distance <= STEP_TOKENS_MAX && isKnown(tokens + distance, now)) {
                return stepNanos[tokens + distance] * Math.max(COST_MIN, 1 - TOKEN_COST_GUESSED * distance);
            }
        }
        return 1 + TOKEN_COST_GUESSED * tokens;
    }
}
