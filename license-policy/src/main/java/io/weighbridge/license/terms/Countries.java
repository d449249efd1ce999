package io.weighbridge.license.terms;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** Country codes, and the groups of countries that licenses name. */
final class Countries {
    /** Members of the European Union since 2020. */
    private static final Set<String> EUROPEAN_UNION = Set.of(
            "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
            "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK");

    private static final Set<String> KNOWN = Set.of(Locale.getISOCountries());

    private Countries() {}

    /** The codes with {@code EU} replaced by its members; an unknown code is an error. */
    static Set<String> expand(Set<String> codes) {
        var expanded = new LinkedHashSet<String>();
        for (var code : codes) {
            if (code.equals("EU")) {
                expanded.addAll(EUROPEAN_UNION);
            } else if (KNOWN.contains(code)) {
                expanded.add(code);
            } else {
                throw new IllegalArgumentException(
                        "no such country: '%s' (ISO 3166, two capital letters)".formatted(code));
            }
        }
        return expanded;
    }
}
