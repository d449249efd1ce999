package io.weighbridge.inference.loop;

import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.inference.InferenceException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Hears what becomes of one sequence: {@link #accepted} once, tokens, then {@link #ended}; or {@link #failed} at any time, after
 * which nothing follows. Called on the engine's thread, so it must be quick and never wait.
 */
public interface GenerationListener {
    void accepted();

    /** The log probabilities of the prompt's tokens but the first; only where they were asked for, before any token. */
    void prompt(List<Logprobs> logprobs);

    void token(int tokenId, @Nullable Logprobs logprobs);

    void ended(FinishReason reason);

    void failed(InferenceException failure);
}
