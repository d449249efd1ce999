package io.weighbridge.registry.catalog;

import io.weighbridge.registry.licensing.LicenseNames;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a model's license, kept apart by who says it: the publisher ({@code declared}), the files
 * ({@code detected}), a reviewer ({@code concluded}). Only the concluded one is a key into the terms.
 */
public record LicenseRecord(
        String declared,
        @Nullable String detected,
        @Nullable String concluded) {
    public LicenseRecord {
        if (declared.isBlank()) {
            throw new IllegalArgumentException("a license record says what the publisher declares, if only 'unknown'");
        }
    }

    /** Declared and detected differ and nobody has concluded. Such a model is never routed. */
    public boolean conflict() {
        return concluded == null && detected != null && !LicenseNames.same(declared, detected);
    }

    public LicenseRecord withDetected(@Nullable String found) {
        return new LicenseRecord(declared, found, concluded);
    }
}
