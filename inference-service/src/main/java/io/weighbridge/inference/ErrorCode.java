package io.weighbridge.inference;

/** Every way a call can fail, once. The gRPC status is derived from {@link Kind}. */
public enum ErrorCode {
    INVALID_ARGUMENT(Kind.CALLER),
    CONTEXT_LENGTH_EXCEEDED(Kind.CALLER),
    CHAT_TEMPLATE_REFUSED(Kind.CALLER),
    MODEL_NOT_FOUND(Kind.NOT_FOUND),
    /** The registry knows the model but has no checkpoint of it yet. */
    MODEL_NOT_PULLED(Kind.LATER),
    MODEL_NOT_READY(Kind.LATER),
    MODEL_UNLOADED(Kind.LATER),
    REGISTRY_UNAVAILABLE(Kind.LATER),
    SHUTTING_DOWN(Kind.LATER),
    QUEUE_FULL(Kind.CAPACITY),
    /** The model does not fit into the memory budget, whatever else is unloaded. */
    MODEL_TOO_LARGE(Kind.CAPACITY),
    /** The model would fit if others were not in use. */
    MEMORY_IN_USE(Kind.CAPACITY),
    /** It would start, or has waited, longer than it may. */
    QUEUE_TIME_EXCEEDED(Kind.CAPACITY),
    /** It would not end, or has not ended, in the time it has. */
    DEADLINE_EXCEEDED(Kind.CAPACITY),
    /** The client does not read what it asked for. */
    SLOW_READER(Kind.CAPACITY),
    /** The very same request has killed the process before, twice. */
    REQUEST_POISONED(Kind.HARMFUL),
    CHECKPOINT_UNUSABLE(Kind.OURS),
    /** In the numerics chosen the model's answers are too far from its own. */
    NUMERICS_REFUSED(Kind.OURS),
    /** The back end failed while the request ran; the replica is started again, and another one may do it now. */
    MODEL_FAILED(Kind.LATER),
    /** The model computed nothing usable for this request; others are not concerned. */
    GENERATION_FAILED(Kind.OURS),
    INTERNAL(Kind.OURS);

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Whose problem it is; the answer decides who is paged and whether a retry can help. */
    public enum Kind {
        CALLER,
        NOT_FOUND,
        LATER,
        CAPACITY,
        HARMFUL,
        OURS
    }
}
