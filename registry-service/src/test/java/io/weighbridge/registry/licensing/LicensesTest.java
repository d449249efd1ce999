package io.weighbridge.registry.licensing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.text.FingerprintReader;
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
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When claims about a license are in conflict, and what a conclusion settles. */
final class LicensesTest {
    private static final String DIGEST = "sha256:" + "d".repeat(64);
    private static final Author ROSA = Author.api("Rosa");
    private final Licenses licenses = Licenses.shipped();

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
    void a_name_that_several_licenses_go_by_agrees_with_each_of_them() {
        var modified = new Declared(new Declaration("other", "modified-mit", null));
        assertThat(conflict(modified, text("LICENSE", "kimi-k2-modified-mit"))).isFalse();
        assertThat(conflict(modified, text("LICENSE", "llama3.1"))).isTrue();
        var hunyuan = new Declared(new Declaration("other", "tencent-hunyuan-community", null));
        assertThat(conflict(hunyuan, concluded("tencent-hunyuan"), text("LICENSE", "tencent-hunyuan")))
                .isFalse();
        assertThat(conflict(hunyuan, concluded("tencent-hunyuan"), text("LICENSE", "tencent-hunyuan-3d-2.0")))
                .isTrue();
    }

    @Test
    void a_use_policy_beside_the_license_is_no_other_license() {
        assertThat(conflict(declared("apache-2.0"), concluded("gpt-oss"), text("LICENSE", "apache-2.0")))
                .isFalse();
        var policy = new Detected(
                new Detection(null, List.of(new Detection.Text("USAGE_POLICY", DIGEST, "gpt-oss", true, null))));
        assertThat(conflict(declared("apache-2.0"), concluded("gpt-oss"), policy))
                .isFalse();
        assertThat(conflict(declared("apache-2.0"), concluded("apache-2.0"), policy))
                .isTrue();
    }

    @Test
    void licenses_of_code_and_data_say_nothing_about_the_weights() {
        assertThat(conflict(declared("gemma"), concluded("gemma-tou"), text("LICENSE-CODE", "apache-2.0")))
                .isFalse();
        assertThat(conflict(declared("gemma"), concluded("gemma-tou"), text("LICENSE", "apache-2.0")))
                .isTrue();
    }

    @Test
    void a_link_to_another_license_opens_a_conclusion_again() {
        var linked = new Declared(new Declaration("mit", null, "https://ai.google.dev/gemma/terms"));
        assertThat(conflict(declared("mit"), concluded("MIT"), linked)).isTrue();
        var elsewhere = new Declared(new Declaration("mit", null, "https://example.org/LICENSE"));
        assertThat(conflict(declared("mit"), concluded("MIT"), elsewhere)).isFalse();
    }

    @Test
    void the_digest_of_the_concluded_text_is_that_of_the_file_or_of_the_only_known_text() {
        var bloom = licenses.standing(history(declared("bigscience-bloom-rail-1.0"), concluded("bloom-rail-1.0")));
        assertThat(bloom.textDigest()).startsWith("sha256:");
        assertThat(licenses.standing(history(declared("mit"), concluded("MIT"))).textDigest())
                .as("MIT has several texts")
                .isNull();
        var mit = Objects.requireNonNull(licenses.find("mit"));
        assertThat(licenses.textDigest(((Detected) text("LICENSE", "mit")).detection(), mit))
                .isEqualTo(DIGEST);
    }

    @Test
    void every_text_and_name_that_is_recognized_is_of_a_license_with_terms() {
        assertThat(FingerprintReader.shipped())
                .allSatisfy(print ->
                        assertThat(licenses.find(print.key())).as(print.key()).isNotNull());
        assertThat(FingerprintReader.shippedNames().names().values())
                .allSatisfy(keys -> assertThat(keys)
                        .allSatisfy(
                                key -> assertThat(licenses.find(key)).as(key).isNotNull()));
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
        assertThat(standing.reasons()).containsExactly("'gemma' was named after MIT had been concluded");
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

    private static LicenseChange text(String path, String key) {
        return new Detected(new Detection(null, List.of(new Detection.Text(path, DIGEST, key, false, null))));
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
