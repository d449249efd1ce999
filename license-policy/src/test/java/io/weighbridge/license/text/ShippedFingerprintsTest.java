package io.weighbridge.license.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The fingerprints that come with the module, against figures established elsewhere and a license that a library carries. */
class ShippedFingerprintsTest {
    private static final List<TextFingerprint> SHIPPED = FingerprintReader.shipped();
    private static final LicenseMatcher MATCHER = new LicenseMatcher(SHIPPED);

    /** SHA-256 of the LICENSE files as their steward publishes them, computed apart from this code. */
    private static final Map<String, String> PUBLISHED = Map.of(
            "llama2", "sha256:e30d9339da533205f88140009e32d62c1d73911b8a0bef0d0b252f549ed8e9c4",
            "llama3", "sha256:6afe79695ec2b066faaacea47584f8581d5d1f2d0d8078970e52be699a383af5",
            "llama3.1", "sha256:bf2eac60b81e5c5f779fc3b4849d3bfacfd63f97f3eb68b44e9c6868c5801712",
            "llama3.2", "sha256:8cc15535a8a34b41888f644b339a1a9eb428af793a4f5e24df58a3e5b1487d74",
            "llama3.3", "sha256:fb58d9a630ccc1dc0d08f8c00232de56bc73309020f59c8181d0c12ef28d9f8c",
            "llama4", "sha256:6b346865267ef58a4592287a99e9417178223c9300e9da361ce7801be6dea61f");

    @Test
    void the_published_llama_files_are_among_the_raw_digests() {
        var raw = SHIPPED.stream()
                .filter(print -> PUBLISHED.containsKey(print.key()) && print.document() == Document.LICENSE)
                .collect(Collectors.toMap(
                        TextFingerprint::key, print -> print.rawDigests().getFirst()));
        assertThat(raw).isEqualTo(PUBLISHED);
    }

    @Test
    void apache_2_as_a_library_carries_it_is_recognized() throws IOException {
        assertThat(MATCHER.match(apache()))
                .isInstanceOfSatisfying(
                        Match.Exact.class, exact -> assertThat(exact.key()).isEqualTo("apache-2.0"));
    }

    @Test
    void apache_2_with_a_filled_in_notice_or_without_its_appendix_is_recognized() throws IOException {
        var text = new String(apache());
        var filled = text.replace("Copyright [yyyy] [name of copyright owner]", "Copyright 2024 Example Models, Inc.");
        var cut = text.substring(0, text.indexOf("APPENDIX"));
        assertThat(filled).isNotEqualTo(text);
        assertThat(MATCHER.match(LicenseText.of(filled))).isInstanceOf(Match.Exact.class);
        assertThat(MATCHER.match(LicenseText.of(cut))).isInstanceOf(Match.Exact.class);
    }

    @Test
    void apache_2_with_one_more_clause_is_not_apache_2() throws IOException {
        var text =
                new String(apache()).replace("END OF TERMS", "10. Field of Use. No military use.\n\n   END OF TERMS");
        assertThat(MATCHER.match(LicenseText.of(text))).isInstanceOfSatisfying(Match.Near.class, near -> {
            assertThat(near.key()).isEqualTo("apache-2.0");
            assertThat(near.addedClauses()).extracting(LicenseText.Clause::text).contains("No military use.");
            assertThat(near.missingClauses()).isEmpty();
        });
    }

    @Test
    void licenses_that_go_by_one_name_are_told_apart() {
        for (var keys : FingerprintReader.shippedNames().names().values()) {
            var digests = SHIPPED.stream()
                    .filter(print -> keys.contains(print.key()) && print.document() == Document.LICENSE)
                    .collect(Collectors.groupingBy(
                            TextFingerprint::digest, Collectors.mapping(TextFingerprint::key, Collectors.toSet())));
            assertThat(digests.values())
                    .allSatisfy(sameText -> assertThat(sameText).hasSize(1));
        }
    }

    @Test
    void most_known_licenses_have_a_fingerprint() {
        var keys = SHIPPED.stream().map(TextFingerprint::key).collect(Collectors.toCollection(LinkedHashSet::new));
        assertThat(keys)
                .hasSizeGreaterThanOrEqualTo(39)
                .contains("kimi-k2-modified-mit", "minimax-m2-modified-mit", "minimax-model-license")
                .contains("tencent-hunyuan", "tencent-hunyuan-3d-2.0", "gpt-oss", "gpt-2-modified-mit", "gemma-tou");
    }

    @Test
    void every_fingerprint_and_every_name_leads_to_terms() {
        var terms = TermsReader.shipped().all().stream().map(Terms::key).collect(Collectors.toSet());
        assertThat(SHIPPED).extracting(TextFingerprint::key).isSubsetOf(terms);
        var names = FingerprintReader.shippedNames();
        assertThat(names.names().values()).allSatisfy(keys -> assertThat(keys).isSubsetOf(terms));
        assertThat(names.links().values()).allSatisfy(keys -> assertThat(keys).isSubsetOf(terms));
    }

    @Test
    void ids_and_aliases_of_terms_are_names_we_know() {
        var names = FingerprintReader.shippedNames();
        for (var terms : TermsReader.shipped().all()) {
            for (var name : Stream.concat(Stream.of(terms.id()), terms.aliases().stream())
                    .toList()) {
                assertThat(names.named(name)).as(name).contains(terms.key());
            }
        }
    }

    @Test
    void texts_from_unrelated_stewards_stay_far_below_the_threshold() {
        var apart = List.of("gemma-tou", "llama3.1", "mit", "apple-amlr", "stability-community", "cc-by-nc-4.0");
        var prints = SHIPPED.stream()
                .filter(print -> apart.contains(print.key()) && print.document() == Document.LICENSE)
                .toList();
        for (var one : prints) {
            for (var other : prints) {
                if (!one.key().equals(other.key())) {
                    assertThat(Sketch.decode(one.sketch()).similarity(Sketch.decode(other.sketch())))
                            .as("%s and %s", one.key(), other.key())
                            .isLessThan(LicenseMatcher.NEAR_SIMILARITY_MIN / 2);
                }
            }
        }
    }

    /** The license inside a library that these tests run with. */
    private static byte[] apache() throws IOException {
        var jar = ObjectMapper.class.getProtectionDomain().getCodeSource().getLocation();
        try (var in =
                java.net.URI.create("jar:" + jar + "!/META-INF/LICENSE").toURL().openStream()) {
            return in.readAllBytes();
        }
    }
}
