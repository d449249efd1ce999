package io.weighbridge.engine.sampling;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Picks the tokens of one sequence, remembering what it has to of those before. Belongs to the engine's thread. */
public final class TokenPicker {
    private final Selection selection;
    private final Set<Integer> endTokenIds;
    private final @Nullable TokenCounts counts; // null where nothing depends on them

    /** What was picked. */
    public record Picked(int tokenId, @Nullable Logprobs logprobs) {}

    public TokenPicker(Selection selection, int[] promptIds, Set<Integer> endTokenIds) {
        this.selection = selection;
        this.endTokenIds = endTokenIds;
        if (selection.sampling().adjustments().needCounts()) {
            counts = new TokenCounts();
            counts.addPrompt(promptIds);
        } else {
            counts = null;
        }
    }

    private TokenPicker(TokenPicker parent, SamplingParams sampling) {
        var mask = parent.selection.mask();
        selection = parent.selection.with(sampling, mask == null ? null : mask.copy());
        endTokenIds = parent.endTokenIds;
        counts = parent.counts == null ? null : parent.counts.copy();
    }

    /** A picker for a sequence that shares all tokens so far and goes on by itself. */
    public TokenPicker fork() {
        return fork(selection.sampling());
    }

    /** The same with other sampling, adjusted as here. */
    public TokenPicker fork(SamplingParams sampling) {
        return new TokenPicker(this, sampling);
    }

    public Selection selection() {
        return selection;
    }

    /**
     * Picks the token at {@code position}. Does not change {@code logits}.
     *
     * @param generated tokens before it in the completion
     * @param generatedMax most tokens of the completion
     * @throws ArithmeticException if a logit is no number, or nothing is left to pick
     */
    public Picked pick(Sampler sampler, float[] logits, int position, int generated, int generatedMax) {
        boolean changes = counts != null
                || !selection.sampling().adjustments().logitBias().isEmpty()
                || selection.mask() != null
                || generated < selection.minTokens();
        var adjusted = changes ? logits.clone() : logits;
        if (changes) {
            adjust(adjusted, generated, generatedMax);
        }
        int tokenId = sampler.sample(adjusted, selection.sampling(), position);
        take(tokenId);
        return new Picked(tokenId, told(logits, tokenId));
    }

    /**
     * The logarithm of each token's probability, adjusted and masked after that, as Hugging Face's beam search has it. Picks nothing.
     *
     * @throws ArithmeticException if a logit is no number
     */
    public float[] scores(float[] logits, int generated, int generatedMax) {
        var scores = Logprobs.all(logits);
        adjust(scores, generated, generatedMax);
        return scores;
    }

    /** Whether {@link #pick} and {@link #scores} take no time for a mask; does what is needed for that as far as there is {@code room}. */
    public boolean prepare(int generated, int generatedMax, MaskWork room) {
        var mask = selection.mask();
        return mask == null || mask.prepare(generatedMax - generated, room);
    }

    /** Whether a mask limits what may come. */
    public boolean isMasked() {
        return selection.mask() != null;
    }

    /** Notes that the token comes next. */
    public void take(int tokenId) {
        if (counts != null) {
            counts.addGenerated(tokenId);
        }
        var mask = selection.mask();
        if (mask != null) {
            mask.advance(tokenId);
        }
    }

    private void adjust(float[] scores, int generated, int generatedMax) {
        var adjustments = selection.sampling().adjustments();
        if (counts != null || !adjustments.logitBias().isEmpty()) {
            adjustments.apply(scores, counts == null ? new TokenCounts() : counts);
        }
        if (generated < selection.minTokens()) {
            barEnds(scores);
        }
        var mask = selection.mask();
        if (mask != null) {
            apply(mask, scores, generatedMax - generated);
        }
    }

    /** Log probabilities of a token of the prompt. */
    public Logprobs promptLogprobs(float[] logits, int tokenId) {
        return Logprobs.of(logits, tokenId, Math.max(0, selection.topLogprobs()));
    }

    /** The log probabilities that are told with a token; null where none are. */
    public @Nullable Logprobs told(float[] logits, int tokenId) {
        return selection.topLogprobs() == Selection.NO_LOGPROBS
                ? null
                : Logprobs.of(logits, tokenId, selection.topLogprobs());
    }

    private void barEnds(float[] logits) {
        for (int id : endTokenIds) {
            if (id < logits.length) {
                logits[id] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    private static void apply(TokenMask mask, float[] logits, int tokensLeft) {
        var bits = new long[Math.ceilDiv(logits.length, Long.SIZE)];
        mask.mask(bits, tokensLeft);
        for (int word = 0; word < bits.length; word++) {
            if (bits[word] == -1L) {
                continue;
            }
            int end = Math.min(logits.length, (word + 1) * Long.SIZE);
            if (bits[word] == 0) {
                Arrays.fill(logits, word * Long.SIZE, end, Float.NEGATIVE_INFINITY);
                continue;
            }
            for (int id = word * Long.SIZE; id < end; id++) {
                if ((bits[word] >>> id & 1) == 0) {
                    logits[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }
    }
}
