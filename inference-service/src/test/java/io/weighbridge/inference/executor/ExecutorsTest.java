package io.weighbridge.inference.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.kernels.KernelModelRunner;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.inference.djl.Numerics;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExecutorsTest {
    private static final int KV_PLACES = 64;
    private static final int[] PROMPT = {5, 17, 200, 31, 99, 4, 260};

    @ParameterizedTest
    @EnumSource(names = {"INT8", "INT4"})
    void quantized_weights_run_in_the_kernels_and_agree_with_libtorch_over_floats(Numerics numerics) {
        try (var checkpoint = Checkpoints.open(Golden.path("llama-headdim-bias"));
                var floats = load(checkpoint, Numerics.F32);
                var quantized = load(checkpoint, numerics)) {
            assertThat(quantized).isInstanceOf(KernelModelRunner.class);
            assertThat(floats).isNotInstanceOf(KernelModelRunner.class);
            var expected = logits(floats);
            var actual = logits(quantized);
            // Random weights have no large ones; four bits of them keep the direction, eight bits two digits.
            assertThat(cosine(expected, actual)).isCloseTo(1, within(numerics == Numerics.INT8 ? 1e-3 : 5e-2));
        }
    }

    private static ModelRunner load(Checkpoint checkpoint, Numerics numerics) {
        return Executors.load(Decoders.of(checkpoint), numerics, KV_PLACES, 2);
    }

    private static float[] logits(ModelRunner runner) {
        return runner.run(new Batch(List.of(new Batch.Slice(PROMPT, 0, 0, true))))[0];
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresOfA = 0;
        double squaresOfB = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * (double) b[i];
            squaresOfA += a[i] * (double) a[i];
            squaresOfB += b[i] * (double) b[i];
        }
        return product / Math.sqrt(squaresOfA * squaresOfB);
    }
}
