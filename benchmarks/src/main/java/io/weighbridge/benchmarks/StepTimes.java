package io.weighbridge.benchmarks;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The time of a step by the number of its tokens: as many sequences that each decode one token (what concurrent streams cost), and one
 * sequence with as many tokens that all want logits (what checking a draft costs). Arguments: a model, threads, numerics (or auto), tokens
 * each sequence already has.
 */
final class StepTimes {
    private static final int[] TOKENS = {1, 2, 3, 4, 5, 6, 8, 12, 16, 32};
    private static final int MOST = TOKENS[TOKENS.length - 1];
    private static final int REPEATS = 25;
    private static final int ROUNDS = 5;

    private final ModelRunner runner;
    private final int past;
    private final int blocksEach;

    private StepTimes(ModelRunner runner, int past) {
        this.runner = runner;
        this.past = past;
        blocksEach = blocksEach(past);
    }

    private static int blocksEach(int past) {
        return Math.ceilDiv(past + MOST, ModelRunner.KV_BLOCK_TOKENS);
    }

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[1]);
        int past = Integer.parseInt(arguments[3]);
        try (var checkpoint = Checkpoints.open(Path.of(arguments[0]))) {
            var decoder = Decoders.of(checkpoint);
            var numerics = arguments[2].equals("auto") ? Numerics.auto(decoder) : Numerics.parse(arguments[2]);
            int places = MOST * blocksEach(past) * ModelRunner.KV_BLOCK_TOKENS;
            try (var runner = Executors.load(decoder, numerics, places, threads)) {
                new StepTimes(runner, past).print();
            }
        }
    }

    /** Rounds take turns with the numbers of tokens, so that a disturbance does not hit one number only; the first warms up. */
    private void print() {
        for (int sequence = 0; sequence < MOST; sequence++) {
            runner.run(new Batch(List.of(slice(sequence, 0, past, 1))));
        }
        var streams = new double[TOKENS.length][ROUNDS * REPEATS];
        var drafts = new double[TOKENS.length][ROUNDS * REPEATS];
        for (int round = -1; round < ROUNDS; round++) {
            for (int i = 0; i < TOKENS.length; i++) {
                int at = Math.max(0, round) * REPEATS;
                measure(streams(TOKENS[i]), streams[i], at);
                measure(new Batch(List.of(slice(0, past, TOKENS[i], TOKENS[i]))), drafts[i], at);
            }
        }
        for (int i = 0; i < TOKENS.length; i++) {
            System.out.printf(
                    "%d tokens: %.2f ms as streams, %.2f ms as one draft (medians)%n",
                    TOKENS[i], median(streams[i]), median(drafts[i]));
        }
    }

    private void measure(Batch batch, double[] millis, int at) {
        for (int i = 0; i < REPEATS; i++) {
            long start = System.nanoTime();
            runner.run(batch);
            millis[at + i] = (System.nanoTime() - start) / 1e6;
        }
    }

    private static double median(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private Batch streams(int count) {
        return new Batch(IntStream.range(0, count)
                .mapToObj(sequence -> slice(sequence, past, 1, 1))
                .toList());
    }

    private Batch.Slice slice(int sequence, int position, int count, int logits) {
        var ids = IntStream.range(0, count)
                .map(i -> (sequence * 7919 + (position + i) * 104_729) % runner.vocabularySize())
                .toArray();
        var blocks = IntStream.range(sequence * blocksEach, (sequence + 1) * blocksEach)
                .toArray();
        return new Batch.Slice(ids, position, blocks, logits);
    }
}
