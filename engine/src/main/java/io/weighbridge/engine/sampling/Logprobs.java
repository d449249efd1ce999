package io.weighbridge.engine.sampling;

import java.util.ArrayList;
import java.util.List;

/**
 * Natural logarithms of probabilities as the model gave them: before temperature, penalties, biases and masks.
 *
 * @param chosen of the token that was picked
 * @param top the most probable tokens, most probable first
 */
public record Logprobs(TokenLogprob chosen, List<TokenLogprob> top) {
    /** Most entries of {@code top}; OpenAI's limit. */
    public static final int TOP_MAX = 20;

    public Logprobs {
        top = List.copyOf(top);
    }

    /**
     * One token's.
     *
     * @param rank 1 for the most probable token; tokens with equal logits rank by id
     */
    public record TokenLogprob(int tokenId, double logprob, int rank) {}

    /** Those of {@code tokenId} and of the {@code topCount} most probable tokens. */
    public static Logprobs of(float[] logits, int tokenId, int topCount) {
        SamplingParams.require(topCount >= 0 && topCount <= TOP_MAX, "top_logprobs", "0 to " + TOP_MAX, topCount);
        double total = logSumExp(logits);
        var top = new ArrayList<TokenLogprob>();
        for (int id : mostProbable(logits, Math.min(topCount, logits.length))) {
            top.add(new TokenLogprob(id, logits[id] - total, top.size() + 1));
        }
        return new Logprobs(new TokenLogprob(tokenId, logits[tokenId] - total, rank(logits, tokenId)), top);
    }

    /**
     * That of each token.
     *
     * @throws ArithmeticException if a logit is NaN or plus infinity, or all are minus infinity
     */
    static float[] all(float[] logits) {
        double total = logSumExp(logits);
        if (!Double.isFinite(total)) {
            throw new ArithmeticException("the logits have a sum of " + total);
        }
        var all = new float[logits.length];
        for (int id = 0; id < logits.length; id++) {
            all[id] = (float) (logits[id] - total);
        }
        return all;
    }

    private static double logSumExp(float[] logits) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            largest = Math.max(largest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp((double) logit - largest);
        }
        return largest + Math.log(sum);
    }

    private static int rank(float[] logits, int tokenId) {
        int rank = 1;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] > logits[tokenId] || (logits[id] == logits[tokenId] && id < tokenId)) {
                rank++;
            }
        }
        return rank;
    }

    /** Insertion into a short sorted list: {@code count} is small. */
    private static int[] mostProbable(float[] logits, int count) {
        var ids = new int[count];
        int filled = 0;
        for (int id = 0; id < logits.length && count > 0; id++) {
            if (filled == count && logits[id] <= logits[ids[count - 1]]) {
                continue;
            }
            int at = filled == count ? count - 1 : filled++;
            while (at > 0 && logits[id] > logits[ids[at - 1]]) {
                ids[at] = ids[at - 1];
                at--;
            }
            ids[at] = id;
        }
        return ids;
    }
}
