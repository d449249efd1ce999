package io.weighbridge.benchmarks;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * The engine alone, without text and network: concurrent streams over one model, and what a shared beginning of prompts saves.
 * Arguments: a model, threads, numerics (or auto), prompt tokens of a stream.
 */
final class SchedulerFigures {
    private static final int[] STREAMS = {1, 2, 4, 8};
    private static final int STREAM_TOKENS = 128;
    private static final int ROUNDS = 3;
    private static final int SHARED_TOKENS = 1500;
    private static final int OWN_TOKENS = 20;
    private static final int KV_TOKENS = 20_000;

    private final ModelRunner runner;
    private final RandomGenerator random =
            RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(1);

    private SchedulerFigures(ModelRunner runner) {
        this.runner = runner;
    }

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[1]);
        try (var checkpoint = Checkpoints.open(Path.of(arguments[0]))) {
            var decoder = Decoders.of(checkpoint);
            var numerics = arguments[2].equals("auto") ? Numerics.auto(decoder) : Numerics.parse(arguments[2]);
            try (var runner = Executors.load(decoder, numerics, KV_TOKENS, threads)) {
                var figures = new SchedulerFigures(runner);
                System.out.printf("%s, %d threads%n", numerics.label(), threads);
                figures.streams(8, Integer.parseInt(arguments[3]), "warm-up");
                for (int streams : STREAMS) {
                    figures.streams(streams, Integer.parseInt(arguments[3]), streams + " streams");
                }
                figures.sharedPrompt();
            }
        }
    }

    /** So many streams at once, one after the other in each place, as a load generator with so many connections. */
    private void streams(int count, int promptTokens, String name) {
        var engine = new Engine(runner, new SchedulerLimits(Math.max(count, 8), 64, 512));
        var begun = new HashMap<Sequence, Long>();
        var firstTokenMillis = new double[count * ROUNDS];
        int firsts = 0;
        int tokens = 0;
        int left = count * ROUNDS;
        long start = System.nanoTime();
        for (int i = 0; i < count; i++, left--) {
            add(engine, promptTokens, begun);
        }
        while (engine.hasWork()) {
            for (var progress : engine.step()) {
                switch (progress) {
                    case Progress.Prompt _ -> {}
                    case Progress.Token(var sequence, var _, var _) -> {
                        tokens++;
                        Long at = begun.remove(sequence);
                        if (at != null) {
                            firstTokenMillis[firsts++] = (System.nanoTime() - at) / 1e6;
                        }
                    }
                    case Progress.Ended _ -> {
                        if (left > 0) {
                            left--;
                            add(engine, promptTokens, begun);
                        }
                    }
                }
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        Arrays.sort(firstTokenMillis);
        System.out.printf(
                "%s: %d tokens in %.2f s, %.1f tokens/s, first token p50 %.0f ms, max %.0f ms%n",
                name, tokens, seconds, tokens / seconds, firstTokenMillis[firsts / 2], firstTokenMillis[firsts - 1]);
    }

    private void add(Engine engine, int promptTokens, Map<Sequence, Long> begun) {
        var sequence = new Sequence(prompt(promptTokens), SamplingParams.greedy(), STREAM_TOKENS, Set.of());
        begun.put(sequence, System.nanoTime());
        engine.add(sequence);
    }

    private void sharedPrompt() {
        var engine = new Engine(runner, SchedulerLimits.DEFAULT);
        var shared = prompt(SHARED_TOKENS);
        double first = 0;
        for (int i = 0; i < 5; i++) {
            var prompt = Arrays.copyOf(shared, SHARED_TOKENS + OWN_TOKENS);
            System.arraycopy(prompt(OWN_TOKENS), 0, prompt, SHARED_TOKENS, OWN_TOKENS);
            var sequence = new Sequence(prompt, SamplingParams.greedy(), 1, Set.of());
            long start = System.nanoTime();
            engine.add(sequence);
            while (engine.hasWork()) {
                engine.step();
            }
            double millis = (System.nanoTime() - start) / 1e6;
            first = i == 0 ? millis : first;
            System.out.printf(
                    "shared %d tokens, request %d: first token after %.1f ms, %.1f %% of the first's, %d tokens cached%n",
                    SHARED_TOKENS, i + 1, millis, 100 * millis / first, sequence.cachedTokens());
        }
    }

    private int[] prompt(int length) {
        return random.ints(length, 0, runner.vocabularySize()).toArray();
    }
}
