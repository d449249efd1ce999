package io.weighbridge.gateway.errors;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request failed for a reason that its sender is told. The message says what is wrong and how to fix it. */
public class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String param;
    private final @Nullable Duration retryAfter;

    public ApiException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /** @param param the field of the request that is at fault */
    public ApiException(ErrorCode code, String message, @Nullable String param) {
        this(code, message, param, null);
    }

    private ApiException(ErrorCode code, String message, @Nullable String param, @Nullable Duration retryAfter) {
        super(message, null, false, false);
        this.code = code;
        this.param = param;
        this.retryAfter = retryAfter;
    }

    /** There is too much to do; {@code retryAfter} says when trying again may help, null when nobody knows. */
    public static ApiException busy(ErrorCode code, String message, @Nullable Duration retryAfter) {
        return new ApiException(code, message, null, retryAfter);
    }

    /** The same failure, said of one part of the request. */
    public ApiException at(String part, @Nullable String itsParam) {
        return new ApiException(code, part + ": " + reason(), itsParam, retryAfter);
    }

    public ErrorCode code() {
        return code;
    }

    public @Nullable String param() {
        return param;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
