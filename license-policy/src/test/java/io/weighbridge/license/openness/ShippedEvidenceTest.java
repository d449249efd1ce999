package io.weighbridge.license.openness;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.terms.TermsReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every record that comes with the module, and what is computed from it. */
class ShippedEvidenceTest {
    private static final OpennessCatalog CATALOG = OpennessCatalog.shipped();

    static List<ModelEvidence> records() {
        return CATALOG.all();
    }

    /**
     * The last column is what the Model Openness Tool's rules make of the tool's own entry for the model; where it differs
     * from ours, the record says why.
     */
    @ParameterizedTest
    @CsvSource({
        "openai-community/gpt2,               NONE, 0,   0,   0,   open-weights, 17/0/0",
        "meta-llama/Meta-Llama-3-8B,          NONE, 0,   0,   0,   open-weights, 0/0/0",
        "mistralai/Mistral-7B-v0.1,           NONE, 33,  0,   0,   open-weights, 33/0/0",
        "bigscience/bloom,                    NONE, 50,  0,   0,   open-weights, 17/0/0",
        "openai/gpt-oss-20b,                  NONE, 83,  0,   0,   open-weights, 83/0/0",
        "HuggingFaceTB/SmolLM2-135M-Instruct, NONE, 83,  0,   0,   open-source,  ",
        "allenai/OLMo-7B,                     I,    100, 100, 100, open-source,  100/100/100",
        "google/gemma-2-2b-it,                NONE, 33,  0,   0,   open-weights, 17/0/0",
        "google/gemma-3-270m,                 NONE, 17,  0,   0,   open-weights, ",
        "Qwen/Qwen2.5-7B,                     NONE, 33,  0,   0,   open-weights, 33/0/0"
    })
    void classes_and_progress_are_computed_from_the_evidence(
            String id, OpennessClass reached, int third, int second, int first, String kind, String tool) {
        var report = report(id);

        assertThat(report.shown().reached()).isEqualTo(reached);
        assertThat(List.of(
                        report.shown().progress(OpennessClass.III),
                        report.shown().progress(OpennessClass.II),
                        report.shown().progress(OpennessClass.I)))
                .containsExactly(third, second, first);
        assertThat(report.kind().code()).isEqualTo(kind);
        var ours = "%d/%d/%d".formatted(third, second, first);
        assertThat(report.model().difference())
                .contains(ours.equals(tool) ? "Same class and progress" : "Model Openness Tool");
    }

    @ParameterizedTest
    @MethodSource("records")
    void a_record_speaks_of_each_required_component_or_of_its_stand_in_and_says_where_to_look(ModelEvidence model) {
        var missing = new HashSet<>(OpennessClass.I.demands());
        model.evidence().forEach(piece -> missing.remove(piece.component()));
        missing.remove(Component.EVALUATION_DATA);
        missing.remove(Component.TECHNICAL_REPORT);
        assertThat(missing).isEmpty();
        assertThat(model.difference()).isNotBlank();
        for (var piece : model.evidence()) {
            if (piece.provenance() == Evidence.Provenance.INFERRED) {
                assertThat(piece.released()).isEqualTo(Evidence.Released.NONE);
                continue;
            }
            assertThat(piece.url()).as(piece.component().code()).startsWith("https://");
        }
        assertThat(model.trainingFlops()).isLessThan(EuExemption.SYSTEMIC_RISK_FLOPS);
    }

    @ParameterizedTest
    @MethodSource("records")
    void a_record_survives_both_formats(ModelEvidence model) {
        var again = EvidenceFormat.read("again", EvidenceFormat.write(model));
        assertThat(again).isEqualTo(model);

        var exported = MotFormat.write(model);
        assertThat(MotFormat.recognizes(exported)).isTrue();
        var back = MotFormat.read("back", exported, "Weighbridge", LocalDate.of(2026, 11, 24));
        assertThat(MotFormat.write(back)).asString(UTF_8).isEqualTo(new String(exported, UTF_8));
        assertThat(back.licenses()).isEqualTo(model.licenses());
        assertThat(back.release()).isEqualTo(model.release());
        // The tool's format cannot say how sure one is: what is claimed survives, what is shown does not.
        assertThat(CATALOG.report(back).claimed().reached())
                .isEqualTo(CATALOG.report(model).claimed().reached());
        assertThat(CATALOG.report(back).shown().reached()).isEqualTo(OpennessClass.NONE);
    }

    @Test
    void natures_agree_with_the_terms_that_were_read() {
        var terms = TermsReader.shipped();
        for (var model : CATALOG.all()) {
            var license = Objects.requireNonNull(model.licenseOf(Component.FINAL_PARAMETERS));
            var read = Objects.requireNonNull(terms.find(license), license);
            var natures = switch (read.licenseClass()) {
                case PERMISSIVE -> List.of(LicenseNature.OPEN, LicenseNature.PERMISSIVE);
                case THRESHOLD_PERMISSIVE, COMMUNITY -> List.of(LicenseNature.CONDITIONAL);
                case RAIL -> List.of(LicenseNature.USE_RESTRICTED);
                case NONCOMMERCIAL -> List.of(LicenseNature.NONCOMMERCIAL);
                case RESEARCH_ONLY -> List.of(LicenseNature.RESEARCH_ONLY);
            };
            assertThat(natures).as(model.id()).contains(CATALOG.report(model).nature());
        }
    }

    @Test
    void models_are_found_by_any_of_their_ids_in_any_case() {
        assertThat(CATALOG.find("huggingfacetb/smollm2-135m"))
                .isSameAs(CATALOG.find("HuggingFaceTB/SmolLM2-135M-Instruct"));
        assertThat(CATALOG.find("Qwen/Qwen2.5-3B")).isNull();
        assertThat(CATALOG.find("Qwen/Qwen2.5-72B")).isNull();
    }

    @Test
    void gpt_oss_lacks_one_data_card() {
        assertThat(report("openai/gpt-oss-20b").shown().changes())
                .containsExactly(new Change(Component.DATA_CARD, Change.Kind.RELEASE, null));
        assertThat(report("openai/gpt-oss-20b").whatWouldChange())
                .containsExactly("release under an open license: Data card");
    }

    @Test
    void gpt_2_would_come_half_way_with_plain_mit() {
        assertThat(report("openai-community/gpt2").whatWouldChange())
                .contains("put an open license in the place of LicenseRef-weighbridge-gpt-2-modified-mit:"
                        + " Model architecture, Model parameters (Final), Model card");
    }

    @Test
    void smollm2_is_one_look_from_class_iii() {
        var report = report("HuggingFaceTB/SmolLM2-135M");
        assertThat(report.claimed().reached()).isEqualTo(OpennessClass.III);
        assertThat(report.shown().changes())
                .containsExactly(new Change(Component.TECHNICAL_REPORT, Change.Kind.CONFIRM, null));
    }

    @ParameterizedTest
    @CsvSource({
        "openai-community/gpt2,       no",
        "meta-llama/Meta-Llama-3-8B,  no",
        "mistralai/Mistral-7B-v0.1,   no",
        "bigscience/bloom,            no",
        "openai/gpt-oss-20b,          no",
        "allenai/OLMo-7B,             yes",
        "HuggingFaceTB/SmolLM2-135M,  yes",
        "google/gemma-2-2b-it,        no",
        "Qwen/Qwen2.5-7B,             no"
    })
    void the_open_source_ai_definition_is_met_as_its_authors_found(String id, String conforms) {
        assertThat(report(id).definition().conforms().code()).isEqualTo(conforms);
    }

    @Test
    void bloom_fails_the_definition_by_its_license_only() {
        var failing = report("bigscience/bloom").definition().checks().stream()
                .filter(check -> check.grade() == Grade.NO)
                .map(OpenSourceDefinition.Check::item);
        assertThat(failing).containsExactly("use", "modify", "share", "parameters");
    }

    @ParameterizedTest
    @CsvSource({
        "openai-community/gpt2,       yes",
        "meta-llama/Meta-Llama-3-8B,  no",
        "mistralai/Mistral-7B-v0.1,   yes",
        "bigscience/bloom,            unclear",
        "openai/gpt-oss-20b,          yes",
        "google/gemma-2-2b-it,        unclear"
    })
    void the_european_exemption_is_an_indication_with_reasons(String id, String answer) {
        var exemption = report(id).exemption();
        assertThat(exemption.answer().code()).isEqualTo(answer);
        assertThat(exemption.reasons()).hasSize(4);
    }

    @Test
    void the_reason_is_told_in_words() {
        assertThat(report("openai/gpt-oss-20b").why())
                .startsWith("Open weights, not open source: ")
                .contains("Training code");
        assertThat(report("allenai/OLMo-7B").why()).startsWith("Open source: ");
        assertThat(report("meta-llama/Meta-Llama-3-8B").why()).contains("beyond some scale");
    }

    @Test
    void license_lists_hold_the_known_and_nothing_that_only_looks_like_it() {
        var licenses = CATALOG.licenses();
        assertThat(List.of("MIT", "Apache-2.0", "CC-BY-4.0", "ODC-By-1.0", "OpenMDW-1.0"))
                .allMatch(licenses::isOpen);
        assertThat(List.of("mit", "Apache 2.0", "CC-BY-NC-4.0", "LicenseRef-Gemma", ""))
                .noneMatch(licenses::isOpen);
        assertThat(licenses.suits("Apache-2.0", Component.Type.DATA)).isFalse();
        assertThat(Arrays.stream(Component.Type.values())).allMatch(type -> licenses.suits("OpenMDW-1.0", type));
    }

    private static OpennessReport report(String id) {
        return CATALOG.report(Objects.requireNonNull(CATALOG.find(id), id));
    }

    @Test
    void an_operators_record_wins_over_a_shipped_one(@TempDir Path folder) throws IOException {
        var own = """
                model: acme/oss
                aliases: [openai/gpt-oss-20b]
                name: oss
                producer: Acme
                access: closed
                nature: closed
                evidence: []
                """;
        Files.writeString(folder.resolve("oss.yaml"), own);
        Files.write(
                folder.resolve("tool.yaml"),
                MotFormat.write(report("allenai/OLMo-7B").model()));
        var catalog = OpennessCatalog.shippedAnd(folder);
        assertThat(catalog.all()).hasSameSizeAs(CATALOG.all());
        assertThat(catalog.find("openai/gpt-oss-20b"))
                .extracting(ModelEvidence::id)
                .isEqualTo("acme/oss");
        assertThat(catalog.report(Objects.requireNonNull(catalog.find("allenai/OLMo-7B")))
                        .shown()
                        .reached())
                .isEqualTo(OpennessClass.NONE);
        assertThat(OpennessCatalog.shippedAnd(folder.resolve("none")).all()).isEqualTo(CATALOG.all());

        Files.writeString(folder.resolve("twice.yaml"), own);
        assertThatThrownBy(() -> OpennessCatalog.shippedAnd(folder)).hasMessageContaining("two records speak for");
    }

    @Test
    void a_folder_of_evidence_has_a_limit(@TempDir Path folder) throws IOException {
        for (int i = 0; i < OpennessCatalog.FOLDER_FILES_MAX; i++) {
            Files.writeString(
                    folder.resolve(i + ".yaml"),
                    "{model: a/%d, name: a, producer: a, access: open, nature: open}".formatted(i));
        }
        assertThat(OpennessCatalog.shippedAnd(folder).find("a/999")).isNotNull();
        Files.createFile(folder.resolve("more.yaml"));
        assertThatThrownBy(() -> OpennessCatalog.shippedAnd(folder))
                .hasMessageContaining("the limit is " + OpennessCatalog.FOLDER_FILES_MAX);
    }
}
