package io.weighbridge.engine.runner;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class ScriptedModelRunnerTest extends ModelRunnerContract {
    private final ModelRunner runner = ScriptedModelRunner.hashing(50, 64, 16);

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
        assertThatThrownBy(() -> runner.run(Batch.of(new int[] {1}, 3))).hasMessageContaining("never written");
    }

    @Test
    void a_table_too_short_for_its_tokens_and_too_many_rows_are_refused() {
        assertThatThrownBy(() -> new Batch.Slice(new int[17], 0, new int[] {0}, 1))
                .hasMessage("17 tokens at position 0 need 2 KV blocks, the table has 1");
        assertThatThrownBy(() -> new Batch.Slice(new int[2], 0, new int[] {0}, 3))
                .hasMessage("logits of 3 tokens are wanted, the slice has 2");
        var whole = new Batch.Slice(new int[16], 0, new int[] {0}, 16);
        runner.run(new Batch(List.of(whole)));
    }
}
