package io.weighbridge.registry.licensing;

import java.util.Locale;

/** Compares license names as publishers write them: case, spaces and underscores carry no meaning. */
final class LicenseNames {
    private LicenseNames() {}

    /** The spelling by which names are compared. Never guesses: {@code gemma} is not {@code gemma2}. */
    static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_]+", "-");
    }
}
