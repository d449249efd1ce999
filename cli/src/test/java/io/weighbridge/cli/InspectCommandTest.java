package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private static final Path GOLDEN = Path.of("..", "engine", "src", "test", "resources", "golden");

    @TempDir
    Path folder;

    @BeforeEach
    void copy() throws IOException {
        try (var files = Files.list(GOLDEN.resolve("llama3"))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void a_folder_is_described() throws IOException {
        Files.writeString(folder.resolve("README.md"), "---\nlicense: apache-2.0\nlicense_name: x\n---\n# Model\n");
        Files.writeString(folder.resolve("LICENSE"), "Do as you like.");

        var outcome = inspect("--json");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.exit()).isZero();
        var tree = outcome.json();
        assertThat(tree.path("format").asText()).isEqualTo("safetensors");
        assertThat(tree.path("architecture").asText()).isEqualTo("llama");
        assertThat(tree.path("parameters").asLong()).isPositive();
        assertThat(tree.path("shape").path("layers").asInt()).isEqualTo(3);
        assertThat(tree.path("storedAs").path(0).path("type").asText()).isEqualTo("F32");
        assertThat(tree.path("contextLength").asInt()).isEqualTo(256);
        assertThat(tree.path("tokenizer").path("problem").asText()).contains("tokenizer.json");
        assertThat(tree.path("license").path("declared").path(0).path("value").asText())
                .isEqualTo("apache-2.0");
        assertThat(tree.path("license").path("declared").path(1).path("key").asText())
                .isEqualTo("README.md license_name");
        assertThat(tree.path("license").path("texts").path(0).path("match").asText())
                .isEqualTo("none");
        assertThat(tree.path("weightsDigest").asText()).matches("sha256:[0-9a-f]{64}");
        assertThat(tree.path("serving").path("auto").asText()).isEqualTo("f32");
        assertThat(tree.path("serving").path("numerics").size()).isGreaterThanOrEqualTo(4);
        assertThat(tree.has("tensors")).isFalse();
    }

    @Test
    void the_page_is_made_of_the_same_facts() {
        var page = inspect("--tensors").out();
        assertThat(page)
                .contains("format       safetensors, llama")
                .contains("stored as    F32 100.0 %")
                .contains("license      none declared")
                .contains("* f32")
                .contains("* auto: f32 for weights stored mostly as F32")
                .contains("f32       exact")
                .contains("model.embed_tokens.weight");
    }

    @Test
    void without_digests_no_file_is_read_and_no_passport_is_found() throws IOException {
        var tree = inspect("--json", "--no-digests").json();
        assertThat(tree.has("weightsDigest")).isFalse();
        assertThat(tree.path("files").path(0).has("digest")).isFalse();
        assertThat(tree.path("serving").toString()).contains("no digest was computed");
    }

    @Test
    void a_family_that_cannot_be_served_is_still_described() throws IOException {
        var config = folder.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"llama\"", "\"zebra\""));
        var outcome = inspect();
        assertThat(outcome.exit()).isZero();
        assertThat(outcome.out())
                .contains("Cannot be served: ")
                .contains("zebra")
                .contains("stored as");
    }

    @Test
    void what_cannot_be_read_is_an_error_in_one_line_and_exit_1() throws IOException {
        assertFails(folder.resolve("nothing"), "there is no file or folder");
        assertFails(Files.writeString(folder.resolve("a.bin"), "x"), "pickle");
        assertFails(Files.writeString(folder.resolve("b.gguf"), "GGUF"), "b.gguf");
        assertFails(Files.writeString(folder.resolve("c.txt"), "hello"), "c.txt");
        Files.delete(folder.resolve("config.json"));
        assertFails(folder, "config.json");
    }

    private static void assertFails(Path path, String part) {
        var outcome = Outcome.of("inspect", path.toString());
        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).startsWith("weighbridge: ").contains(part).hasLineCount(1);
    }

    private Outcome inspect(String... options) {
        var arguments = new String[options.length + 2];
        arguments[0] = "inspect";
        arguments[1] = folder.toString();
        System.arraycopy(options, 0, arguments, 2, options.length);
        return Outcome.of(arguments);
    }
}
