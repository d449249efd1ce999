package io.weighbridge.license.terms;

/**
 * A use that the terms forbid.
 *
 * @param when the forbidden uses
 */
public record Restriction(Clause clause, Axis axis, Trigger when) {}
