package io.weighbridge.license.terms;

/** How sure we are that a clause says what we recorded. */
public enum Confidence {
    /** The license text or a first-party page was read. */
    HIGH,
    /** Seen as the same quotation in independent copies, or follows from text that was read. */
    MEDIUM,
    /** A secondary summary or general knowledge. */
    LOW,
    /** Not established. */
    UNKNOWN;

    /** True when a verdict may rest on a clause of this confidence; otherwise the question stays open. */
    public boolean decides() {
        return this == HIGH || this == MEDIUM;
    }
}
