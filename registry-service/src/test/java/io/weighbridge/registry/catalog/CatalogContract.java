package io.weighbridge.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.registry.catalog.CatalogEntry.PinnedFile;
import io.weighbridge.registry.catalog.LicenseChange.Concluded;
import io.weighbridge.registry.licensing.Licenses;
import io.weighbridge.registry.licensing.Lineages;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every catalog does. An adapter's test says only how to make an empty one. */
public abstract class CatalogContract {
    private static final ModelRef ID = ModelRef.parse("acme/tiny");
    private static final Checkpoint.Traits TRAITS =
            new Checkpoint.Traits(Checkpoint.Format.GGUF, "llama", 12_345_678_901L, "Q4_1", 8192, true);

    private Instant now = Instant.ofEpochSecond(1_700_000_000);
    private Catalog catalog;

    /** A catalog without models. */
    protected abstract Catalog emptyCatalog(InstantSource clock) throws Exception;

    @BeforeEach
    void open() throws Exception {
        catalog = emptyCatalog(() -> now);
    }

    @Test
    void empty_catalog_has_no_models() {
        assertThat(catalog.models()).isEmpty();
        assertThat(catalog.find(ID)).isEmpty();
        assertThat(catalog.entry(ID)).isEmpty();
    }

    @Test
    void published_entry_comes_back_as_it_was() {
        var entry = entry("apache-2.0", "Apache-2.0", file("a.gguf", 'a'), file("b/c.json", 'b'));
        catalog.publish(entry);
        assertThat(catalog.entry(ID)).contains(entry);
        assertThat(catalog.find(ID))
                .contains(new Model(
                        ID, "A model", now, entry.traits(), LicenseHistory.EMPTY.published(entry, now), null));
    }

    @Test
    void models_are_sorted_by_id_whatever_the_collation() {
        for (var id : List.of("b/x", "B/x", "a/_", "a/z", "a/Z")) {
            catalog.publish(new CatalogEntry(ModelRef.parse(id), "", "mit", null, List.of()));
        }
        assertThat(catalog.models())
                .extracting(m -> m.id().toString())
                .containsExactly("B/x", "a/Z", "a/_", "a/z", "b/x");
    }

    @Test
    void publishing_again_changes_the_license_and_keeps_the_creation_time() {
        catalog.publish(entry("apache-2.0", null, file("a.gguf", 'a')));
        var first = now;
        now = now.plusSeconds(60);
        catalog.publish(entry("mit", "MIT", file("a.gguf", 'a')));
        var model = catalog.find(ID).orElseThrow();
        assertThat(model.createdAt()).isEqualTo(first);
        assertThat(model.license().declared()).isEqualTo(Declaration.of("mit"));
        assertThat(model.license().concluded()).extracting(Concluded::license).isEqualTo("MIT");
    }

    @Test
    void recorded_checkpoint_comes_back_with_the_detected_license() {
        var entry = entry("apache-2.0", null, file("a.gguf", 'a'), file("b.json", 'b'));
        catalog.publish(entry);
        var checkpoint = new Checkpoint("c0ffee", TRAITS, entry.checkpointFiles());
        catalog.record(ID, checkpoint, Detection.named("mit"));
        var model = catalog.find(ID).orElseThrow();
        assertThat(model.checkpoint()).isEqualTo(checkpoint);
        assertThat(model.license().detected()).isEqualTo(Detection.named("mit"));
        assertThat(catalog.models()).containsExactly(model);
    }

    @Test
    void recording_twice_keeps_the_last() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        catalog.record(ID, new Checkpoint("one", TRAITS, entry.checkpointFiles()), Detection.named("mit"));
        var second = new Checkpoint("two", TRAITS, entry.checkpointFiles());
        catalog.record(ID, second, Detection.NONE);
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isEqualTo(second);
        assertThat(catalog.find(ID).orElseThrow().license().detected()).isEqualTo(Detection.NONE);
    }

    @Test
    void publishing_the_same_files_keeps_the_checkpoint_even_if_sources_change() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        var checkpoint = new Checkpoint("one", TRAITS, entry.checkpointFiles());
        catalog.record(ID, checkpoint, Detection.named("mit"));
        var moved = new PinnedFile(file("a.gguf", 'a').file(), List.of("file:/elsewhere"));
        catalog.publish(entry("mit", null, moved));
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isEqualTo(checkpoint);
        assertThat(catalog.entry(ID).orElseThrow().files()).containsExactly(moved);
    }

    @Test
    void publishing_other_files_forgets_the_checkpoint_and_what_was_detected_in_it() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        catalog.record(ID, new Checkpoint("one", TRAITS, entry.checkpointFiles()), Detection.named("mit"));
        catalog.publish(entry("mit", null, file("a.gguf", 'b')));
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isNull();
        assertThat(catalog.find(ID).orElseThrow().license().detected()).isEqualTo(Detection.NONE);
    }

    @Test
    void recording_for_an_unknown_model_is_refused() {
        var checkpoint =
                new Checkpoint("one", TRAITS, List.of(file("a.gguf", 'a').file()));
        assertThatThrownBy(() -> catalog.record(ID, checkpoint, Detection.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("acme/tiny");
    }

    @Test
    void concurrent_publishing_of_one_model_leaves_one_whole_entry() throws Exception {
        var entry = entry("mit", "MIT", file("a.gguf", 'a'), file("b.json", 'b'));
        try (var threads = Executors.newFixedThreadPool(2)) {
            var both =
                    List.of(threads.submit(() -> catalog.publish(entry)), threads.submit(() -> catalog.publish(entry)));
            for (var one : both) {
                one.get();
            }
        }
        assertThat(catalog.models()).hasSize(1);
        assertThat(catalog.entry(ID)).contains(entry);
    }

    @Test
    void every_kind_of_change_comes_back_in_order_with_its_author_and_time() {
        catalog.publish(entry("other", null));
        var texts = List.of(
                new Detection.Text("LICENSE", "sha256:" + "a".repeat(64), null, false, "adds: \"quotes\" and \n lines"),
                new Detection.Text("USE_POLICY.md", "sha256:" + "b".repeat(64), "gemma-tou", true, null));
        var changes = List.of(
                new LicenseChange.Declared(new Declaration("other", "the name", "https://example.org/license")),
                new LicenseChange.Detected(new Detection(new Declaration("mit", "MIT", "x"), texts)),
                new LicenseChange.Detected(Detection.NONE),
                new LicenseChange.Concluded("MIT", "read it\nall", "sha256:" + "c".repeat(64)),
                new LicenseChange.Concluded("Apache-2.0", "wrong before", null),
                new LicenseChange.Withdrawn("asked counsel"),
                new LicenseChange.MadeFrom(List.of(
                        new Origin(ModelRef.parse("a/b"), Relation.DISTILLED_FROM_OUTPUT),
                        new Origin(ModelRef.parse("c/d"), Relation.ADAPTER))),
                new LicenseChange.MadeFrom(List.of()));
        for (var change : changes) {
            now = now.plusMillis(1);
            catalog.append(ID, change, Author.api("Rosa Díaz"), null, Catalog.Guard.NONE);
        }
        var history = catalog.find(ID).orElseThrow().license();
        assertThat(history.entries().subList(1, history.entries().size()))
                .extracting(LicenseHistory.Entry::change)
                .isEqualTo(changes);
        assertThat(history.entries())
                .extracting(LicenseHistory.Entry::version)
                .containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(history.entries().getLast().author()).isEqualTo(Author.api("Rosa Díaz"));
        assertThat(history.entries().getLast().at()).isEqualTo(now);
        assertThat(history.conclusion()).isNull();
        assertThat(catalog.models()).containsExactly(catalog.find(ID).orElseThrow());
    }

    @Test
    void traits_and_origins_come_back() {
        var entry = new CatalogEntry(
                ID,
                "",
                new Declaration("other", "n", "l"),
                new CatalogEntry.Conclusion("MIT", "Rosa", "read it"),
                new Traits(Answer.NO, YearMonth.of(2024, 4)),
                List.of(new Origin(ModelRef.parse("a/b"), Relation.FINE_TUNE)),
                List.of());
        catalog.publish(entry);
        assertThat(catalog.entry(ID)).contains(entry);
        assertThat(catalog.find(ID).orElseThrow().madeFrom()).isEqualTo(entry.madeFrom());
        assertThat(catalog.find(ID).orElseThrow().traits()).isEqualTo(entry.traits());
        catalog.publish(entry("mit", null));
        assertThat(catalog.find(ID).orElseThrow().traits()).isEqualTo(Traits.UNKNOWN);
        assertThat(catalog.find(ID).orElseThrow().madeFrom()).isEmpty();
    }

    @Test
    void publishing_the_same_again_adds_nothing_to_the_history() {
        var entry = entry("apache-2.0", "Apache-2.0");
        catalog.publish(entry);
        var first = catalog.find(ID);
        now = now.plusSeconds(60);
        catalog.publish(entry);
        assertThat(catalog.find(ID)).isEqualTo(first);
    }

    @Test
    void a_restart_does_not_undo_what_a_person_said() {
        var entry = entry("apache-2.0", "Apache-2.0");
        catalog.publish(entry);
        append(new LicenseChange.Declared(Declaration.of("mit")));
        append(new Concluded("MIT", "the card was wrong", null));
        append(new LicenseChange.MadeFrom(List.of(new Origin(ModelRef.parse("a/b"), Relation.MERGE))));
        var before = catalog.find(ID);
        catalog.publish(entry);
        assertThat(catalog.find(ID)).isEqualTo(before);
        catalog.publish(entry("gemma", "LicenseRef-Gemma"));
        var license = catalog.find(ID).orElseThrow().license();
        assertThat(license.declared()).isEqualTo(Declaration.of("gemma"));
        assertThat(license.concluded()).extracting(Concluded::license).isEqualTo("MIT");
    }

    @Test
    void a_file_that_no_longer_concludes_withdraws_its_own_conclusion_only() {
        catalog.publish(entry("mit", "MIT"));
        catalog.publish(entry("mit", null));
        assertThat(catalog.find(ID).orElseThrow().license().concluded()).isNull();
        append(new Concluded("MIT", "read it", null));
        catalog.publish(entry("mit", null));
        assertThat(catalog.find(ID).orElseThrow().license().concluded()).isNotNull();
    }

    @Test
    void registering_a_model_twice_is_refused_and_changes_nothing() {
        var author = Author.api("registration");
        catalog.register(entry("mit", null, file("a.gguf", 'a')), author, Catalog.Guard.NONE);
        var first = catalog.find(ID);
        assertThat(first.orElseThrow().license().entries())
                .containsExactly(
                        new LicenseHistory.Entry(1, now, author, new LicenseChange.Declared(Declaration.of("mit"))));
        assertThatThrownBy(() -> catalog.register(entry("gemma", null), author, Catalog.Guard.NONE))
                .isInstanceOf(Catalog.ModelExistsException.class)
                .hasMessageContaining("acme/tiny");
        assertThat(catalog.find(ID)).isEqualTo(first);
        assertThat(catalog.entry(ID).orElseThrow().files()).hasSize(1);
    }

    @Test
    void a_guard_sees_the_whole_catalog_as_it_would_be_and_can_undo_the_write() {
        catalog.publish(entry("mit", "MIT", file("a.gguf", 'a')));
        var before = catalog.find(ID);
        Catalog.Guard refusing = (after, changed) -> {
            throw new IllegalStateException("%s of %d".formatted(changed, after.size()));
        };
        var other = new CatalogEntry(ModelRef.parse("acme/other"), "", "mit", null, List.of());
        assertThatThrownBy(() -> catalog.register(other, Author.api("x"), refusing))
                .hasMessage("[acme/other] of 2");
        assertThatThrownBy(() -> catalog.publish(List.of(entry("gemma", null), other), refusing))
                .hasMessage("[acme/other] of 2");
        var madeFrom = new LicenseChange.MadeFrom(List.of(new Origin(other.id(), Relation.MERGE)));
        assertThatThrownBy(() -> catalog.append(ID, madeFrom, Author.api("x"), null, refusing))
                .hasMessage("[acme/tiny] of 1");
        assertThat(catalog.models()).containsExactly(before.orElseThrow());
        assertThat(catalog.entry(ID).orElseThrow().files()).hasSize(1);
    }

    @Test
    void a_change_made_upon_an_older_version_is_refused() {
        catalog.publish(entry("mit", null));
        var conclusion = new Concluded("MIT", "read it", null);
        catalog.append(ID, conclusion, Author.api("Rosa"), 1, Catalog.Guard.NONE);
        assertThatThrownBy(() -> catalog.append(ID, conclusion, Author.api("Paul"), 1, Catalog.Guard.NONE))
                .isInstanceOf(Catalog.OutdatedException.class)
                .hasMessageContaining("at version 2, not 1");
        assertThatThrownBy(() ->
                        catalog.append(ModelRef.parse("no/one"), conclusion, Author.api("x"), null, Catalog.Guard.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no/one");
    }

    @Test
    void conclusions_drawn_at_the_same_time_are_all_kept() throws Exception {
        catalog.publish(entry("mit", null));
        int reviewers = 8;
        try (var threads = Executors.newFixedThreadPool(reviewers)) {
            var all = IntStream.range(0, reviewers)
                    .mapToObj(i -> threads.submit(() -> catalog.append(
                            ID,
                            new Concluded("MIT", "reason " + i, null),
                            Author.api("reviewer " + i),
                            null,
                            Catalog.Guard.NONE)))
                    .toList();
            for (var one : all) {
                one.get();
            }
        }
        var entries = catalog.find(ID).orElseThrow().license().entries();
        assertThat(entries).extracting(LicenseHistory.Entry::version).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(entries.subList(1, 9))
                .extracting(entry -> entry.author().name())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, reviewers)
                        .mapToObj(i -> "reviewer " + i)
                        .toList());
    }

    @Test
    void of_two_conclusions_upon_the_same_version_one_wins_and_the_other_is_told() throws Exception {
        catalog.publish(entry("mit", null));
        try (var threads = Executors.newFixedThreadPool(2)) {
            var both = IntStream.range(0, 2)
                    .mapToObj(i -> threads.submit(() -> {
                        try {
                            catalog.append(
                                    ID,
                                    new Concluded("MIT", "r", null),
                                    Author.api("reviewer " + i),
                                    1,
                                    Catalog.Guard.NONE);
                            return "won";
                        } catch (Catalog.OutdatedException e) {
                            return "told";
                        }
                    }))
                    .toList();
            assertThat(List.of(both.get(0).get(), both.get(1).get())).containsExactlyInAnyOrder("won", "told");
        }
        assertThat(catalog.find(ID).orElseThrow().license().version()).isEqualTo(2);
    }

    @Test
    void two_origins_written_at_the_same_time_cannot_together_make_a_circle() throws Exception {
        var one = ModelRef.parse("acme/one");
        var two = ModelRef.parse("acme/two");
        for (var id : List.of(one, two)) {
            catalog.publish(new CatalogEntry(id, "", "mit", null, List.of()));
        }
        var guard = new Lineages(Licenses.shipped());
        try (var threads = Executors.newFixedThreadPool(2)) {
            var both = List.of(
                    threads.submit(() -> makeFrom(one, two, guard)), threads.submit(() -> makeFrom(two, one, guard)));
            assertThat(List.of(both.get(0).get(), both.get(1).get())).containsExactlyInAnyOrder(true, false);
        }
    }

    private boolean makeFrom(ModelRef model, ModelRef from, Catalog.Guard guard) {
        try {
            catalog.append(
                    model,
                    new LicenseChange.MadeFrom(List.of(new Origin(from, Relation.FINE_TUNE))),
                    Author.api("x"),
                    null,
                    guard);
            return true;
        } catch (Lineages.RefusedLineageException e) {
            return false;
        }
    }

    private void append(LicenseChange change) {
        catalog.append(ID, change, Author.api("Rosa"), null, Catalog.Guard.NONE);
    }

    private static CatalogEntry entry(String declared, @Nullable String concluded, PinnedFile... files) {
        return new CatalogEntry(ID, "A model", declared, concluded, List.of(files));
    }

    private static PinnedFile file(String path, char digit) {
        var digest = new Digest(String.valueOf(digit).repeat(64));
        return new PinnedFile(
                new CheckpointFile(path, 3_000_000_000L, digest), List.of("file:/x/" + path, "hf:a/b/" + path));
    }
}
