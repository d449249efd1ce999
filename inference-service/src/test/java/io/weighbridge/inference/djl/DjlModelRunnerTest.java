package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ModelRunnerContract;
import java.nio.file.Path;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The runner's contract on a golden checkpoint. Its logits themselves are compared by the command's parity tests. */
class DjlModelRunnerTest extends ModelRunnerContract {
    private static final Path GOLDEN =
            Path.of("..", "engine", "src", "test", "resources", "golden", "llama-headdim-bias");
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
}
