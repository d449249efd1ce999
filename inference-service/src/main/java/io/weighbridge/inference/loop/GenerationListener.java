package io.weighbridge.inference.loop;

import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.inference.InferenceException;

/**
 * Hears what becomes of one sequence: {@link #accepted} once, tokens, then {@link #ended}; or {@link #failed} at any time, after
 * which nothing follows. Called on the engine's thread, so it must be quick and never wait.
 */
public interface GenerationListener {
    void accepted();

    void token(int tokenId);

    void ended(FinishReason reason);

    void failed(InferenceException failure);
}
