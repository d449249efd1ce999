package io.weighbridge.gateway.errors;

import org.jspecify.annotations.Nullable;

/** A request failed for a reason that its sender is told. The message says what is wrong and how to fix it. */
public class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final @Nullable String param;

    public ApiException(ErrorCode code, String message) {
        this(code, message, null);
    }

    /** @param param the field of the request that is at fault */
    public ApiException(ErrorCode code, String message, @Nullable String param) {
        super(message, null, false, false);
        this.code = code;
        this.param = param;
    }

    public ErrorCode code() {
        return code;
    }

    public @Nullable String param() {
        return param;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }
}
