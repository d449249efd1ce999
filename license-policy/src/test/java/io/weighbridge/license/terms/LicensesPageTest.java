package io.weighbridge.license.terms;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page {@code docs/licenses.md} lists what the catalog holds. */
class LicensesPageTest {
    private static final Path PAGE = Path.of("..", "docs", "licenses.md");
    private static final Pattern ROW = Pattern.compile("\\| `([^`]+)` \\| `([^`]+)` \\| ([a-z-]+) \\|.*");
    private static final Pattern PERMISSION = Pattern.compile("\\| `([^`]+)` \\| [^`|]+ \\| `.*");
    private static final List<Terms> ALL = TermsReader.shipped().all();

    @Test
    void each_license_has_a_row_with_its_key_id_and_class() throws IOException {
        var rows = rows(ROW).map(row -> row.group(1) + " " + row.group(2) + " " + row.group(3));
        assertThat(rows.toList())
                .containsExactlyElementsOf(ALL.stream()
                        .map(terms -> terms.key() + " " + terms.id() + " "
                                + terms.licenseClass()
                                        .name()
                                        .toLowerCase(java.util.Locale.ROOT)
                                        .replace('_', '-'))
                        .toList());
    }

    @Test
    void each_permission_that_lifts_or_meets_a_clause_is_named() throws IOException {
        var named = rows(PERMISSION).map(row -> row.group(1)).toList();
        var used = new TreeSet<String>();
        for (var terms : ALL) {
            terms.conditions().forEach(condition -> {
                collect(condition.unless(), used);
                collect(condition.demand(), used);
            });
            terms.restrictions().forEach(restriction -> collect(restriction.unless(), used));
        }
        assertThat(named).containsExactlyElementsOf(used);
        assertThat(named).allMatch(name -> name.matches("[a-z0-9]+(-[a-z0-9]+)+"));
    }

    private static void collect(Circumstance circumstance, Set<String> permissions) {
        switch (circumstance) {
            case Circumstance.Holds(var permission) -> permissions.add(permission);
            case Circumstance.AllOf(var parts) -> parts.forEach(part -> collect(part, permissions));
            case Circumstance.AnyOf(var parts) -> parts.forEach(part -> collect(part, permissions));
            case Circumstance.Not(var part) -> collect(part, permissions);
            default -> {}
        }
    }

    private static Stream<java.util.regex.Matcher> rows(Pattern pattern) throws IOException {
        return Files.readString(PAGE).lines().map(pattern::matcher).filter(java.util.regex.Matcher::matches);
    }
}
