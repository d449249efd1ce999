package io.weighbridge.engine.scheduler;

/** Why a sequence ended. */
public enum FinishReason {
    /** The model generated one of its end tokens. */
    STOP,
    /** As many tokens as asked for, or as fit the context. */
    LENGTH,
    /** Its owner no longer wants it. */
    CANCELLED,
    /** It has waited as long as it may and never ran. */
    QUEUE_TIME_EXCEEDED,
    /** It has not ended in the time it had. */
    DEADLINE_EXCEEDED,
    /** The model gave it no usable logits. */
    FAILED,
    /** The grammar of its text takes too long to follow, at the others' expense. */
    MASK_LIMIT;

    /** Whether the completion is whole. */
    public boolean isDone() {
        return this == STOP || this == LENGTH;
    }
}
