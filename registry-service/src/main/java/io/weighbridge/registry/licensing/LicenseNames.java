package io.weighbridge.registry.licensing;

import java.util.Locale;

/** Compares license names as publishers write them: case, spaces and underscores carry no meaning. */
public final class LicenseNames {
    private LicenseNames() {}

    /** Whether both names are spellings of one license. Never guesses: {@code gemma} is not {@code gemma2}. */
    public static boolean same(String one, String other) {
        return normal(one).equals(normal(other));
    }

    /** The spelling by which names are compared. */
    static String normal(String name) {
        return name.strip().toLowerCase(Locale.ROOT).replaceAll("[\\s_]+", "-");
    }
}
