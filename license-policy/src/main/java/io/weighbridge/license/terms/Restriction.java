package io.weighbridge.license.terms;

/**
 * A use that the terms forbid.
 *
 * @param when the forbidden uses
 * @param unless the uses among them that are exempt, or permissions that lift the restriction
 */
public record Restriction(Clause clause, Axis axis, Circumstance when, Circumstance unless) {
    public Restriction {
        Circumstance.requireLimit(clause, when, unless);
    }
}
