package io.weighbridge.engine.scheduler;

/** Why a sequence ended. */
public enum FinishReason {
    /** The model generated one of its end tokens. */
    STOP,
    /** As many tokens as asked for, or as fit the context. */
    LENGTH,
    /** Its owner no longer wants it. */
    CANCELLED
}
