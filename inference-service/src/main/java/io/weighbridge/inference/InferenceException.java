package io.weighbridge.inference;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A call failed for a reason that the caller may know. The message says what is wrong and what helps. */
public final class InferenceException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String param;
    private final @Nullable Duration retryAfter;

    public InferenceException(ErrorCode code, String message) {
        this(code, message, null, null, null);
    }

    public InferenceException(ErrorCode code, String message, Throwable cause) {
        this(code, message, null, null, cause);
    }

    private InferenceException(
            ErrorCode code,
            String message,
            @Nullable String param,
            @Nullable Duration retryAfter,
            @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.param = param;
        this.retryAfter = retryAfter;
    }

    /** The request's field {@code param} cannot be served. */
    public static InferenceException badParam(String param, String message) {
        return new InferenceException(ErrorCode.INVALID_ARGUMENT, message, param, null, null);
    }

    /** The same for a reason with a name of its own. */
    public static InferenceException badParam(ErrorCode code, String param, String message) {
        return new InferenceException(code, message, param, null, null);
    }

    /** There is too much to do; the same request may do better after {@code retryAfter}. */
    public static InferenceException busy(ErrorCode code, String message, Duration retryAfter) {
        return new InferenceException(code, message, null, retryAfter, null);
    }

    public ErrorCode code() {
        return code;
    }

    /** The request's field that is to blame, as named in the proto; null when none is. */
    public @Nullable String param() {
        return param;
    }

    /** When to try again; null when nothing is known. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
