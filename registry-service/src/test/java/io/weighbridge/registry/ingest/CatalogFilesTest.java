package io.weighbridge.registry.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Catalog files and the grammar of the sources in them. */
final class CatalogFilesTest {
    @TempDir
    private Path folder;

    @Test
    void shipped_entries_parse_and_none_is_missing_from_the_index() throws Exception {
        var index = CatalogFilesTest.class.getResource(CatalogFiles.INDEX);
        assertThat(index).isNotNull();
        try (var files = Files.list(Path.of(index.toURI()).getParent())) {
            var names = files.map(f -> f.getFileName().toString())
                    .filter(n -> n.endsWith(".yaml"))
                    .toList();
            assertThat(Files.readAllLines(Path.of(index.toURI()))).containsExactlyInAnyOrderElementsOf(names);
        }
        assertThat(CatalogFiles.shipped())
                .extracting(e -> e.id().toString())
                .contains("HuggingFaceTB/SmolLM2-135M-Instruct", "google/gemma-3-270m");
    }

    @Test
    void operators_own_files_are_read_and_a_missing_folder_is_none() throws Exception {
        assertThat(CatalogFiles.in(folder.resolve("none"))).isEmpty();
        Files.writeString(folder.resolve("a.yaml"), "{id: a/b, license: {declared: mit}}");
        assertThat(CatalogFiles.in(folder)).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{id: a/b}",
                "{id: ab, license: {declared: mit}}",
                "{id: a/b, license: {declared: mit}, color: red}",
                "{id: a/b, license: {declared: mit}, files: [{path: ../x, sizeBytes: 1, digest: 'sha256:0', sources: []}]}"
            })
    void malformed_entries_are_refused_with_the_name_of_the_file(String yaml) {
        assertThatThrownBy(() -> CatalogFiles.parse(yaml.getBytes(StandardCharsets.UTF_8), "bad.yaml"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bad.yaml");
    }

    @Test
    void sources_parse_into_what_they_name() {
        assertThat(SourceRef.parse("file:/a/b")).isEqualTo(new SourceRef.LocalFile(Path.of("/a/b")));
        assertThat(SourceRef.parse("hf:o/n/x/y.gguf")).isEqualTo(new SourceRef.HubFile("o/n", "main", "x/y.gguf"));
        assertThat(SourceRef.parse("hf:o/n@v1/y")).isEqualTo(new SourceRef.HubFile("o/n", "v1", "y"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http://x",
                "file:a/b",
                "hf:o/n",
                "hf:o/../x",
                "hf:o/n/../../x",
                "pypi:a!m",
                "pypi:--index-url==1!m",
                "pypi:a==1!../m",
                "pypi:a==1!m + "
            })
    void malformed_sources_are_refused(String text) {
        assertThatThrownBy(() -> SourceRef.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_source_has_a_largest_number_of_parts() {
        var part = "a==1!m";
        var most = "pypi:" + (part + " + ").repeat(SourceRef.PARTS_MAX - 1) + part;
        assertThat(SourceRef.parse(most)).isInstanceOf(SourceRef.PackageMembers.class);
        assertThatThrownBy(() -> SourceRef.parse(most + " + " + part)).hasMessageContaining("limit is 64");
    }
}
