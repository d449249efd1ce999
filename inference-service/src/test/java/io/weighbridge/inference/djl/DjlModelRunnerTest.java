package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ModelRunnerContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The runner's contract on a golden checkpoint. Its logits themselves are compared by the command's parity tests. */
class DjlModelRunnerTest extends ModelRunnerContract {
    private static final Path RESOURCES = Path.of("..", "engine", "src", "test", "resources");
    private static final Path GOLDEN = RESOURCES.resolve("golden").resolve("llama-headdim-bias");
    private static final Path SHAPES = RESOURCES.resolve("shapes");
    private static final int KV_PLACES = 128;
    private static final int PROMPT_TOKENS_MAX = 32;

    private static Checkpoint checkpoint;
    private static ModelRunner runner;

    @BeforeAll
    static void load() {
        checkpoint = Checkpoints.open(GOLDEN);
        runner = DjlBackEnd.load(Decoders.of(checkpoint), Numerics.F32, KV_PLACES, 2);
    }

    @AfterAll
    static void close() {
        runner.close();
        checkpoint.close();
    }

    @Override
    protected ModelRunner runner() {
        return runner;
    }

    @Override
    protected int[] somePrompt(RandomGenerator random) {
        return random.ints(random.nextInt(4, PROMPT_TOKENS_MAX), 0, runner.vocabularySize())
                .toArray();
    }

    @Test
    void a_token_id_outside_the_vocabulary_is_refused_before_native_code() {
        assertThatThrownBy(() -> runner.run(Batch.of(new int[] {runner.vocabularySize()}, 0)))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    static Stream<Path> shapes() throws IOException {
        try (var folders = Files.list(SHAPES)) {
            return folders.filter(Files::isDirectory).sorted().toList().stream();
        }
    }

    /** The native kernel reads inputs in runs of 32 and, where they are not padded, past the weights' end until the process dies. */
    @ParameterizedTest
    @MethodSource("shapes")
    void int8_takes_inputs_of_any_length(Path folder) {
        try (var odd = Checkpoints.open(folder)) {
            var decoder = Decoders.of(odd);
            var prompt = IntStream.range(1, 20).toArray();
            var wide = logits(decoder, Numerics.F32, prompt);
            var narrow = logits(decoder, Numerics.INT8, prompt);

            // Wrong numbers, such as those past a row's end, would leave no likeness.
            assertThat(correlation(wide, narrow)).isBetween(0.9, 1 - 1e-9);
        }
    }

    private static float[] logits(Decoder decoder, Numerics numerics, int[] prompt) {
        try (var loaded = DjlBackEnd.load(decoder, numerics, KV_PLACES, 2)) {
            return loaded.run(Batch.of(prompt, 0))[0];
        }
    }

    private static double correlation(float[] a, float[] b) {
        double meanA = mean(a);
        double meanB = mean(b);
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (a[i] - meanA) * (b[i] - meanB);
            squaresA += (a[i] - meanA) * (a[i] - meanA);
            squaresB += (b[i] - meanB) * (b[i] - meanB);
        }
        return product / Math.sqrt(squaresA * squaresB);
    }

    private static double mean(float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
    }
}
