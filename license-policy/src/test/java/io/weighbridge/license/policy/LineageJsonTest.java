package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.YearMonth;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineageJsonTest {
    @Test
    void a_model_is_read_with_everything_known_about_it() {
        var nodes = read("""
                models:
                  - model: acme/tuned
                    license: {declared: other, detected: MIT, concluded: MIT, conflict: false}
                    multimodal: false
                    released: '2024-04'
                    madeFrom: [{model: acme/base, relation: distilled-from-output}]
                  - {model: acme/base, license: {declared: mit}}
                """);

        assertThat(nodes)
                .containsExactly(
                        new Lineage.Node(
                                "acme/tuned",
                                new Traits(Answer.NO, YearMonth.of(2024, 4)),
                                new LicenseClaim("other", "MIT", "MIT", false),
                                List.of(new Lineage.Origin("acme/base", Relation.DISTILLED_FROM_OUTPUT))),
                        new Lineage.Node(
                                "acme/base", Traits.UNKNOWN, new LicenseClaim("mit", null, null, false), List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "models: []                                                      | at least one model",
                "[]                                                              | must be a mapping",
                "{models: [{model: a}], cases: []}                               | unknown key 'cases'",
                "models: [{license: {declared: mit}}]                            | 'model' is missing",
                "models: [{model: a}]                                            | 'license' must be a mapping",
                "models: [{model: a, license: {concluded: mit}}]                 | 'declared' is missing",
                "models: [{model: a, license: {declared: mit, conclude: mit}}]   | unknown key 'conclude'",
                "models: [{model: a, license: {declared: mit}, released: 2024}]  | 'released' must be a text",
                "models: [{model: a, license: {declared: mit}, released: May}]   | a month such as",
                "models: [{model: a, license: {declared: mit}, multimodal: 7}] | true or false",
                "models: [{model: a, license: {declared: mit}, madeFrom: b}]     | must be a list",
                "models: [{model: a, license: {declared: mit}, madeFrom: [{model: b, relation: cousin}]}] | known: fine-tune",
                "models: [                                                       | neither YAML nor JSON",
            })
    void what_is_wrong_is_named(String text, String reason) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("models.yaml: ")
                .hasMessageContaining(reason);
    }

    @Test
    void a_file_has_at_most_so_many_bytes() {
        var largest = new byte[LineageJson.MODELS_BYTES_MAX];
        java.util.Arrays.fill(largest, (byte) ' ');
        var head = "{\"models\": [{\"model\": \"a\", \"license\": {\"declared\": \"mit\"}}]}"
                .getBytes(StandardCharsets.UTF_8);
        System.arraycopy(head, 0, largest, 0, head.length);

        assertThat(LineageJson.read("models.json", largest)).hasSize(1);
        assertThatThrownBy(() -> LineageJson.read("models.json", java.util.Arrays.copyOf(largest, largest.length + 1)))
                .hasMessageContaining("at most");
    }

    @Test
    void a_file_has_at_most_so_many_models() {
        var one = "{\"model\":\"a\",\"license\":{\"declared\":\"mit\"}}";
        var most = "{\"models\":[" + (one + ",").repeat(LineageJson.MODELS_MAX - 1) + one + "]}";

        assertThat(read(most)).hasSize(LineageJson.MODELS_MAX);
        assertThatThrownBy(() -> read(most.replace("]}", "," + one + "]}"))).hasMessageContaining("at most");
    }

    private static List<Lineage.Node> read(String text) {
        return LineageJson.read("models.yaml", text.getBytes(StandardCharsets.UTF_8));
    }
}
