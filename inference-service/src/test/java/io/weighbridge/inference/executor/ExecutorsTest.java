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
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.Numerics;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ExecutorsTest {
    private static final int KV_PLACES = 64;
    private static final float DIFFERENCE_RATIO_MAX = 2;
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

    static List<String> folders() {
        return Golden.FOLDERS;
    }

    @ParameterizedTest
    @MethodSource("folders")
    void every_familys_floats_stay_as_stored_in_the_kernels_and_agree_with_transformers(String folder) {
        try (var checkpoint = Checkpoints.open(Golden.path(folder));
                var kernels = load(checkpoint, Numerics.STORED)) {
            assertThat(kernels).isInstanceOf(KernelModelRunner.class);
            assertThat(difference(kernels, Golden.of(folder))).isLessThan(1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("folders")
    void eight_bits_of_every_family_move_logits_about_as_far_in_the_kernels_as_in_libtorch(String folder) {
        try (var checkpoint = Checkpoints.open(Golden.path(folder));
                var kernels = load(checkpoint, Numerics.INT8);
                var libtorch = DjlBackEnd.load(Decoders.of(checkpoint), Numerics.INT8, KV_PLACES, 2)) {
            assertThat(kernels).isInstanceOf(KernelModelRunner.class);
            // Where routers choose other experts, logits jump, in either.
            assertThat(difference(kernels, Golden.of(folder)))
                    .isLessThan(DIFFERENCE_RATIO_MAX * difference(libtorch, Golden.of(folder)));
        }
    }

    /** The largest over all positions of the prompt. */
    private static float difference(ModelRunner runner, Golden golden) {
        float largest = 0;
        for (int i = 0; i < golden.inputIds().length; i++) {
            var token = Batch.of(new int[] {golden.inputIds()[i]}, i);
            var logits = runner.run(token)[0];
            for (int j = 0; j < logits.length; j++) {
                largest = Math.max(largest, Math.abs(logits[j] - golden.logits()[i][j]));
            }
        }
        return largest;
    }

    private static ModelRunner load(Checkpoint checkpoint, Numerics numerics) {
        return Executors.load(Decoders.of(checkpoint), numerics, KV_PLACES, 2);
    }

    private static float[] logits(ModelRunner runner) {
        return runner.run(Batch.of(PROMPT, 0))[0];
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
