package io.weighbridge.license.terms;

/** Where a recorded clause comes from. */
public enum Provenance {
    /** The license text itself. */
    QUOTED,
    /** The publisher's metadata or documentation. */
    PUBLISHED,
    /** Our reading, where the text is silent or open. */
    INFERRED
}
