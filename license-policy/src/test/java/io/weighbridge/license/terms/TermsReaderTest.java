package io.weighbridge.license.terms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TermsReaderTest {
    private static final String GOOD = """
            key: test
            id: LicenseRef-Test
            aliases: [Other]
            name: Test
            version: 3
            url: about:blank
            steward: nobody
            class: permissive
            summary: for tests
            grants: [{id: use, section: s, text: use it, act: serve, confidence: high, provenance: quoted}]
            conditions: []
            obligations: []
            restrictions: [{id: never, section: s, text: not this, axis: conduct, when: {purposes: [hate]}, confidence: high, provenance: quoted}]
            outputs: {id: output, section: s, text: output is free, rule: free, confidence: high, provenance: quoted}
            naming: []
            policies: []
            """;

    @Test
    void the_shipped_terms_are_found_by_id_and_alias() {
        var catalog = TermsReader.shipped();
        assertThat(catalog.find("Apache-2.0")).isSameAs(catalog.find("apache-2.0"));
        assertThat(catalog.find("LicenseRef-scancode-gemma-tou-2025-03-24")).isSameAs(catalog.find("LicenseRef-Gemma"));
        assertThat(catalog.find("gemma")).isNull();
        assertThat(catalog.all()).allSatisfy(terms -> assertThat(terms.digest()).matches("sha256:[0-9a-f]{64}"));
    }

    @Test
    void the_digest_covers_every_byte() {
        assertThat(read(GOOD).digest()).isNotEqualTo(read(GOOD + "# note").digest());
        assertThat(read(GOOD).version()).isEqualTo(3);
    }

    @Test
    void a_mistyped_key_cannot_drop_a_restriction() {
        assertThatThrownBy(() -> read(GOOD.replace("restrictions:", "restriction:")))
                .hasMessageContaining("test.yaml")
                .hasMessageContaining("restriction");
        assertThatThrownBy(() -> read(GOOD.replace("axis: conduct", "axes: conduct")))
                .hasMessageContaining("axes");
    }

    @Test
    void a_wrong_word_is_named() {
        assertThatThrownBy(() -> read(GOOD.replace("purposes: [hate]", "purposes: [hatred]")))
                .hasMessageContaining("hatred");
        assertThatThrownBy(() -> read(GOOD.replace("act: serve", "act: sell"))).hasMessageContaining("sell");
        assertThatThrownBy(() -> read(GOOD.replace("version: 3", "version: 0"))).hasMessageContaining("version");
        assertThatThrownBy(() -> read(GOOD.replace("id: never,", "id: use,"))).hasMessageContaining("two clauses");
        assertThatThrownBy(() -> read(GOOD.replace("purposes: [hate]", "countries: [NO], of: tenant")))
                .hasMessageContaining("quote");
        assertThatThrownBy(() -> read("a: [")).hasMessageContaining("not YAML");
    }

    @Test
    void only_a_duty_can_depend_on_being_made_from_the_model() {
        var duty = GOOD.replace(
                "obligations: []",
                "obligations: [{id: say, section: s, text: say it, on: serve, when: {all: [derived-model, nonprofit]},"
                        + " channel: display, value: Made from Test, confidence: high, provenance: quoted}]");
        assertThat(read(duty).obligations()).hasSize(1);
        assertThatThrownBy(() -> read(GOOD.replace("when: {purposes: [hate]}", "when: {not: derived-model}")))
                .hasMessageContaining("clause never")
                .hasMessageContaining("derived-model");
        assertThatThrownBy(() -> read(GOOD.replace("when: {", "unless: {any: [derived-model]}, when: {")))
                .hasMessageContaining("derived-model");
    }

    @Test
    void a_terms_file_has_a_size_limit() {
        var limit = TermsReader.TERMS_BYTES_MAX;
        var padded = GOOD + "#".repeat(limit - GOOD.length());
        assertThat(read(padded).id()).isEqualTo("LicenseRef-Test");
        assertThatThrownBy(() -> read(padded + "#")).hasMessageContaining("at most " + limit);
    }

    @Test
    void purposes_are_written_in_lower_case_with_hyphens() {
        assertThat(Purpose.parse(" Software-Development ")).isEqualTo(Purpose.SOFTWARE_DEVELOPMENT);
        assertThat(Purpose.parse("world domination")).isEqualTo(Purpose.UNRECOGNIZED);
        assertThat(Purpose.HIGH_STAKES_DECISIONS.code()).isEqualTo("high-stakes-decisions");
    }

    private static Terms read(String yaml) {
        return TermsReader.read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }
}
