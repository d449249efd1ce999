package io.weighbridge.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.registry.catalog.CatalogEntry.PinnedFile;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
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
                .contains(new Model(ID, "A model", now, new LicenseRecord("apache-2.0", null, "Apache-2.0"), null));
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
        assertThat(model.license()).isEqualTo(new LicenseRecord("mit", null, "MIT"));
    }

    @Test
    void recorded_checkpoint_comes_back_with_the_detected_license() {
        var entry = entry("apache-2.0", null, file("a.gguf", 'a'), file("b.json", 'b'));
        catalog.publish(entry);
        var checkpoint = new Checkpoint("c0ffee", TRAITS, entry.checkpointFiles());
        catalog.record(ID, checkpoint, "mit");
        var model = catalog.find(ID).orElseThrow();
        assertThat(model.checkpoint()).isEqualTo(checkpoint);
        assertThat(model.license().detected()).isEqualTo("mit");
        assertThat(model.license().conflict()).isTrue();
        assertThat(catalog.models()).containsExactly(model);
    }

    @Test
    void recording_twice_keeps_the_last() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        catalog.record(ID, new Checkpoint("one", TRAITS, entry.checkpointFiles()), "mit");
        var second = new Checkpoint("two", TRAITS, entry.checkpointFiles());
        catalog.record(ID, second, null);
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isEqualTo(second);
        assertThat(catalog.find(ID).orElseThrow().license().detected()).isNull();
    }

    @Test
    void publishing_the_same_files_keeps_the_checkpoint_even_if_sources_change() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        var checkpoint = new Checkpoint("one", TRAITS, entry.checkpointFiles());
        catalog.record(ID, checkpoint, "mit");
        var moved = new PinnedFile(file("a.gguf", 'a').file(), List.of("file:/elsewhere"));
        catalog.publish(entry("mit", null, moved));
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isEqualTo(checkpoint);
        assertThat(catalog.entry(ID).orElseThrow().files()).containsExactly(moved);
    }

    @Test
    void publishing_other_files_forgets_the_checkpoint_and_what_was_detected_in_it() {
        var entry = entry("mit", null, file("a.gguf", 'a'));
        catalog.publish(entry);
        catalog.record(ID, new Checkpoint("one", TRAITS, entry.checkpointFiles()), "mit");
        catalog.publish(entry("mit", null, file("a.gguf", 'b')));
        assertThat(catalog.find(ID).orElseThrow().checkpoint()).isNull();
        assertThat(catalog.find(ID).orElseThrow().license().detected()).isNull();
    }

    @Test
    void recording_for_an_unknown_model_is_refused() {
        var checkpoint =
                new Checkpoint("one", TRAITS, List.of(file("a.gguf", 'a').file()));
        assertThatThrownBy(() -> catalog.record(ID, checkpoint, null))
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

    private static CatalogEntry entry(String declared, @Nullable String concluded, PinnedFile... files) {
        return new CatalogEntry(ID, "A model", declared, concluded, List.of(files));
    }

    private static PinnedFile file(String path, char digit) {
        var digest = new Digest(String.valueOf(digit).repeat(64));
        return new PinnedFile(
                new CheckpointFile(path, 3_000_000_000L, digest), List.of("file:/x/" + path, "hf:a/b/" + path));
    }
}
