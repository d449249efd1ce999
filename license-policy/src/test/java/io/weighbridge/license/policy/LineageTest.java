package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.policy.Lineage.Node;
import io.weighbridge.license.policy.Lineage.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LineageTest {
    @Test
    void ancestors_say_how_they_were_reached() {
        var lineage = Lineage.of(List.of(
                node("a/quant", new Origin("a/tuned", Relation.QUANTIZATION)),
                node(
                        "a/tuned",
                        new Origin("a/base", Relation.FINE_TUNE),
                        new Origin("a/teacher", Relation.DISTILLED_FROM_OUTPUT)),
                node("a/teacher", new Origin("a/old", Relation.FINE_TUNE)),
                node("a/base"),
                node("a/old")));
        var found = lineage.ancestors("a/quant");
        assertThat(found)
                .extracting(Lineage.Ancestor::model)
                .containsExactly("a/base", "a/old", "a/teacher", "a/tuned");
        assertThat(found).extracting(Lineage.Ancestor::byWeights).containsExactly(true, false, false, true);
        assertThat(found).extracting(Lineage.Ancestor::byOutputs).containsExactly(false, true, true, false);
        assertThat(found).extracting(Lineage.Ancestor::makesAnotherModel).containsExactly(true, true, true, false);
    }

    @Test
    void a_model_that_is_not_in_the_catalog_can_be_an_origin() {
        var lineage = Lineage.of(List.of(node("a/tuned", new Origin("b/unknown", Relation.FINE_TUNE))));
        assertThat(lineage.ancestors("a/tuned")).singleElement().satisfies(ancestor -> {
            assertThat(ancestor.model()).isEqualTo("b/unknown");
            assertThat(ancestor.node()).isNull();
        });
    }

    @Test
    void circles_are_refused_wherever_they_are() {
        assertThatThrownBy(() -> Lineage.of(List.of(node("a/x", new Origin("a/x", Relation.MERGE)))))
                .hasMessageContaining("a/x would be made from itself");
        assertThatThrownBy(() -> Lineage.of(List.of(
                        node("a/x", new Origin("a/y", Relation.MERGE)),
                        node("a/y", new Origin("a/z", Relation.ADAPTER)),
                        node("a/z", new Origin("a/y", Relation.FINE_TUNE)))))
                .hasMessageContaining("made from itself");
    }

    @Test
    void a_model_is_listed_once() {
        assertThatThrownBy(() -> Lineage.of(List.of(node("a/x"), node("a/x")))).hasMessageContaining("listed twice");
    }

    @Test
    void the_number_of_ancestors_is_limited() {
        assertThat(chain(Lineage.ANCESTORS_MAX).ancestors("m/0")).hasSize(Lineage.ANCESTORS_MAX);
        assertThatThrownBy(() -> chain(Lineage.ANCESTORS_MAX + 1)).hasMessageContaining("more than 256 ancestors");
    }

    @Test
    void many_ways_to_the_same_ancestor_cost_no_more_than_one() {
        var nodes = new ArrayList<Node>();
        for (int i = 0; i < 60; i++) {
            nodes.add(node(
                    "m/" + i,
                    new Origin("m/" + (i + 1), Relation.MERGE),
                    new Origin("m/" + (i + 2), Relation.DISTILLED_FROM_OUTPUT)));
        }
        nodes.add(node("m/60"));
        nodes.add(node("m/61"));
        assertThat(Lineage.of(nodes).ancestors("m/0")).hasSize(61);
    }

    private static Lineage chain(int ancestors) {
        return Lineage.of(IntStream.rangeClosed(0, ancestors)
                .mapToObj(i ->
                        i == ancestors ? node("m/" + i) : node("m/" + i, new Origin("m/" + (i + 1), Relation.MERGE)))
                .toList());
    }

    private static Node node(String model, Origin... origins) {
        return new Node(model, Traits.UNKNOWN, new LicenseClaim("mit", null, "MIT", false), Arrays.asList(origins));
    }
}
