package io.weighbridge.engine.scheduler;

import io.weighbridge.engine.sampling.Logprobs;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a step did for one sequence. */
public sealed interface Progress {
    /** Whose progress it is. */
    Sequence sequence();

    /**
     * The log probabilities of the prompt's tokens but the first, in order; before any token.
     */
    record Prompt(Sequence sequence, List<Logprobs> logprobs) implements Progress {
        public Prompt {
            logprobs = List.copyOf(logprobs);
        }
    }

    /** The sequence grew by a token. End tokens that end it are not reported. */
    record Token(Sequence sequence, int tokenId, @Nullable Logprobs logprobs) implements Progress {}

    /** The sequence ended; nothing follows for it. */
    record Ended(Sequence sequence, FinishReason reason) implements Progress {}
}
