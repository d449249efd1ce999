package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The parity tool on the golden checkpoints, through libtorch: logits of Hugging Face transformers in float32. */
class ParityCommandTest {
    /** The engine module's golden folders; one copy serves both modules. */
    private static final Path GOLDEN = Path.of("..", "engine", "src", "test", "resources", "golden");

    /** All of them: one folder for each family, and other ways of storing them. */
    static Stream<String> folders() throws IOException {
        try (var folders = Files.list(GOLDEN)) {
            return folders
                    .filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @Test
    void no_family_is_missing() throws IOException {
        assertThat(folders()).hasSizeGreaterThanOrEqualTo(27);
    }

    static Stream<Path> shapes() throws IOException {
        try (var folders = Files.list(GOLDEN.resolveSibling("shapes"))) {
            return folders.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void float32_agrees_with_the_reference(String name) throws IOException {
        assertAgreement(GOLDEN.resolve(name));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void odd_shapes_and_rare_options_agree_with_the_reference(Path folder) throws IOException {
        assertAgreement(folder);
    }

    private static void assertAgreement(Path folder) throws IOException {
        var outcome = run("parity", folder.toString(), "--json");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.json().get("max_abs_logit_diff").asDouble()).isLessThanOrEqualTo(1e-4);
        assertThat(outcome.json().get("greedy_equal").asBoolean()).isTrue();
        assertThat(outcome.exit()).isZero();
    }

    @Test
    void a_wrong_reference_is_noticed(@TempDir Path folder) throws IOException {
        try (var files = Files.list(GOLDEN.resolve("llama-tied"))) {
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        var golden = folder.resolve("golden.safetensors");
        var bytes = Files.readAllBytes(golden);
        bytes[bytes.length - 2] ^= 0x40; // exponent of the last logit
        Files.delete(golden);
        Files.write(golden, bytes);

        var outcome = run("parity", folder.toString(), "--json");

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.json().get("passed").asBoolean()).isFalse();
    }

    @Test
    void four_bits_hold_any_shape_but_are_not_the_reference() throws Exception {
        var outcome = run("parity", GOLDEN.resolve("llama3").toString(), "--numerics", "int4", "--json");

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.json().get("numerics").asText()).isEqualTo("int4");
        assertThat(outcome.json().get("max_abs_logit_diff").asDouble()).isGreaterThan(1e-4);
    }

    @Test
    void a_folder_without_a_reference_is_refused(@TempDir Path folder) {
        var outcome = run("parity", folder.toString());

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains("golden.safetensors");
    }

    @Test
    void bench_prints_rates_and_memory() throws IOException {
        var outcome = run(
                "bench",
                GOLDEN.resolve("llama3").toString(),
                "--prompt",
                "8",
                "--generate",
                "4",
                "--repeat",
                "1",
                "--json");

        assertThat(outcome.err()).isEmpty();
        var lines = outcome.out().lines().toList();
        assertThat(lines).hasSize(2);
        for (var line : lines) {
            var fields = new ObjectMapper().readTree(line);
            assertThat(fields.get("tokens_per_s").asDouble()).isPositive();
            assertThat(fields.get("peak_resident_bytes").asLong()).isGreaterThan(1 << 20);
        }
    }

    @Test
    void bench_refuses_more_tokens_than_the_context_holds() {
        var outcome = run("bench", GOLDEN.resolve("llama3").toString(), "--prompt", "257");

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains("257").contains("256");
    }

    private static Outcome run(String... arguments) {
        return Outcome.of(arguments);
    }
}
