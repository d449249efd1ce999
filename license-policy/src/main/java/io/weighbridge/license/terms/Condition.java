package io.weighbridge.license.terms;

/**
 * What a use must meet for the grants to hold. A use that does not meet it is prohibited; a use of which we cannot tell
 * is undetermined.
 *
 * @param when the uses it applies to
 * @param unless the uses that are exempt, or permissions that lift it
 * @param demand what must be so
 * @param effect what happens to a use that does not meet it
 */
public record Condition(
        Clause clause, Axis axis, Circumstance when, Circumstance unless, Circumstance demand, Effect effect) {
    public Condition {
        Circumstance.requireLimit(clause, when, unless, demand);
    }

    /** What the license says of a use that does not meet a condition. */
    public enum Effect {
        /** The license gives no rights. */
        NO_RIGHTS,
        /** A license of its own must be asked of the steward. */
        ASK_STEWARD
    }
}
