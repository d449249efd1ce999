package io.weighbridge.license.terms;

/**
 * What doing an act makes the operator owe.
 *
 * @param on the act that brings the duty
 * @param when the uses it applies to; where the facts do not say, it is owed
 * @param value the text or link to deliver over the channel
 */
public record Obligation(Clause clause, Act on, Circumstance when, Channel channel, String value)
        implements Comparable<Obligation> {
    /** The way in which an obligation is met. */
    public enum Channel {
        /** A header of each response. */
        HEADER,
        /** A notice within or beside the generated text. */
        TEXT_NOTICE,
        /** Shown where people use or read about the model. */
        DISPLAY,
        /** A clause in the operator's own published terms. */
        OPERATOR_TERMS,
        /** A file beside the weights. */
        FILE
    }

    @Override
    public int compareTo(Obligation other) {
        var byClause = clause.compareTo(other.clause);
        return byClause != 0 ? byClause : value.compareTo(other.value);
    }
}
