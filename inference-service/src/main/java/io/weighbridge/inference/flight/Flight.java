package io.weighbridge.inference.flight;

/**
 * One request on its way through this process.
 *
 * @param digest of what it asks for, in hexadecimal; two that ask for the same have the same
 * @param apart whether nothing else may be computed in the moments in which it is
 */
public record Flight(String digest, boolean apart) {}
