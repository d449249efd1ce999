package io.weighbridge.engine.scheduler;

/** The answer to a new sequence. */
public sealed interface Admission {
    /** The sequence waits for its turn. */
    record Accepted() implements Admission {}

    /** As many sequences wait already as may; try again later. */
    record QueueFull(int sequencesWaitingMax) implements Admission {}

    /** The prompt leaves no place for a completion. */
    record ContextLengthExceeded(int promptTokens, int contextLength) implements Admission {}
}
