package io.weighbridge.gateway.errors;

/** Every way a request can fail. HTTP status and error type are derived from {@link Kind}, never from a class name. */
public enum ErrorCode {
    INVALID_JSON(Kind.CALLER),
    INVALID_VALUE(Kind.CALLER),
    MISSING_FIELD(Kind.CALLER),
    UNSUPPORTED_FIELD(Kind.CALLER),
    CONTEXT_LENGTH_EXCEEDED(Kind.CALLER),
    READER_TOO_SLOW(Kind.CALLER),
    INVALID_API_KEY(Kind.UNAUTHENTICATED),
    /** The very same request has killed a replica before, twice: it is not tried again. */
    REQUEST_POISONED(Kind.HARMFUL),
    MODEL_LICENSE_DENIED(Kind.FORBIDDEN),
    MODEL_LICENSE_UNDETERMINED(Kind.FORBIDDEN),
    ADMIN_KEY_REQUIRED(Kind.FORBIDDEN),
    MODEL_NOT_FOUND(Kind.NOT_FOUND),
    NOT_FOUND(Kind.NOT_FOUND),
    METHOD_NOT_ALLOWED(Kind.METHOD),
    BODY_TOO_LARGE(Kind.TOO_LARGE),
    QUEUE_FULL(Kind.CAPACITY),
    /** It would wait, or has waited, longer than it may. */
    QUEUE_TIME_EXCEEDED(Kind.CAPACITY),
    /** It would not end, or has not ended, in the time it has. */
    DEADLINE_EXCEEDED(Kind.CAPACITY),
    /** No catalog has been seen yet: nothing can be decided, so nothing is denied and nothing let through. */
    CATALOG_UNAVAILABLE(Kind.UNAVAILABLE),
    /** The receipt of a decision cannot be kept, so nothing is answered. */
    RECEIPTS_UNAVAILABLE(Kind.UNAVAILABLE),
    MODEL_NOT_READY(Kind.UNAVAILABLE),
    UPSTREAM_UNAVAILABLE(Kind.UNAVAILABLE),
    /** A replica answered something that it should not. */
    UPSTREAM_FAILED(Kind.UPSTREAM),
    INTERNAL_ERROR(Kind.OURS);

    /** Whose problem it is; the answer decides the status, who is paged, and whether a retry can help. */
    public enum Kind {
        CALLER,
        UNAUTHENTICATED,
        FORBIDDEN,
        NOT_FOUND,
        METHOD,
        TOO_LARGE,
        HARMFUL,
        CAPACITY,
        UNAVAILABLE,
        UPSTREAM,
        OURS
    }

    private final Kind kind;

    ErrorCode(Kind kind) {
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
