package io.weighbridge.license.terms;

/** What the terms say about training another model on what this one writes. */
public record Outputs(Clause clause, Rule rule) {
    /** The possible rules. */
    public enum Rule {
        /** The text sets no limit. */
        FREE,
        /** Allowed with the obligations that the terms list for training on output. */
        WITH_DUTIES,
        /** The other model is bound by these terms, as if it had been made from the weights. */
        INHERITED,
        /** Forbidden, except for models that are themselves under these terms. */
        FORBIDDEN_OUTSIDE_FAMILY,
        /** Forbidden. */
        FORBIDDEN,
        /** Not established. */
        UNKNOWN
    }
}
