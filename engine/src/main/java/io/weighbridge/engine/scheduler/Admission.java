package io.weighbridge.engine.scheduler;

import java.time.Duration;

/** The answer to a new sequence. */
public sealed interface Admission {
    /** The sequence waits for its turn. */
    record Accepted() implements Admission {}

    /** As many sequences wait already as may; try again after that time. */
    record QueueFull(int sequencesWaitingMax, Duration retryAfter) implements Admission {}

    /** It would probably not start or not end in the time it has. */
    record TooLate(Limit limit, Duration expected, Duration allowed) implements Admission {
        /** Which of a sequence's limits of time. */
        public enum Limit {
            QUEUE_TIME,
            DEADLINE
        }
    }

    /** No new sequences are taken any more. */
    record Draining() implements Admission {}

    /** So many beams are never computed at once here, or have no room in the KV memory with this prompt. */
    record TooManyBeams(int width, int widthMax) implements Admission {}

    /** The prompt leaves no place for a completion. */
    record ContextLengthExceeded(int promptTokens, int contextLength) implements Admission {}
}
