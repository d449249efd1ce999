package io.weighbridge.cli.license;

/** A service that was asked does not answer as it should: no fault of the call, and no verdict. */
public final class UnreachableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnreachableException(String message, Throwable cause) {
        super(message, cause);
    }
}
