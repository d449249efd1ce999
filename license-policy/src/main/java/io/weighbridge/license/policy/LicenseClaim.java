package io.weighbridge.license.policy;

import org.jspecify.annotations.Nullable;

/**
 * What is known about which license a checkpoint is under. Only the concluded one counts; the others are evidence.
 *
 * @param declared as the publisher says it
 * @param detected as found in the files
 * @param concluded as a reviewer decided: the key into the terms
 * @param conflict declared and detected differ and nobody has concluded
 */
public record LicenseClaim(
        String declared,
        @Nullable String detected,
        @Nullable String concluded,
        boolean conflict) {
    /** The id to show people: concluded where there is one, else declared. */
    public String shown() {
        return concluded != null ? concluded : declared;
    }
}
