package io.weighbridge.registry.ingest;

/** The bytes are the pinned ones, but nobody should load them: malformed, or of a kind that can run code. */
public final class RefusedFileException extends Exception {
    private static final long serialVersionUID = 1;

    public RefusedFileException(String message) {
        super(message);
    }
}
