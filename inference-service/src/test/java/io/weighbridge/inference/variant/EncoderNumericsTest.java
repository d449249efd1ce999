package io.weighbridge.inference.variant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.Encoders;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.EncoderExecutors;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncoderNumericsTest {
    private static final int STEP_TOKENS = 64;

    private Checkpoint checkpoint;
    private Encoder encoder;

    @BeforeEach
    void open() {
        checkpoint = Checkpoints.open(Path.of("..", "engine", "src", "test", "resources", "encoders", "bert-mean"));
        encoder = Encoders.of(checkpoint);
    }

    @AfterEach
    void close() {
        checkpoint.close();
    }

    @Test
    void left_to_itself_nothing_is_rounded_unless_it_does_not_fit() {
        var roomy = EncoderNumerics.of(NumericsChoice.AUTO, encoder, STEP_TOKENS, 1 << 30);
        assertThat(roomy.numerics()).isEqualTo(Numerics.F32);
        assertThat(roomy.need()).isEqualTo(EncoderExecutors.memory(encoder, Numerics.F32, STEP_TOKENS));
        var tight = EncoderNumerics.of(
                NumericsChoice.AUTO, encoder, STEP_TOKENS, roomy.need().total() - 1);
        assertThat(tight.numerics()).isEqualTo(Numerics.INT8);
        assertThat(tight.reason()).contains("f32 would need");
    }

    @ParameterizedTest
    @CsvSource({"f32, F32", "bf16, BF16", "int8, INT8", "int4, INT8", "stored, INT8"})
    void what_is_set_for_the_replica_is_taken_as_far_as_encoders_have_it(String setting, Numerics numerics) {
        assertThat(EncoderNumerics.of(setting, encoder, STEP_TOKENS, 0).numerics())
                .isEqualTo(numerics);
        assertThatThrownBy(() -> EncoderNumerics.of("f8", encoder, STEP_TOKENS, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void memory_is_that_of_the_weights_tables_and_a_step() {
        // Two layers of four matrices of 24 x 24 and two of 24 x 40, in float32.
        long linears = 2 * (4 * 24 * 24 + 2 * 24 * 40) * Float.BYTES;
        var need = EncoderExecutors.memory(encoder, Numerics.F32, STEP_TOKENS);
        assertThat(need.weights()).isBetween(linears, linears + 4_000);
        assertThat(need.mapped()).isEqualTo((120 + 40) * 24 * Float.BYTES);
        assertThat(need.kv()).isZero();
        assertThat(need.scratch()).isGreaterThanOrEqualTo((long) STEP_TOKENS * (10 * 24 + 3 * 40) * Float.BYTES);
    }
}
