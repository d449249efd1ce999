package io.weighbridge.license.receipts;

/**
 * Something in a log that is not as it was written.
 *
 * @param sequence the receipt concerned, 0 where it is none or unknown
 * @param file the file's name
 * @param offset where in the file, in bytes
 * @param message for people
 */
public record Problem(Kind kind, long sequence, String file, long offset, String message) {
    /** What happened, as far as it shows. */
    public enum Kind {
        /** A record was changed. */
        CHANGED,
        /** A record is not there. */
        MISSING,
        /** A record is not in its place, or there twice. */
        REORDERED,
        /** The bytes are no record; what follows in the file cannot be read. */
        UNREADABLE,
        /** The file ends within a record: an unfinished write, or a cut. */
        INCOMPLETE,
        /** A signature or a signed statement does not fit. */
        SIGNATURE,
        /** The signed head does not fit the log: records are missing at its end, or the head was changed. */
        HEAD,
        /** The log is not signed with the key given. */
        KEY
    }
}
