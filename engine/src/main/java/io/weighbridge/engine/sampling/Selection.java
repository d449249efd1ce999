package io.weighbridge.engine.sampling;

import org.jspecify.annotations.Nullable;

/**
 * What decides which tokens a sequence takes, and what is told about them.
 *
 * @param minTokens end tokens may not come before so many
 * @param ignoreEnd whether the sequence goes on after end tokens, which count as tokens then
 * @param topLogprobs how many of the most probable tokens are told beside each; {@link #NO_LOGPROBS} for none at all
 * @param promptLogprobs whether those of the prompt's tokens are told too; with as many of the most probable ones
 * @param mask what may come at all; null for everything
 */
public record Selection(
        SamplingParams sampling,
        int minTokens,
        boolean ignoreEnd,
        int topLogprobs,
        boolean promptLogprobs,
        @Nullable TokenMask mask) {
    public static final int NO_LOGPROBS = -1;

    public Selection {
        SamplingParams.require(minTokens >= 0, "min_tokens", "0 or more", minTokens);
        SamplingParams.require(
                topLogprobs >= NO_LOGPROBS && topLogprobs <= Logprobs.TOP_MAX,
                "top_logprobs",
                "0 to " + Logprobs.TOP_MAX,
                topLogprobs);
    }

    /** Sampling and nothing else. */
    public static Selection of(SamplingParams sampling) {
        return new Selection(sampling, 0, false, NO_LOGPROBS, false, null);
    }

    /** The same with other sampling, from the place where the mask stands; of the prompt nothing is told again. */
    Selection with(SamplingParams otherSampling, @Nullable TokenMask otherMask) {
        return new Selection(otherSampling, minTokens, ignoreEnd, topLogprobs, false, otherMask);
    }
}
