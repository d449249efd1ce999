package io.weighbridge.engine.checkpoint;

/** A checkpoint cannot be used as it is: damaged, hostile, or of a kind not supported. The message names what and where. */
public final class CheckpointException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Longest message in characters. Names and values that a message quotes are the file's, and so is their length. */
    static final int MESSAGE_CHARACTERS_MAX = 2_000;

    public CheckpointException(String message) {
        super(shortened(message));
    }

    public CheckpointException(String message, Throwable cause) {
        super(shortened(message), cause);
    }

    private static String shortened(String message) {
        return message.length() <= MESSAGE_CHARACTERS_MAX
                ? message
                : message.substring(0, MESSAGE_CHARACTERS_MAX - 3) + "...";
    }
}
