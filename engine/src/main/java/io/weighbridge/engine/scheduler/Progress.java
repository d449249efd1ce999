package io.weighbridge.engine.scheduler;

/** What a step did for one sequence. */
public sealed interface Progress {
    /** Whose progress it is. */
    Sequence sequence();

    /** The sequence grew by a token. End tokens are not reported. */
    record Token(Sequence sequence, int tokenId) implements Progress {}

    /** The sequence ended; nothing follows for it. */
    record Ended(Sequence sequence, FinishReason reason) implements Progress {}
}
