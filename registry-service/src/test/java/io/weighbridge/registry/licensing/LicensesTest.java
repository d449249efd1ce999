package io.weighbridge.registry.licensing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.LicenseChange.Concluded;
import io.weighbridge.registry.catalog.LicenseChange.Declared;
import io.weighbridge.registry.catalog.LicenseChange.Detected;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.catalog.ModelRef;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When claims about a license are in conflict, and what a conclusion settles. */
final class LicensesTest {
    private static final Author ROSA = Author.api("Rosa");
    private final Licenses licenses = new Licenses(TermsReader.shipped());

    @Test
    void claims_of_one_license_agree_however_they_spell_it() {
        assertThat(conflict(declared("apache-2.0"))).isFalse();
        assertThat(conflict(declared("apache-2.0"), detected(" Apache-2.0"))).isFalse();
        assertThat(conflict(declared("gemma-tou"), detected("LicenseRef-Gemma")))
                .isFalse();
        assertThat(conflict(declared("other"), detected("mit"))).isFalse();
    }

    @Test
    void claims_of_two_licenses_are_a_conflict_until_a_reviewer_concludes() {
        assertThat(conflict(declared("apache-2.0"), detected("mit"))).isTrue();
        assertThat(conflict(declared("gemma"), detected("gemma2"))).isTrue();
        assertThat(conflict(declared("apache-2.0"), detected("mit"), concluded("MIT")))
                .isFalse();
    }

    @Test
    void a_tag_beside_a_name_of_another_license_is_a_conflict_by_itself() {
        var jamba = new Declared(new Declaration("apache-2.0", "jamba-open-model-license", null));
        assertThat(conflict(jamba)).isTrue();
        assertThat(conflict(new Declared(new Declaration("other", "modified-mit", null))))
                .isFalse();
    }

    @Test
    void a_text_that_we_have_not_read_contradicts_any_name() {
        var text = new Detection.Text("LICENSE", "sha256:" + "a".repeat(64), null, false, null);
        assertThat(conflict(declared("mit"), new Detected(new Detection(null, List.of(text)))))
                .isTrue();
    }

    @Test
    void a_later_pull_that_contradicts_the_conclusion_opens_the_conflict_again() {
        assertThat(conflict(declared("mit"), concluded("MIT"), detected("mit"))).isFalse();
        assertThat(conflict(declared("mit"), concluded("MIT"), detected("apache-2.0")))
                .isTrue();
        assertThat(conflict(declared("mit"), concluded("MIT"), detected("apache-2.0"), concluded("MIT")))
                .isFalse();
    }

    @Test
    void a_later_declaration_that_contradicts_the_conclusion_opens_the_conflict_again() {
        var history = history(declared("mit"), concluded("MIT"), declared("gemma"));
        var standing = licenses.standing(history);
        assertThat(standing.conflict()).isTrue();
        assertThat(standing.reasons()).containsExactly("MIT was concluded before anything named gemma");
        assertThat(standing.claim().conflict()).isTrue();
        assertThat(conflict(declared("mit"), concluded("MIT"), declared("MIT"))).isFalse();
    }

    @Test
    void a_claim_that_the_reviewer_had_before_them_does_not_open_it_again() {
        assertThat(conflict(
                        declared("apache-2.0"),
                        detected("mit"),
                        concluded("MIT"),
                        new Detected(Detection.NONE),
                        detected("mit"),
                        detected("apache-2.0")))
                .isFalse();
    }

    @Test
    void a_withdrawn_conclusion_settles_nothing() {
        var standing = licenses.standing(
                history(declared("mit"), concluded("MIT"), new LicenseChange.Withdrawn("asked counsel")));
        assertThat(standing.concluded()).isNull();
        assertThat(standing.conflict()).isFalse();
    }

    @Test
    void entries_conclude_by_any_name_and_are_kept_by_id() {
        assertThat(licenses.resolved(entry("gemma-tou")).concluded())
                .isEqualTo(CatalogEntry.Conclusion.of("LicenseRef-Gemma"));
        assertThat(licenses.resolved(entry(null)).concluded()).isNull();
        assertThatThrownBy(() -> licenses.resolved(entry("no-such")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a/b")
                .hasMessageContaining("'no-such'");
        assertThat(licenses.hint("gemma")).contains("did you mean LicenseRef-Gemma");
    }

    private boolean conflict(LicenseChange... changes) {
        return licenses.standing(history(changes)).conflict();
    }

    private static LicenseHistory history(LicenseChange... changes) {
        var history = LicenseHistory.EMPTY;
        for (var change : changes) {
            history = history.with(change, ROSA, Instant.EPOCH);
        }
        return history;
    }

    private static CatalogEntry entry(@Nullable String concluded) {
        return new CatalogEntry(ModelRef.parse("a/b"), "", "x", concluded, List.of());
    }

    private static Declared declared(String license) {
        return new Declared(Declaration.of(license));
    }

    private static Detected detected(String license) {
        return new Detected(Detection.named(license));
    }

    private static Concluded concluded(String license) {
        return new Concluded(license, "read it", null);
    }
}
