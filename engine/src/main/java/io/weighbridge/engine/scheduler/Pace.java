package io.weighbridge.engine.scheduler;

import java.time.Duration;

/** How fast the steps of late were. Times in nanoseconds of the scheduler's clock. Not thread-safe. */
final class Pace {
    /** What is older says nothing: the machine may have warmed up since, and nothing refused may keep it from being measured. */
    static final Duration FRESH_MAX = Duration.ofMinutes(1);

    /** Share of a new measurement in the average: ten steps and a burst is forgotten. */
    private static final double SHARE_OF_NEW = 0.2;

    /** Steps with fewer prompt tokens say more about their overhead than about prompts. */
    private static final int PROMPT_TOKENS_MIN = 8;

    private double promptTokenNanos;
    private double decodeStepNanos;
    private double decodeTokensPerStep;
    private double completionTokens;
    private long measuredAt;

    /** A step of so many prompt tokens beside so many sequences that decode, which got so many tokens, took {@code nanos}. */
    void step(int promptTokens, int decodes, int decoded, long nanos, long now) {
        if (promptTokens == 0 && decodes > 0) {
            // A sequence's time for one token, also where some got several.
            decodeStepNanos = average(decodeStepNanos, (double) nanos * decodes / Math.max(decodes, decoded));
            decodeTokensPerStep = average(decodeTokensPerStep, decodes);
            measuredAt = now;
        } else if (promptTokens >= PROMPT_TOKENS_MIN) {
            double prompts = decodes == 0 ? nanos : Math.max(nanos - decodeStepNanos, nanos / 2.0);
            promptTokenNanos = average(promptTokenNanos, prompts / promptTokens);
            measuredAt = now;
        }
    }

    /** A sequence ended by itself with so many tokens. */
    void completed(int tokens) {
        completionTokens = average(completionTokens, tokens);
    }

    boolean isKnown(long now) {
        return measuredAt > 0 && now - measuredAt <= FRESH_MAX.toNanos();
    }

    double promptTokenNanos() {
        return promptTokenNanos;
    }

    double decodeStepNanos() {
        return decodeStepNanos;
    }

    /** Tokens that a completion of at most {@code most} will probably have; at least one. */
    double completionTokens(int most) {
        return Math.max(1, Math.min(most, completionTokens));
    }

    /** Prompt tokens per second; 0 when unknown. */
    double promptTokensPerSecond() {
        return promptTokenNanos == 0 ? 0 : 1e9 / promptTokenNanos;
    }

    /** Generated tokens per second, all sequences together; 0 when unknown. */
    double generatedTokensPerSecond() {
        return decodeStepNanos == 0 ? 0 : decodeTokensPerStep * 1e9 / decodeStepNanos;
    }

    private static double average(double old, double measured) {
        return old == 0 ? measured : old + SHARE_OF_NEW * (measured - old);
    }
}
