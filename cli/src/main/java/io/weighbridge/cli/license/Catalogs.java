package io.weighbridge.cli.license;

import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The catalog that comes with the command. */
final class Catalogs {
    /** Most names proposed for one that is not in the catalog. */
    private static final int PROPOSALS_MAX = 5;

    private Catalogs() {}

    static TermsCatalog shipped() {
        return TermsReader.shipped();
    }

    /** The terms called {@code name}, or an exception that proposes others. */
    static Terms terms(TermsCatalog catalog, String name) {
        var exact = catalog.find(name);
        if (exact != null) {
            return exact;
        }
        var wanted = name.toLowerCase(Locale.ROOT);
        for (var terms : catalog.all()) {
            if (names(terms).anyMatch(known -> known.toLowerCase(Locale.ROOT).equals(wanted))) {
                return terms;
            }
        }
        var near = catalog.all().stream()
                .filter(terms -> names(terms).anyMatch(known -> isNear(known.toLowerCase(Locale.ROOT), wanted)))
                .map(Terms::key)
                .sorted(Comparator.naturalOrder())
                .limit(PROPOSALS_MAX)
                .collect(Collectors.joining(", "));
        throw new IllegalArgumentException("no license '%s' in the catalog; %s"
                .formatted(name, near.isEmpty() ? "'license list' shows all" : "did you mean: " + near));
    }

    private static Stream<String> names(Terms terms) {
        return Stream.concat(Stream.of(terms.key(), terms.id(), terms.name()), terms.aliases().stream());
    }

    private static boolean isNear(String known, String wanted) {
        var letters = wanted.replaceAll("[^a-z]", "");
        return known.contains(wanted)
                || !letters.isEmpty() && known.replaceAll("[^a-z]", "").contains(letters);
    }
}
