package io.weighbridge.engine.sampling;

import java.util.Map;

/**
 * What happens to logits before a token is picked, in this order: the repetition penalty, the presence and frequency penalties,
 * the biases.
 *
 * @param repetitionPenalty positive logits of tokens seen in prompt or completion are divided by it, negative ones multiplied;
 *     above 0, at most {@link #REPETITION_PENALTY_MAX}, 1 for none
 * @param presencePenalty is taken off tokens of the completion once; -2 to 2
 * @param frequencyPenalty is taken off tokens of the completion for each time they occurred; -2 to 2
 * @param logitBias token id to what is added; -100 to 100, at most {@link #BIASES_MAX} of them
 */
public record Adjustments(
        double repetitionPenalty, double presencePenalty, double frequencyPenalty, Map<Integer, Float> logitBias) {
    /** Nothing is changed. */
    public static final Adjustments NONE = new Adjustments(1, 0, 0, Map.of());

    /** As OpenAI's limit. */
    public static final int BIASES_MAX = 1024;

    /** Beyond it nothing but unseen tokens is left anyway. */
    public static final double REPETITION_PENALTY_MAX = 100;

    private static final double BIAS_MAX = 100;

    public Adjustments {
        SamplingParams.require(
                repetitionPenalty > 0 && repetitionPenalty <= REPETITION_PENALTY_MAX,
                "repetition_penalty",
                "above 0, at most " + REPETITION_PENALTY_MAX,
                repetitionPenalty);
        SamplingParams.require(
                presencePenalty >= -2 && presencePenalty <= 2, "presence_penalty", "-2 to 2", presencePenalty);
        SamplingParams.require(
                frequencyPenalty >= -2 && frequencyPenalty <= 2, "frequency_penalty", "-2 to 2", frequencyPenalty);
        SamplingParams.require(
                logitBias.size() <= BIASES_MAX,
                "logit_bias",
                "at most %d token ids".formatted(BIASES_MAX),
                logitBias.size());
        logitBias = Map.copyOf(logitBias);
        logitBias.forEach((tokenId, bias) -> {
            SamplingParams.require(tokenId >= 0, "logit_bias", "of token ids from 0 on", tokenId);
            SamplingParams.require(Math.abs(bias) <= BIAS_MAX, "logit_bias", "-100 to 100", bias);
        });
    }

    /** Whether tokens have to be counted. */
    public boolean needCounts() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    /** Changes {@code logits} in place; biases of token ids beyond them are refused. */
    public void apply(float[] logits, TokenCounts counts) {
        if (repetitionPenalty != 1) {
            counts.forEachSeen(id -> logits[id] =
                    (float) (logits[id] > 0 ? logits[id] / repetitionPenalty : logits[id] * repetitionPenalty));
        }
        if (presencePenalty != 0 || frequencyPenalty != 0) {
            counts.forEachGenerated((id, count) -> logits[id] -= (float) (presencePenalty + frequencyPenalty * count));
        }
        logitBias.forEach((id, bias) -> {
            if (id >= logits.length) {
                throw new IllegalArgumentException(
                        "logit_bias names token id %d, the vocabulary has %d".formatted(id, logits.length));
            }
            logits[id] += bias;
        });
    }
}
