package io.weighbridge.engine.sampling;

/** Finding the tokens that a mask allows would take longer than other sequences can be kept waiting. */
public final class MaskLimitException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MaskLimitException(String message, Throwable cause) {
        super(message, cause);
    }
}
