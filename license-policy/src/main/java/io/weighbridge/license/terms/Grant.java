package io.weighbridge.license.terms;

/** An act that the terms allow, within their conditions and restrictions. What no grant names is not allowed. */
public record Grant(Clause clause, Act act) {}
