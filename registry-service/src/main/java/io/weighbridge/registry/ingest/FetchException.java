package io.weighbridge.registry.ingest;

/** A source did not deliver. The next one may. The message says why, without the name of the source. */
public final class FetchException extends Exception {
    private static final long serialVersionUID = 1;

    public FetchException(String message) {
        super(message);
    }

    public FetchException(String message, Throwable cause) {
        super(message, cause);
    }
}
