package io.weighbridge.license.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.text.Claims.Declaration;
import io.weighbridge.license.text.Claims.Detection;
import io.weighbridge.license.text.Claims.Resolution;
import io.weighbridge.license.text.Claims.Standing;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ClaimsTest {
    private static final Claims CLAIMS = new Claims(FingerprintReader.shippedNames());

    /** Columns: model the case is taken from, card license, name, link, text in LICENSE; then key declared, standing. */
    @ParameterizedTest(name = "{0}: {1} {2} with {4} is {6}")
    @CsvSource(nullValues = "-", textBlock = """
            Qwen2.5-7B,              apache-2.0, -, -, apache-2.0,                                       apache-2.0, AGREED
            Qwen2.5-3B,              other, qwen-research, -, -,                                         qwen-research, DECLARED_ONLY
            Qwen2.5-72B,             other, qwen, -, qwen-2024,                                          qwen-2024, AGREED
            Qwen2.5-72B mislabeled,  apache-2.0, -, -, qwen-2024,                                        apache-2.0, CONFLICT
            Ministral-8B-2410,       other, mrl, https://mistral.ai/licenses/MRL-0.1.md, -,              mistral-mrl-0.1, DECLARED_ONLY
            Ministral-3-8B-2512,     apache-2.0, -, -, apache-2.0,                                       apache-2.0, AGREED
            Gemma 3,                 gemma, -, -, gemma-tou,                                             gemma-tou, AGREED
            Gemma 4,                 apache-2.0, -, https://ai.google.dev/gemma/apache_2, apache-2.0,    apache-2.0, AGREED
            Gemma 4 with old terms,  apache-2.0, -, https://ai.google.dev/gemma/terms, -,                -, CONFLICT
            Kimi-K2,                 other, modified-mit, -, kimi-k2-modified-mit,                       -, AGREED
            MiniMax-M2,              other, modified-mit, -, minimax-m2-modified-mit,                    -, AGREED
            no text,                 other, modified-mit, -, -,                                          -, UNKNOWN
            plain MIT as modified,   other, modified-mit, -, mit,                                        -, CONFLICT
            Hunyuan-A13B,            other, tencent-hunyuan-community, -, tencent-hunyuan,               -, AGREED
            Hunyuan3D-2,             other, tencent-hunyuan-community, -, tencent-hunyuan-3d-2.0,        -, AGREED
            Hunyuan without text,    other, tencent-hunyuan-community, -, -,                             -, UNKNOWN
            Jamba,                   apache-2.0, jamba-open-model-license, -, -,                         -, CONFLICT
            Jamba with Apache text,  apache-2.0, jamba-open-model-license, -, apache-2.0,                -, CONFLICT
            custom name on MIT,      mit, our-own-license, -, -,                                         -, CONFLICT
            GPT-2,                   mit, -, -, gpt-2-modified-mit,                                      mit, CONFLICT
            Llama 3.1,               llama3.1, -, -, llama3.1,                                           llama3.1, AGREED
            Llama 3.1 tag on 3,      llama3.1, -, -, llama3,                                             llama3.1, CONFLICT
            other only,              other, -, -, -,                                                     -, UNKNOWN
            other with text,         other, -, -, yi-1.0,                                                -, DETECTED_ONLY
            nothing,                 -, -, -, -,                                                         -, UNKNOWN
            unknown tag,             frobnicate-1.0, -, -, -,                                            -, UNKNOWN
            unknown tag with text,   frobnicate-1.0, -, -, mit,                                          -, CONFLICT
            unknown name with text,  other, acme-license, -, mit,                                        -, CONFLICT
            SPDX spelling,           Apache-2.0, Apache License 2.0, -, apache-2.0,                      apache-2.0, AGREED
            SPDX expression,         Apache-2.0 OR MIT, -, -, -,                                         -, UNKNOWN
            exception,               Apache-2.0 WITH LLVM-exception, -, -, apache-2.0,                   -, CONFLICT
            reference,               LicenseRef-scancode-qwen-2024, -, -, qwen-2024,                     qwen-2024, AGREED
            openrail family,         openrail, -, -, bloom-rail-1.0,                                     -, AGREED
            link alone,              other, -, https://ai.google.dev/gemma/terms, -,                     gemma-tou, DECLARED_ONLY
            link to a file,          other, qwen, https://example.org/Qwen/blob/main/LICENSE, qwen-2024, qwen-2024, AGREED
            """)
    void a_card_and_a_license_file_are_weighed(
            String model,
            @Nullable String license,
            @Nullable String name,
            @Nullable String link,
            @Nullable String text,
            @Nullable String declaredKey,
            Standing standing) {
        var files = text == null ? List.<Detection>of() : List.of(exact("LICENSE", text));
        for (var declaration : List.of(Declaration.card(license, name, link), Declaration.gguf(license, name, link))) {
            var resolution = CLAIMS.resolve(List.of(declaration), files);
            assertThat(resolution.declaredKey()).as(model).isEqualTo(declaredKey);
            assertThat(resolution.detectedKey()).as(model).isEqualTo(text);
            assertThat(resolution.standing()).as(model).isEqualTo(standing);
            assertThat(resolution.conflict()).as(model).isEqualTo(standing == Standing.CONFLICT);
            if (standing != Standing.AGREED && standing != Standing.DETECTED_ONLY) {
                assertThat(resolution.identified()).as(model).isNull();
            } else {
                assertThat(resolution.identified()).as(model).isEqualTo(text);
            }
            if (declaredKey == null || standing == Standing.CONFLICT) {
                assertThat(resolution.reasons()).as(model).isNotEmpty();
            }
        }
    }

    @Test
    void an_ambiguous_name_lists_what_it_can_mean() {
        var resolution = CLAIMS.resolve(List.of(Declaration.card("other", "modified-mit", null)), List.of());
        assertThat(resolution.candidates()).contains("kimi-k2-modified-mit", "kimi-k3", "minimax-m2-modified-mit");
        assertThat(resolution.reasons())
                .singleElement()
                .asString()
                .contains("kimi-k2-modified-mit or kimi-k3", "only the text");
    }

    @Test
    void a_near_text_is_a_conflict_that_quotes_its_clauses_when_a_license_is_named() {
        var resolution = CLAIMS.resolve(
                List.of(Declaration.card("mit", null, null)), List.of(new Detection("LICENSE", nearMit())));
        assertThat(resolution.standing()).isEqualTo(Standing.CONFLICT);
        assertThat(resolution.detectedKey()).isNull();
        assertThat(resolution.reasons().toString())
                .contains("resembles mit", "\"Pay one coin.\"", "lacks or changes clause 0/3");
    }

    @Test
    void a_reason_quotes_no_more_than_its_limits() {
        var longest = new LicenseText.Clause("0", "x".repeat(Claims.QUOTE_CHARS_MAX + 1), "0123456789abcdef");
        var near = new Match.Near(
                "mit",
                Document.LICENSE,
                0.9,
                java.util.Collections.nCopies(Claims.CLAUSES_QUOTED_MAX + 2, longest),
                java.util.Collections.nCopies(Claims.CLAUSES_QUOTED_MAX, "7"));
        var reasons = CLAIMS.resolve(List.of(), List.of(new Detection("LICENSE", near)))
                .reasons();
        assertThat(reasons.getLast())
                .contains("x".repeat(Claims.QUOTE_CHARS_MAX) + "...", " and 2 more; it lacks")
                .doesNotContain("x".repeat(Claims.QUOTE_CHARS_MAX + 1))
                .endsWith("7");
    }

    @Test
    void a_near_or_unread_text_is_unknown_when_no_license_is_named() {
        for (var match : List.of(nearMit(), new Match.None())) {
            var resolution = CLAIMS.resolve(List.of(), List.of(new Detection("LICENSE.md", match)));
            assertThat(resolution.standing()).isEqualTo(Standing.UNKNOWN);
            assertThat(resolution.identified()).isNull();
        }
    }

    @Test
    void a_known_text_beside_an_unread_one_is_not_identified() {
        var files = List.of(exact("LICENSE", "mit"), new Detection("LICENSE-2", new Match.None()));
        assertThat(CLAIMS.resolve(List.of(), files).standing()).isEqualTo(Standing.UNKNOWN);
        assertThat(CLAIMS.resolve(List.of(Declaration.card("mit", null, null)), files)
                        .standing())
                .isEqualTo(Standing.CONFLICT);
    }

    @Test
    void two_known_texts_are_a_conflict() {
        var resolution = CLAIMS.resolve(List.of(), List.of(exact("LICENSE", "mit"), exact("COPYING", "apache-2.0")));
        assertThat(resolution.standing()).isEqualTo(Standing.CONFLICT);
    }

    @Test
    void the_license_of_the_weights_is_not_that_of_the_code() {
        var files = List.of(exact("LICENSE-CODE", "mit"), exact("LICENSE-MODEL", "deepseek-1.0"));
        var resolution = CLAIMS.resolve(List.of(Declaration.card("other", "deepseek", null)), files);
        assertThat(resolution.detectedKey()).isEqualTo("deepseek-1.0");
        assertThat(resolution.standing()).isEqualTo(Standing.AGREED);
        assertThat(CLAIMS.resolve(List.of(Declaration.card("mit", null, null)), files)
                        .conflict())
                .isTrue();
        assertThat(CLAIMS.resolve(List.of(), List.of(exact("LICENSE-CODE", "mit")))
                        .detectedKey())
                .isNull();
    }

    @Test
    void apache_with_the_gpt_oss_policy_is_gpt_oss() {
        var files = List.of(exact("LICENSE", "apache-2.0"), policy("gpt-oss"));
        var resolution = CLAIMS.resolve(List.of(Declaration.card("apache-2.0", null, null)), files);
        assertThat(resolution.identified()).isEqualTo("gpt-oss");
        assertThat(resolution.policies()).containsExactly("gpt-oss");
        assertThat(resolution.standing()).isEqualTo(Standing.AGREED);
    }

    @Test
    void a_policy_of_another_license_is_a_conflict_and_an_unread_one_leaves_it_open() {
        var card = List.of(Declaration.card("llama3.1", null, null));
        var right = List.of(exact("LICENSE", "llama3.1"), policy("llama3.1"));
        var wrong = List.of(exact("LICENSE", "llama3.1"), policy("llama3.2"));
        var unread = List.of(exact("LICENSE", "llama3.1"), new Detection("USE_POLICY.md", new Match.None()));
        assertThat(CLAIMS.resolve(card, right).standing()).isEqualTo(Standing.AGREED);
        assertThat(CLAIMS.resolve(card, wrong).standing()).isEqualTo(Standing.CONFLICT);
        assertThat(CLAIMS.resolve(card, unread).standing()).isEqualTo(Standing.UNKNOWN);
        assertThat(CLAIMS.resolve(card, unread).identified()).isNull();
    }

    @Test
    void a_card_and_a_gguf_file_that_differ_are_a_conflict_and_one_can_narrow_the_other() {
        var card = Declaration.card("other", "modified-mit", null);
        var gguf = Declaration.gguf("LicenseRef-scancode-moonshot-ai-modified-mit-2025", null, null);
        assertThat(CLAIMS.resolve(List.of(card, gguf), List.of()).declaredKey()).isEqualTo("kimi-k2-modified-mit");
        assertThat(CLAIMS.resolve(List.of(Declaration.card("mit", null, null), gguf), List.of())
                        .conflict())
                .isTrue();
    }

    @Test
    void a_list_of_licenses_is_ambiguous() {
        var resolution =
                CLAIMS.resolve(List.of(new Declaration("card", List.of("mit", "apache-2.0"), null, null)), List.of());
        assertThat(resolution.declaredKey()).isNull();
        assertThat(resolution.candidates()).containsExactlyInAnyOrder("mit", "apache-2.0");
        assertThat(resolution.standing()).isEqualTo(Standing.UNKNOWN);
    }

    @Test
    void a_model_name_or_family_never_is_a_license() {
        for (var family : List.of("Qwen2.5", "Ministral", "Gemma 3", "llama", "mistral", "Kimi-K2", "hunyuan")) {
            assertThat(CLAIMS.resolve(List.of(Declaration.card(family, null, null)), List.of())
                            .declaredKey())
                    .as(family)
                    .isNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "LICENSE, true, UNSAID",
        "LICENSE.txt, true, UNSAID",
        "license.md, true, UNSAID",
        "COPYING, true, UNSAID",
        "LICENSE-MODEL, true, WEIGHTS",
        "LICENSE_weights_data, true, WEIGHTS",
        "LICENSE-CODE, true, CODE",
        "LICENSE_DATA, true, DATA",
        "MODEL_LICENSE_AGREEMENT.txt, true, WEIGHTS",
        "USE_POLICY.md, true, POLICY",
        "original/LICENSE, true, UNSAID",
        "LICENSE-2.0, true, UNSAID",
        "README.md, false, UNSAID",
        "model.safetensors, false, WEIGHTS",
        "license.py, false, UNSAID",
        "config.json, false, UNSAID"
    })
    void a_file_name_tells_what_its_license_is_for(String file, boolean license, LicenseFiles.Component component) {
        assertThat(LicenseFiles.isLicense(file)).isEqualTo(license);
        assertThat(LicenseFiles.component(file)).isEqualTo(component);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void more_evidence_never_turns_a_conflict_into_a_license(RandomGenerator random) {
        var declarations = new ArrayList<Declaration>();
        var detections = new ArrayList<Detection>();
        boolean conflict = false;
        for (int step = 0; step < 6; step++) {
            if (random.nextBoolean()) {
                declarations.add(Declaration.card(word(random), word(random), null));
            } else {
                detections.add(exact(
                        "LICENSE" + step, io.weighbridge.license.Samples.oneOf(random, "mit", "apache-2.0", "llama3")));
            }
            var resolution = CLAIMS.resolve(declarations, detections);
            assertThat(conflict && !resolution.conflict()).isFalse();
            assertThat(resolution.identified())
                    .satisfiesAnyOf(
                            key -> assertThat(key).isNull(),
                            key -> assertThat(key).isEqualTo(resolution.detectedKey()));
            conflict = resolution.conflict();
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void random_words_are_weighed_without_an_exception(RandomGenerator random) {
        var bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        var word = new String(bytes, java.nio.charset.StandardCharsets.UTF_16);
        Resolution resolution = CLAIMS.resolve(
                List.of(Declaration.card(word, word, word), Declaration.gguf(null, word, "LICENSE")),
                List.of(new Detection(word, new Match.None())));
        assertThat(resolution.identified()).isNull();
    }

    private static @Nullable String word(RandomGenerator random) {
        var words = Arrays.asList(null, "other", "mit", "apache-2.0", "modified-mit", "llama3", "something-else");
        return words.get(random.nextInt(words.size()));
    }

    private static Match nearMit() {
        return new Match.Near(
                "mit",
                Document.LICENSE,
                0.97,
                List.of(new LicenseText.Clause("0/4", "Pay one coin.", "0123456789abcdef")),
                List.of("0/3"));
    }

    private static Detection exact(String file, String key) {
        return new Detection(file, new Match.Exact(key, Document.LICENSE, "sha256:" + "0".repeat(64)));
    }

    private static Detection policy(String key) {
        return new Detection("USAGE_POLICY", new Match.Exact(key, Document.POLICY, "sha256:" + "0".repeat(64)));
    }
}
