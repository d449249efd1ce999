package io.weighbridge.license.policy;

import java.util.Comparator;

/**
 * One reason for a verdict.
 *
 * @param rule which of the policy's rules found it
 * @param model the model whose license was applied: the one asked for or one that it was made from
 * @param license the license or use policy whose terms were applied, or what was claimed
 * @param clause the clause's id, or what is missing
 * @param evidence the clause's words and the facts that met it
 * @param howToFix what the reader can do about it
 */
public record Finding(Rule rule, String model, String license, String clause, String evidence, String howToFix)
        implements Comparable<Finding> {
    private static final Comparator<Finding> ORDER = Comparator.comparing(Finding::license)
            .thenComparing(Finding::clause)
            .thenComparing(Finding::model)
            .thenComparing(Finding::rule)
            .thenComparing(Finding::evidence)
            .thenComparing(Finding::howToFix);

    /** The rules of the policy. */
    public enum Rule {
        /** The license must be concluded and its terms must have been read. */
        LICENSE_KNOWN,
        /** What was declared and what was found must not disagree. */
        LICENSE_CONSISTENT,
        /** The models that a model was made from must be known. */
        LINEAGE_KNOWN,
        /** An act needs a grant. */
        ACT_GRANTED,
        /** The conditions of the grants must hold. */
        CONDITION_MET,
        /** No restriction may bear on the use. */
        NOT_RESTRICTED,
        /** Output may not train other models where the terms forbid it. */
        OUTPUT_USE_ALLOWED,
        /** A request stays within what its tenant declared. */
        WITHIN_DECLARED_USE
    }

    @Override
    public int compareTo(Finding other) {
        return ORDER.compare(this, other);
    }
}
