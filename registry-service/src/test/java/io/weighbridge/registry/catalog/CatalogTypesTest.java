package io.weighbridge.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.policy.Relation;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CatalogTypesTest {
    private static final Digest DIGEST = new Digest("a".repeat(64));

    @Test
    void model_reference_parses_and_prints() {
        assertThat(ModelRef.parse("HuggingFaceTB/SmolLM2-135M-Instruct"))
                .hasToString("HuggingFaceTB/SmolLM2-135M-Instruct");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a/", "/b", "a/b/c", "../b", "a/..", "a b/c", "a/b@c", "a\\b/c", "-a/b"})
    void bad_model_references_are_refused(String text) {
        assertThatThrownBy(() -> ModelRef.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("want owner/name");
    }

    @Test
    void model_reference_part_has_a_longest_length() {
        var longest = "a".repeat(ModelRef.PART_LENGTH_MAX);
        assertThat(new ModelRef(longest, longest).name()).isEqualTo(longest);
        assertThatThrownBy(() -> new ModelRef("a", longest + "a")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc/passwd",
                "../x",
                "a/../b",
                "a/..",
                "a//b",
                "a/",
                "./a",
                "a\\b",
                "C:\\x",
                "a\u0000b",
                "~x"
            })
    void paths_that_could_leave_their_folder_are_refused(String path) {
        assertThatThrownBy(() -> new CheckpointFile(path, 1, DIGEST)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void path_has_a_longest_length() {
        var longest = "a".repeat(CheckpointFile.PATH_LENGTH_MAX);
        assertThat(new CheckpointFile(longest, 1, DIGEST).fileName()).isEqualTo(longest);
        assertThatThrownBy(() -> new CheckpointFile(longest + "a", 1, DIGEST))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void entry_has_a_largest_number_of_files_and_no_file_twice() {
        var files = java.util.stream.IntStream.range(0, CatalogEntry.FILE_COUNT_MAX + 1)
                .mapToObj(i -> new CatalogEntry.PinnedFile(new CheckpointFile("f" + i, 1, DIGEST), List.of("file:/x")))
                .toList();
        var id = ModelRef.parse("a/b");
        assertThat(new CatalogEntry(id, "", "mit", null, files.subList(1, files.size())).files())
                .hasSize(CatalogEntry.FILE_COUNT_MAX);
        assertThatThrownBy(() -> new CatalogEntry(id, "", "mit", null, files)).hasMessageContaining("limit");
        var twice = Collections.nCopies(2, files.getFirst());
        assertThatThrownBy(() -> new CatalogEntry(id, "", "mit", null, twice)).hasMessageContaining("twice");
    }

    @Test
    void digest_is_that_of_the_bytes() {
        assertThat(Digest.of("abc".getBytes(StandardCharsets.UTF_8)))
                .hasToString("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assertThatThrownBy(() -> Digest.parse("sha256:ABC")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Digest.parse("a".repeat(64))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void weights_digest_of_one_file_is_the_files_and_of_several_a_digest_of_lines() {
        var traits = new Checkpoint.Traits(Checkpoint.Format.SAFETENSORS, "llama", 1, "F32", 1, false);
        var one = new CheckpointFile("a.safetensors", 1, DIGEST);
        var two = new CheckpointFile("b.safetensors", 1, new Digest("b".repeat(64)));
        var config = new CheckpointFile("config.json", 1, DIGEST);
        assertThat(new Checkpoint("r", traits, List.of(config, one)).weightsDigest())
                .isEqualTo(DIGEST);
        var lines = "sha256:%s a.safetensors\nsha256:%s b.safetensors\n".formatted("a".repeat(64), "b".repeat(64));
        assertThat(new Checkpoint("r", traits, List.of(two, config, one)).weightsDigest())
                .isEqualTo(Digest.of(lines.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void texts_of_a_license_record_have_largest_lengths() {
        var name = "n".repeat(Declaration.NAME_LENGTH_MAX);
        var link = "l".repeat(Declaration.LINK_LENGTH_MAX);
        assertThat(new Declaration(name, name, link).link()).isEqualTo(link);
        assertThatThrownBy(() -> new Declaration(name + "n", null, null)).hasMessageContaining("limit is 200");
        assertThatThrownBy(() -> new Declaration("x", name + "n", null)).hasMessageContaining("limit is 200");
        assertThatThrownBy(() -> new Declaration("x", null, link + "l")).hasMessageContaining("limit is 2000");
        assertThatThrownBy(() -> new Declaration(" ", null, null)).hasMessageContaining("if only 'unknown'");
        var reason = "r".repeat(LicenseChange.Concluded.REASON_LENGTH_MAX);
        assertThat(new LicenseChange.Concluded("MIT", reason, null).reason()).isEqualTo(reason);
        assertThatThrownBy(() -> new LicenseChange.Concluded("MIT", reason + "r", null))
                .hasMessageContaining("limit is 2000");
        assertThat(Author.api("a".repeat(Author.NAME_LENGTH_MAX)).name()).hasSize(Author.NAME_LENGTH_MAX);
        assertThatThrownBy(() -> Author.api("a".repeat(Author.NAME_LENGTH_MAX + 1)))
                .hasMessageContaining("200");
        assertThatThrownBy(() -> Author.api(" ")).hasMessageContaining("1 to 200");
        var note = "n".repeat(Detection.NOTE_LENGTH_MAX);
        assertThat(new Detection.Text("LICENSE", "d", null, false, note).note()).isEqualTo(note);
        assertThatThrownBy(() -> new Detection.Text("LICENSE", "d", null, false, note + "n"))
                .hasMessageContaining("limit is 2000");
        var id = ModelRef.parse("a/b");
        var description = "d".repeat(CatalogEntry.DESCRIPTION_LENGTH_MAX);
        assertThat(new CatalogEntry(id, description, "mit", null, List.of()).description())
                .isEqualTo(description);
        assertThatThrownBy(() -> new CatalogEntry(id, description + "d", "mit", null, List.of()))
                .hasMessageContaining("limit is 2000");
    }

    @Test
    void a_checkpoint_has_a_largest_number_of_license_texts() {
        var text = new Detection.Text("LICENSE", "d", null, false, null);
        assertThat(new Detection(null, Collections.nCopies(Detection.TEXT_COUNT_MAX, text)).texts())
                .hasSize(Detection.TEXT_COUNT_MAX);
        assertThatThrownBy(() -> new Detection(null, Collections.nCopies(Detection.TEXT_COUNT_MAX + 1, text)))
                .hasMessageContaining("limit is 16");
    }

    @Test
    void a_model_is_made_from_few_others_and_from_none_twice() {
        var origins = java.util.stream.IntStream.range(0, Origin.ORIGINS_MAX + 1)
                .mapToObj(i -> new Origin(ModelRef.parse("a/m" + i), Relation.MERGE))
                .toList();
        assertThat(new LicenseChange.MadeFrom(origins.subList(1, origins.size())).origins())
                .hasSize(Origin.ORIGINS_MAX);
        assertThatThrownBy(() -> new LicenseChange.MadeFrom(origins)).hasMessageContaining("limit is 64");
        var twice = Collections.nCopies(2, origins.getFirst());
        assertThatThrownBy(() -> new LicenseChange.MadeFrom(twice)).hasMessageContaining("a/m0 (merge) twice");
    }

    @Test
    void a_license_history_has_a_largest_length() {
        var history = LicenseHistory.EMPTY;
        for (int i = 0; i < LicenseHistory.ENTRIES_MAX; i++) {
            history = history.with(new LicenseChange.Withdrawn("r"), Author.api("a"), Instant.EPOCH);
        }
        var full = history;
        assertThat(full.version()).isEqualTo(LicenseHistory.ENTRIES_MAX);
        assertThatThrownBy(() -> full.with(new LicenseChange.Withdrawn("r"), Author.api("a"), Instant.EPOCH))
                .isInstanceOf(LicenseHistory.FullException.class)
                .hasMessageContaining("1000");
    }
}
