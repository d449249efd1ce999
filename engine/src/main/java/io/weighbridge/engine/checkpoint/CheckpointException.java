package io.weighbridge.engine.checkpoint;

/** A checkpoint cannot be used as it is: damaged, hostile, or of a kind not supported. The message names what and where. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CheckpointException(String message) {
        super(message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
