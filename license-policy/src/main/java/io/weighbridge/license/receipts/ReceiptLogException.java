package io.weighbridge.license.receipts;

import org.jspecify.annotations.Nullable;

/** The log cannot do what was asked. Nothing was dropped silently: whoever gets this has no receipt. */
public final class ReceiptLogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** Why. */
    public enum Reason {
        /** The queue is full: the disk is slower than the decisions. */
        FULL,
        /** Writing or syncing failed, for instance on a full disk; the log takes nothing more until it is opened again. */
        FAILED,
        /** The log was closed. */
        CLOSED,
        /** What was synced and signed is not there any more, or is not what it was. */
        TAMPERED,
        /** Another process has the log open. */
        IN_USE,
        /** The signing key is missing or not the log's. */
        KEY
    }

    ReceiptLogException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    ReceiptLogException(Reason reason, String message) {
        this(reason, message, null);
    }

    public Reason reason() {
        return reason;
    }
}
