package io.weighbridge.license.openness;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.Samples;
import io.weighbridge.license.openness.Evidence.Released;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Both file formats: what they hold, where they end, and that nothing but the named exception comes out of them. */
class FormatsTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 24);
    private static final OpenLicenses LICENSES = OpennessCatalog.shippedLicenses();
    private static final String OURS = """
            model: a/b
            name: b
            producer: a
            access: open
            nature: open
            recorded: {by: us, on: 2026-11-24}
            licenses: {distribution: MIT, data: {name: CC0-1.0, path: about:blank}}
            evidence:
              - {component: model-card, released: full, confidence: high, provenance: artifact, url: about:blank}
              - {component: datasets, released: none, confidence: low, provenance: inferred, by: them, on: 2020-01-01}
            """;
    private static final String TOOL = """
            framework: {name: Model Openness Framework, version: '1.0', date: '2024-12-15'}
            release:
              name: b
              version: 7B
              producer: a
              date: '2024-06-13'
              huggingface: https://huggingface.co/a/b
              license: {distribution: {name: Apache-2.0, path: ''}, data: {name: , path: }}
              components:
                - {name: Model architecture, description: code}
                - {name: Model parameters (Final), license: MIT, license_path: /LICENSE, component_path: /model}
                - {name: Model card, license: unlicensed}
                - {name: Data card, license: ''}
                - {name: Datasets, license: Component Component not included}
            """;

    @Test
    void a_record_says_who_and_when_once_or_for_each_piece() {
        var model = ours(OURS);
        assertThat(model.of(Component.MODEL_CARD))
                .extracting(Evidence::by, Evidence::on)
                .containsExactly("us", TODAY);
        assertThat(model.of(Component.DATASETS))
                .extracting(Evidence::by, Evidence::on)
                .containsExactly("them", LocalDate.of(2020, 1, 1));
        assertThat(model.licenseOf(Component.FINAL_PARAMETERS)).isEqualTo("CC0-1.0");
        assertThatThrownBy(() -> ours(OURS.replace("recorded: {by: us, on: 2026-11-24}\n", "")))
                .hasMessageContaining("model-card")
                .hasMessageContaining("'on' is needed");
    }

    @Test
    void a_mistake_is_named() {
        refused("evidence:", "evidense:", "unknown key 'evidense'");
        refused("released: full", "released: yes", "'released' cannot be");
        refused("component: model-card", "component: model card", "'component' cannot be 'model card'");
        refused("component: datasets", "component: model-card", "listed twice");
        refused("on: 2026-11-24", "on: yesterday", "must be a date");
        refused("url: about:blank", "digest: sha256:1", "64 hex digits");
        refused("released: none", "released: none, license: MIT", "has no license");
        refused("name: b", "name: b\nname: c", "not YAML");
        refused("access: open", "access: open\ntrainingFlops: many", "must be a number");
        refused("access: open", "access: open\ntrainingFlops: -1", "more than 0");
        assertThatThrownBy(() -> ours("[]")).hasMessage("test.yaml: the file must hold keys and values");
        assertThatThrownBy(() -> ours("")).hasMessageContaining("test.yaml");
    }

    @Test
    void the_tools_entry_is_read_as_claims() {
        var model = tool(TOOL);
        assertThat(model.id()).isEqualTo("a/b");
        assertThat(model.licenseOf(Component.MODEL_ARCHITECTURE)).isEqualTo("Apache-2.0");
        assertThat(model.licenseOf(Component.FINAL_PARAMETERS)).isEqualTo("MIT");
        assertThat(model.licenseOf(Component.MODEL_CARD)).isNull();
        assertThat(model.licenseOf(Component.DATA_CARD))
                .as("an empty license is none")
                .isNull();
        assertThat(model.of(Component.DATASETS)).extracting(Evidence::released).isEqualTo(Released.NONE);
        assertThat(model.evidence()).noneMatch(piece -> piece.confidence().decides());
        var report = OpennessReport.of(model, OpennessCatalog.shippedLicenses(), null);
        assertThat(report.claimed().progress(OpennessClass.III)).isEqualTo(33);
        assertThat(report.shown().progress(OpennessClass.III)).isZero();
        assertThat(MotFormat.recognizes(TOOL.getBytes(UTF_8))).isTrue();
        assertThat(MotFormat.recognizes(OURS.getBytes(UTF_8))).isFalse();
    }

    @Test
    void export_and_import_of_the_tools_format_agree() {
        var model = tool(TOOL);
        var exported = MotFormat.write(model);
        var again = MotFormat.read("again", exported, "us", TODAY);
        assertThat(again.evidence())
                .isEqualTo(model.evidence().stream()
                        .filter(piece -> piece.released() == Released.FULL)
                        .toList());
        assertThat(again.release()).isEqualTo(model.release());
        assertThat(again.licenses()).isEqualTo(model.licenses());
        assertThat(new String(exported, UTF_8))
                .contains("name: Model Openness Framework", "version: \"1.0\"", "component_path: /model");
    }

    @Test
    void an_entry_that_the_tool_would_not_take_is_refused() {
        assertThatThrownBy(() -> tool(TOOL.replace("Model card", "Model cart"))).hasMessageContaining("'Model cart'");
        assertThatThrownBy(() -> tool(TOOL.replace("Model Openness Framework", "Other")))
                .hasMessageContaining("'Other'");
        assertThatThrownBy(() -> tool("framework: {name: Model Openness Framework}"))
                .hasMessageContaining("'release'");
    }

    @Test
    void files_texts_and_lists_have_limits() {
        var padded = OURS + "#".repeat(EvidenceFormat.FILE_BYTES_MAX - OURS.length());
        assertThat(ours(padded).id()).isEqualTo("a/b");
        assertThatThrownBy(() -> ours(padded + "#")).hasMessageContaining("at most " + EvidenceFormat.FILE_BYTES_MAX);

        var longest = "x".repeat(Fields.TEXT_CHARS_MAX);
        assertThat(ours(OURS + "difference: " + longest).difference()).isEqualTo(longest);
        assertThatThrownBy(() -> ours(OURS + "difference: x" + longest))
                .hasMessageContaining("the limit is " + Fields.TEXT_CHARS_MAX);

        assertThat(ours(OURS + aliases(EvidenceFormat.ALIASES_MAX)).aliases()).hasSize(EvidenceFormat.ALIASES_MAX);
        assertThatThrownBy(() -> ours(OURS + aliases(EvidenceFormat.ALIASES_MAX + 1)))
                .hasMessageContaining("the limit is " + EvidenceFormat.ALIASES_MAX);
    }

    @Test
    void there_are_no_more_pieces_of_evidence_than_components() {
        var all = Arrays.stream(Component.values())
                .map(c -> "    - {name: '%s'}\n".formatted(c.label()))
                .collect(Collectors.joining());
        var start = TOOL.substring(0, TOOL.indexOf("    - {name"));
        assertThat(tool(start + all).evidence()).hasSize(ModelEvidence.EVIDENCE_COUNT_MAX);
        assertThatThrownBy(() -> tool(start + all + "    - {name: Datasets}\n"))
                .hasMessageContaining("the limit is " + ModelEvidence.EVIDENCE_COUNT_MAX);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void damaged_files_give_a_record_or_the_documented_exception(RandomGenerator random) {
        for (int i = 0; i < 50; i++) {
            var bytes = damaged(random, Samples.oneOf(random, OURS, TOOL));
            MotFormat.recognizes(bytes);
            attempt(() -> EvidenceFormat.read("fuzz", bytes));
            attempt(() -> MotFormat.read("fuzz", bytes, "us", TODAY));
        }
    }

    private static void attempt(Supplier<ModelEvidence> read) {
        try {
            ReportTree.of(OpennessReport.of(read.get(), LICENSES, null));
        } catch (IllegalArgumentException documented) {
            assertThat(documented).hasMessageStartingWith("fuzz: ");
        }
    }

    private static byte[] damaged(RandomGenerator random, String text) {
        var damaged = new StringBuilder(text);
        for (int i = random.nextInt(6); i >= 0 && !damaged.isEmpty(); i--) {
            var at = random.nextInt(damaged.length());
            switch (random.nextInt(4)) {
                case 0 -> damaged.setCharAt(at, (char) random.nextInt(256));
                case 1 -> damaged.deleteCharAt(at);
                case 2 ->
                    damaged.insert(
                            at,
                            Samples.oneOf(
                                    random,
                                    "[",
                                    "{",
                                    "}",
                                    "- ",
                                    ": ",
                                    "&a ",
                                    "*a",
                                    "!!int ",
                                    "\n",
                                    "'",
                                    "? ",
                                    "[[[[[[[[",
                                    "<<: ",
                                    "1e999",
                                    "!!binary x",
                                    "%",
                                    "|",
                                    "~",
                                    "0x",
                                    "\t",
                                    "...",
                                    "---\n"));
                default -> {
                    var end = Math.min(damaged.length(), at + random.nextInt(40));
                    damaged.insert(random.nextInt(damaged.length()), damaged.substring(at, end));
                }
            }
        }
        return damaged.toString().getBytes(random.nextBoolean() ? UTF_8 : ISO_8859_1);
    }

    private static String aliases(int count) {
        return IntStream.range(0, count).mapToObj(i -> "a/" + i).collect(Collectors.joining(", ", "aliases: [", "]\n"));
    }

    private static void refused(String part, String wrong, String message) {
        assertThatThrownBy(() -> ours(OURS.replace(part, wrong)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("test.yaml: ")
                .hasMessageContaining(message);
    }

    private static ModelEvidence ours(String yaml) {
        return EvidenceFormat.read("test.yaml", yaml.getBytes(UTF_8));
    }

    private static ModelEvidence tool(String yaml) {
        return MotFormat.read("test.yml", yaml.getBytes(UTF_8), "us", TODAY);
    }
}
