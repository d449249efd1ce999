package io.weighbridge.registry.rest;

/** A call that fails in a foreseen way. */
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;

    ApiException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }
}
