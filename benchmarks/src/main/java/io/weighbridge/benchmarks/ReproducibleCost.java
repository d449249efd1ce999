package io.weighbridge.benchmarks;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * What reproducible floats cost: prefill and decode in libtorch and in the kernels, in turn. Arguments: a model, threads, numerics
 * (f32 or bf16), rounds.
 */
final class ReproducibleCost {
    private static final int PROMPT_TOKENS = 512;
    private static final int GENERATED_TOKENS = 48;
    private static final int KV_TOKENS = 1_024;

    private ReproducibleCost() {}

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[1]);
        var numerics = Numerics.parse(arguments[2]);
        int rounds = Integer.parseInt(arguments[3]);
        try (var checkpoint = Checkpoints.open(Path.of(arguments[0]));
                var libtorch = Executors.load(Decoders.of(checkpoint), numerics, false, KV_TOKENS, threads);
                var kernels = Executors.load(Decoders.of(checkpoint), numerics, true, KV_TOKENS, threads)) {
            var prefill = new double[2][rounds];
            var decode = new double[2][rounds];
            measure(libtorch);
            measure(kernels);
            for (int round = 0; round < rounds; round++) {
                var first = measure(libtorch);
                var second = measure(kernels);
                prefill[0][round] = first[0];
                prefill[1][round] = second[0];
                decode[0][round] = first[1];
                decode[1][round] = second[1];
            }
            print(numerics.label() + " prefill of " + PROMPT_TOKENS, prefill);
            print(numerics.label() + " decode", decode);
        }
    }

    private static void print(String what, double[][] speeds) {
        double libtorch = median(speeds[0]);
        double kernels = median(speeds[1]);
        System.out.printf(
                Locale.ROOT,
                "%s: libtorch %.1f tokens/s, kernels (reproducible) %.1f tokens/s, ratio %.2f%n",
                what,
                libtorch,
                kernels,
                kernels / libtorch);
    }

    /** Tokens a second of one prefill and of decoding after it. */
    private static double[] measure(ModelRunner runner) {
        var ids = new Random(1)
                .ints(PROMPT_TOKENS + GENERATED_TOKENS, 0, runner.vocabularySize())
                .toArray();
        long start = System.nanoTime();
        runner.run(Batch.of(Arrays.copyOf(ids, PROMPT_TOKENS), 0));
        long middle = System.nanoTime();
        for (int i = 0; i < GENERATED_TOKENS; i++) {
            runner.run(Batch.of(new int[] {ids[PROMPT_TOKENS + i]}, PROMPT_TOKENS + i));
        }
        long end = System.nanoTime();
        return new double[] {PROMPT_TOKENS * 1e9 / (middle - start), GENERATED_TOKENS * 1e9 / (end - middle)};
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
