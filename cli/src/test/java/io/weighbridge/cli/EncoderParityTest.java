package io.weighbridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The parity tool on the golden encoders, through libtorch: embeddings of Hugging Face transformers in float32. */
class EncoderParityTest {
    private static final Path ENCODERS = Path.of("..", "engine", "src", "test", "resources", "encoders");

    static Stream<String> folders() throws IOException {
        try (var folders = Files.list(ENCODERS)) {
            return folders.map(folder -> folder.getFileName().toString()).sorted().toList().stream();
        }
    }

    @Test
    void no_family_is_missing() throws IOException {
        assertThat(folders()).hasSizeGreaterThanOrEqualTo(6);
    }

    @ParameterizedTest
    @MethodSource("folders")
    void float32_agrees_with_the_reference(String name) throws IOException {
        var outcome = Outcome.of("parity", ENCODERS.resolve(name).toString(), "--json");

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.json().get("compared").asText())
                .isEqualTo("embeddings of 8 inputs, each alone and all in one batch");
        assertThat(outcome.json().get("max_abs_embedding_diff").asDouble()).isLessThan(1e-5);
        assertThat(outcome.exit()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"bf16, 0.999", "int8, 0.99"})
    void narrow_numerics_are_held_to_a_cosine(String numerics, double bound) throws IOException {
        var outcome = Outcome.of("parity", ENCODERS.resolve("bert-mean").toString(), "--json", "--numerics", numerics);

        assertThat(outcome.err()).isEmpty();
        assertThat(outcome.json().get("cosine_bound").asDouble()).isEqualTo(bound);
        // Below 1 by more than float's rounding: it must not have run in float32 by mistake.
        assertThat(outcome.json().get("min_cosine").asDouble()).isBetween(bound, 1 - 1e-7);
        assertThat(outcome.exit()).isZero();
    }

    @Test
    void four_bits_are_refused() {
        var outcome = Outcome.of("parity", ENCODERS.resolve("bert-mean").toString(), "--numerics", "int4");

        assertThat(outcome.exit()).isEqualTo(2);
        assertThat(outcome.err()).contains("f32, bf16 or int8");
    }

    @Test
    void a_wrong_reference_is_noticed(@TempDir Path folder) throws IOException {
        var source = ENCODERS.resolve("bert-mean");
        for (var name : new String[] {"config.json", "model.safetensors", "golden.safetensors"}) {
            Files.copy(source.resolve(name), folder.resolve(name));
        }
        // Without modules.json nothing is normalized.
        var outcome = Outcome.of("parity", folder.toString(), "--json");

        assertThat(outcome.exit()).isEqualTo(1);
        assertThat(outcome.json().get("passed").asBoolean()).isFalse();
    }
}
