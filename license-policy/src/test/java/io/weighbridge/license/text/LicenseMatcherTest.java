package io.weighbridge.license.text;

import static io.weighbridge.license.text.InventedLicenses.HARBOR;
import static io.weighbridge.license.text.InventedLicenses.HARBOR_3D;
import static io.weighbridge.license.text.InventedLicenses.MODIFIED_PIER;
import static io.weighbridge.license.text.InventedLicenses.PIER;
import static io.weighbridge.license.text.InventedLicenses.RECIPE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.weighbridge.license.text.LicenseText.Clause;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LicenseMatcherTest {
    private static final LicenseMatcher MATCHER = new LicenseMatcher(List.of(
            Fingerprints.of("harbor", HARBOR),
            Fingerprints.of("pier", PIER),
            Fingerprints.of("modified-pier", MODIFIED_PIER)));

    @Test
    void a_copy_is_the_license() {
        assertThat(MATCHER.match(LicenseText.of(HARBOR)))
                .isEqualTo(new Match.Exact(
                        "harbor", Document.LICENSE, LicenseText.of(HARBOR).digest()));
    }

    @Test
    void another_threshold_is_reported_with_the_clause_that_differs() {
        var near = near(HARBOR_3D);
        assertThat(near.key()).isEqualTo("harbor");
        assertThat(near.addedClauses())
                .extracting(Clause::text)
                .singleElement()
                .asString()
                .contains("more than 1,000,000 monthly users");
        assertThat(near.missingClauses()).containsExactly("4");
    }

    @Test
    void a_lost_not_is_reported() {
        var near = near(HARBOR.replace("You shall not use the Weights", "You shall use the Weights"));
        assertThat(near.addedClauses()).extracting(Clause::label).containsExactly("3");
        assertThat(near.missingClauses()).containsExactly("3");
    }

    @Test
    void an_extra_clause_is_quoted_and_nothing_is_missing() {
        var near = near(HARBOR.replace("5. Naming", "5. Fees\nPay us one coin.\n6. Naming"));
        assertThat(near.addedClauses()).extracting(Clause::text).containsExactly("Fees Pay us one coin.");
        assertThat(near.missingClauses()).isEmpty();
        assertThat(near.similarity()).isGreaterThan(0.9);
    }

    @Test
    void a_lost_clause_is_named_by_its_label() {
        var near = near(HARBOR.replace(" You shall not remove this agreement from a copy.", ""));
        assertThat(near.addedClauses()).isEmpty();
        assertThat(near.missingClauses()).containsExactly("3/2");
    }

    @Test
    void a_modified_license_is_told_from_the_one_it_was_made_of() {
        assertThat(MATCHER.match(LicenseText.of(PIER))).isEqualTo(exact("pier", PIER));
        assertThat(MATCHER.match(LicenseText.of(MODIFIED_PIER))).isEqualTo(exact("modified-pier", MODIFIED_PIER));
        var third = near(MODIFIED_PIER.replace("100 million", "5 million"));
        assertThat(third.key()).isEqualTo("modified-pier");
        assertThat(third.addedClauses())
                .extracting(Clause::text)
                .singleElement()
                .asString()
                .contains("5 million");
    }

    @Test
    void of_two_known_texts_the_nearer_one_is_reported_even_where_the_other_is_contained() {
        var near = near(MODIFIED_PIER.replace("Pier One", "Pier Two"));
        assertThat(near.key()).isEqualTo("modified-pier");
        assertThat(near.addedClauses()).hasSize(1);
    }

    @Test
    void two_licenses_in_one_file_are_not_either_of_them() {
        assertThat(MATCHER.match(LicenseText.of(HARBOR + "\n\n" + PIER))).isInstanceOf(Match.Near.class);
    }

    @Test
    void a_license_inside_a_long_file_is_found_and_not_accepted() {
        var tale = IntStream.range(0, 1_000)
                .mapToObj(day -> "Day " + day + " passed.")
                .collect(Collectors.joining(" "));
        var near = near(RECIPE + "\n\n" + tale + "\n\n" + PIER);
        assertThat(near.key()).isEqualTo("pier");
        assertThat(near.similarity()).isEqualTo(1.0);
        assertThat(near.missingClauses()).isEmpty();
        assertThat(near.addedClauses()).isNotEmpty();
    }

    @Test
    void repeated_or_reordered_clauses_are_near_with_no_clause_to_show() {
        var near = near(
                PIER + "\nKeep this notice and the line above in every copy of the model or of a large part of it.\n");
        assertThat(near.addedClauses()).isEmpty();
        assertThat(near.missingClauses()).isEmpty();
    }

    @Test
    void unrelated_empty_and_tiny_texts_match_nothing() {
        for (var text : List.of(RECIPE, "", " \n\f\n", "MIT", "***", "license")) {
            assertThat(MATCHER.match(LicenseText.of(text))).isEqualTo(new Match.None());
        }
    }

    @Test
    void similarity_at_the_threshold_is_near_and_below_it_is_nothing() {
        // Ten clauses of which a text has four, then three: without sketches in common this is the share of clauses.
        var known = new StringBuilder();
        for (int clause = 0; clause < 10; clause++) {
            known.append("alpha%d beta%d. ".formatted(clause, clause));
        }
        var matcher = new LicenseMatcher(List.of(Fingerprints.of("ten", known.toString())));
        assertThat(LicenseMatcher.NEAR_SIMILARITY_MIN).isEqualTo(0.4);
        assertThat(matcher.match(LicenseText.of("alpha9 beta9. x. alpha5 beta5. x. alpha7 beta7. x. alpha0 beta0. x.")))
                .isInstanceOf(Match.Near.class);
        assertThat(matcher.match(LicenseText.of("alpha9 beta9. x. alpha5 beta5. x. alpha7 beta7. x.")))
                .isEqualTo(new Match.None());
    }

    @Test
    void two_keys_cannot_claim_one_text() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LicenseMatcher(
                        List.of(Fingerprints.of("a", PIER), Fingerprints.of("b", PIER.toUpperCase()))))
                .withMessageContaining("a and b claim the same text");
    }

    @Test
    void without_known_texts_nothing_matches() {
        assertThat(new LicenseMatcher(List.of()).match(LicenseText.of(PIER))).isEqualTo(new Match.None());
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void random_bytes_are_never_a_license(RandomGenerator random) {
        var bytes = new byte[random.nextInt(2_000)];
        random.nextBytes(bytes);
        assertThat(MATCHER.match(bytes)).isEqualTo(new Match.None());
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_text_with_random_bytes_in_it_is_read_without_an_exception(RandomGenerator random) {
        var bytes = HARBOR.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        for (int hit = random.nextInt(1, 30); hit > 0; hit--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        assertThat(MATCHER.match(bytes)).isNotNull();
    }

    private static Match.Near near(String text) {
        return (Match.Near) MATCHER.match(LicenseText.of(text));
    }

    private static Match exact(String key, String text) {
        return new Match.Exact(key, Document.LICENSE, LicenseText.of(text).digest());
    }
}
