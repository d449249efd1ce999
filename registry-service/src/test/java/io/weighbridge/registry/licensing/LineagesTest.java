package io.weighbridge.registry.licensing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.text.FingerprintReader;
import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.catalog.Origin;
import io.weighbridge.registry.inmemory.InMemoryCatalog;
import io.weighbridge.registry.licensing.Lineages.RefusedLineageException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which models may be registered as made from which others, and under which name. */
final class LineagesTest {
    private static final String ALPACA = """
            {key: alpaca, id: LicenseRef-Alpaca, aliases: [], name: Alpaca License, version: 1, url: 'https://example.org',
             steward: Acme, class: community, summary: For tests., grants: [], conditions: [], obligations: [], restrictions: [],
             outputs: {id: out, section: s2, text: free, rule: with-duties, confidence: high, provenance: quoted},
             naming: [{id: name-first, section: section 1.b.i, text: t, prefix: Alpaca, from: both, confidence: high, provenance: quoted}],
             policies: []}
            """;

    private final Licenses licenses = new Licenses(
            new TermsCatalog(List.of(TermsReader.read("alpaca.yaml", ALPACA.getBytes(StandardCharsets.UTF_8))), "d"),
            FingerprintReader.shippedNames(),
            List.of());
    private final Lineages lineages = new Lineages(licenses);
    private final Catalog catalog = new InMemoryCatalog(InstantSource.system());

    @BeforeEach
    void publish_the_base() {
        catalog.publish(
                new CatalogEntry(ModelRef.parse("acme/Alpaca-1"), "", "alpaca", "LicenseRef-Alpaca", List.of()));
    }

    @Test
    void a_model_made_from_another_must_be_called_as_its_license_demands() {
        assertThatThrownBy(() -> register("me/helper", origin("acme/Alpaca-1", Relation.FINE_TUNE)))
                .isInstanceOf(RefusedLineageException.class)
                .hasMessageContainingAll(
                        "me/helper may not have this name",
                        "section 1.b.i",
                        "name-first",
                        "'Alpaca'",
                        "me/Alpaca-helper")
                .matches(e -> ((RefusedLineageException) e).naming());
        assertThat(catalog.find(ModelRef.parse("me/helper"))).isEmpty();
        register("me/alpaca-helper", origin("acme/Alpaca-1", Relation.FINE_TUNE));
        register("me/helper-GGUF", origin("acme/Alpaca-1", Relation.QUANTIZATION));
    }

    @Test
    void the_duty_reaches_through_models_in_between_and_through_output() {
        register("me/Alpaca-helper", origin("acme/Alpaca-1", Relation.FINE_TUNE));
        assertThatThrownBy(() -> register("you/merged", origin("me/Alpaca-helper", Relation.MERGE)))
                .hasMessageContaining("acme/Alpaca-1");
        assertThatThrownBy(() -> register("you/student", origin("acme/Alpaca-1", Relation.DISTILLED_FROM_OUTPUT)))
                .isInstanceOf(RefusedLineageException.class);
    }

    @Test
    void a_duty_is_checked_when_the_origin_is_added_later() {
        register("me/helper");
        assertThatThrownBy(() -> makeFrom("me/helper", origin("acme/Alpaca-1", Relation.ADAPTER)))
                .isInstanceOf(RefusedLineageException.class);
        assertThat(catalog.find(ModelRef.parse("me/helper")).orElseThrow().madeFrom())
                .isEmpty();
    }

    @Test
    void a_duty_that_comes_to_bind_later_is_reported_and_does_not_stop_the_truth_from_being_recorded() {
        register("me/helper", origin("acme/base", Relation.FINE_TUNE));
        register("acme/base");
        catalog.append(
                ModelRef.parse("acme/base"),
                new LicenseChange.Concluded("LicenseRef-Alpaca", "read it", null),
                Author.api("Rosa"),
                null,
                lineages);
        assertThat(lineages.breaches(ModelRef.parse("me/helper"), lineages.of(catalog.models())))
                .extracting(breach -> breach.ancestor())
                .containsExactly("acme/base");
    }

    @Test
    void circles_are_refused() {
        register("a/a");
        register("a/b", origin("a/a", Relation.FINE_TUNE));
        assertThatThrownBy(() -> makeFrom("a/a", origin("a/b", Relation.MERGE)))
                .isInstanceOf(RefusedLineageException.class)
                .hasMessageContaining("made from itself")
                .matches(e -> !((RefusedLineageException) e).naming());
        assertThatThrownBy(() -> makeFrom("a/a", origin("a/a", Relation.MERGE)))
                .isInstanceOf(RefusedLineageException.class);
    }

    @Test
    void an_origin_need_not_be_in_the_catalog() {
        register("a/b", origin("nobody/knows", Relation.FINE_TUNE));
        assertThat(lineages.of(catalog.models()).ancestors("a/b"))
                .extracting(Lineage.Ancestor::node)
                .containsExactly((Lineage.Node) null);
    }

    @Test
    void a_model_has_a_largest_number_of_ancestors() {
        var merges = new ArrayList<Origin>();
        for (int i = 0; i < 4; i++) {
            var group = i;
            // 63 origins and the merge itself: four groups are 256 ancestors.
            register(
                    "a/merge" + group,
                    IntStream.range(0, Lineage.ANCESTORS_MAX / 4 - 1)
                            .mapToObj(j -> origin("b/m%d-%d".formatted(group, j), Relation.MERGE))
                            .toArray(Origin[]::new));
            merges.add(origin("a/merge" + group, Relation.MERGE));
        }
        register("a/all", merges.toArray(Origin[]::new));
        merges.add(origin("b/more", Relation.MERGE));
        assertThatThrownBy(() -> register("a/toomany", merges.toArray(Origin[]::new)))
                .isInstanceOf(RefusedLineageException.class)
                .hasMessageContaining("more than 256 ancestors");
    }

    private void register(String id, Origin... madeFrom) {
        var entry = new CatalogEntry(
                ModelRef.parse(id), "", Declaration.of("unknown"), null, Traits.UNKNOWN, List.of(madeFrom), List.of());
        catalog.register(entry, Author.api("test"), lineages);
    }

    private void makeFrom(String id, Origin origin) {
        catalog.append(
                ModelRef.parse(id), new LicenseChange.MadeFrom(List.of(origin)), Author.api("test"), null, lineages);
    }

    private static Origin origin(String model, Relation relation) {
        return new Origin(ModelRef.parse(model), relation);
    }
}
