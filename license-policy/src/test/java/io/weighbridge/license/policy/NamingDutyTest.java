package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.policy.Lineage.Node;
import io.weighbridge.license.policy.Lineage.Origin;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The names that shipped terms demand of models made from others. */
class NamingDutyTest {
    private static final TermsCatalog CATALOG = TermsReader.shipped();

    @Test
    void a_model_made_from_llama_3_1_starts_with_llama() {
        assertThat(breaches("acme/Llama-tuned", "llama3.1", Relation.FINE_TUNE)).isEmpty();
        assertThat(breaches("acme/llama3.1-tuned", "llama3.1", Relation.MERGE)).isEmpty();
        assertThat(breaches("acme/tuned-llama", "llama3.1", Relation.ADAPTER))
                .singleElement()
                .satisfies(breach -> assertThat(breach.message()).contains("starts with 'Llama'", "section 1.b.i"));
        assertThat(breaches("llama/tuned", "llama3.1", Relation.FINE_TUNE)).hasSize(1);
    }

    @Test
    void so_does_a_model_trained_on_its_output() {
        assertThat(breaches("acme/student", "llama3.1", Relation.DISTILLED_FROM_OUTPUT))
                .hasSize(1);
        assertThat(breaches("acme/student", "llama4", Relation.DISTILLED_FROM_OUTPUT))
                .hasSize(1);
        assertThat(breaches("acme/Llama-student", "llama4", Relation.DISTILLED_FROM_OUTPUT))
                .isEmpty();
    }

    @Test
    void llama_3_wants_its_number_and_asks_it_of_weights_only() {
        assertThat(breaches("acme/Llama-3-tuned", "llama3", Relation.FINE_TUNE)).isEmpty();
        assertThat(breaches("acme/Llama 3 tuned", "llama3", Relation.FINE_TUNE)).isEmpty();
        assertThat(breaches("acme/Llama-tuned", "llama3", Relation.FINE_TUNE)).hasSize(1);
        assertThat(breaches("acme/student", "llama3", Relation.DISTILLED_FROM_OUTPUT))
                .isEmpty();
    }

    @Test
    void a_quantization_keeps_its_name() {
        assertThat(breaches("acme/quantized", "llama3.1", Relation.QUANTIZATION))
                .isEmpty();
    }

    @Test
    void exaone_asks_it_of_changed_models_and_others_ask_nothing() {
        assertThat(breaches("acme/tuned", "exaone-1.1-nc", Relation.FINE_TUNE)).hasSize(1);
        assertThat(breaches("acme/EXAONE-tuned", "exaone-1.1-nc", Relation.FINE_TUNE))
                .isEmpty();
        for (var key : List.of("llama2", "gemma-tou", "qwen-2024", "kimi-k2-modified-mit", "apache-2.0")) {
            assertThat(breaches("acme/tuned", key, Relation.FINE_TUNE)).as(key).isEmpty();
        }
    }

    @Test
    void an_ancestor_without_a_conclusion_demands_no_name() {
        assertThat(breaches("acme/tuned", null, Relation.FINE_TUNE)).isEmpty();
    }

    private static List<NamingDuty.Breach> breaches(String model, @Nullable String license, Relation relation) {
        var base = new Node("maker/base", Traits.UNKNOWN, new LicenseClaim("other", null, license, false), List.of());
        var made = new Node(
                model,
                Traits.UNKNOWN,
                new LicenseClaim("mit", null, "MIT", false),
                List.of(new Origin("maker/base", relation)));
        return NamingDuty.check(model, Lineage.of(List.of(made, base)), CATALOG);
    }
}
