package io.weighbridge.engine.runner;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ScriptedModelRunnerTest extends ModelRunnerContract {
    private final ModelRunner runner = ScriptedModelRunner.hashing(50, 64, 256);

    @Override
    protected ModelRunner runner() {
        return runner;
    }

    @Override
    protected int[] somePrompt(RandomGenerator random) {
        return random.ints(random.nextInt(4, 30), 0, 50).toArray();
    }

    @Test
    void reading_a_place_that_was_never_written_is_an_error() {
        var batch = new Batch(List.of(new Batch.Slice(new int[] {1}, 3, 0, true)));
        assertThatThrownBy(() -> runner.run(batch)).hasMessageContaining("never written");
    }
}
