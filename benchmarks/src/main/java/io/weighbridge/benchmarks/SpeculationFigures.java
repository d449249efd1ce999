package io.weighbridge.benchmarks;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import io.weighbridge.inference.djl.DjlTokenizer;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * What guessing brings for one stream: a text to be repeated, and free texts greedy and sampled, each with and without in turn.
 * Arguments: a chat model that knows the ChatML marks, threads, numerics (or auto), rounds.
 */
final class SpeculationFigures {
    private static final int TOKENS = 100;
    private static final int WARM_UPS = 3;
    private static final int KV_TOKENS = 4_000;
    private static final String REPEAT = """
            Repeat the following list exactly as it is, without any comment:

            1. The weighbridge at the north gate opens at seven o'clock and closes at six in the evening.
            2. Lorries with more than forty tonnes must wait in the yard until a foreman has seen their papers.
            3. The foreman writes the number of the lorry, its weight and the name of its driver into the book.
            4. Nobody leaves the yard without a receipt that carries the stamp of the weighbridge and the date.
            5. Receipts are kept for ten years in the cellar of the office, in boxes that are marked by month.
            """;
    private static final String FREE = "Write a short story about a lighthouse keeper who finds a strange boat.";

    private final ModelRunner runner;
    private final int rounds;

    private SpeculationFigures(ModelRunner runner, int rounds) {
        this.runner = runner;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[1]);
        try (var checkpoint = Checkpoints.open(Path.of(arguments[0]))) {
            var decoder = Decoders.of(checkpoint);
            var numerics = arguments[2].equals("auto") ? Numerics.auto(decoder) : Numerics.parse(arguments[2]);
            try (var runner = Executors.load(decoder, numerics, KV_TOKENS, threads);
                    var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()))) {
                var figures = new SpeculationFigures(runner, Integer.parseInt(arguments[3]));
                System.out.printf("%s, %d threads, %d tokens%n", numerics.label(), threads, TOKENS);
                var repeat = tokenizer.encode(chat(REPEAT), false);
                var free = tokenizer.encode(chat(FREE), false);
                figures.compare("repeat, greedy", repeat, SamplingParams.greedy());
                figures.compare("free, greedy", free, SamplingParams.greedy());
                figures.compare("free, sampled", free, new SamplingParams(0.8, 0.95, 0, 0, 1));
            }
        }
    }

    private static String chat(String text) {
        return "<|im_start|>user\n" + text + "<|im_end|>\n<|im_start|>assistant\n";
    }

    private void compare(String name, int[] prompt, SamplingParams sampling) {
        var plain = new Engine(runner, SchedulerLimits.DEFAULT);
        var guessing = new Engine(runner, SchedulerLimits.DEFAULT.speculating(true));
        var ratios = new double[rounds];
        double plainPace = 0;
        boolean same = true;
        for (int i = 0; i < WARM_UPS; i++) {
            run(plain, prompt, sampling);
            run(guessing, prompt, sampling);
        }
        for (int i = 0; i < rounds; i++) {
            var without = run(plain, prompt, sampling);
            var with = run(guessing, prompt, sampling);
            same &= Arrays.equals(without.tokenIds, with.tokenIds);
            plainPace = without.tokensPerSecond;
            ratios[i] = with.tokensPerSecond / without.tokensPerSecond;
        }
        Arrays.sort(ratios);
        var load = guessing.load();
        System.out.printf(
                "%s: %.2f times as fast (%.2f to %.2f), plain %.0f tokens/s, %d of %d guesses right, same tokens: %s%n",
                name,
                ratios[rounds / 2],
                ratios[0],
                ratios[rounds - 1],
                plainPace,
                load.guessesAccepted(),
                load.guessedTokens(),
                same);
    }

    private record Run(double tokensPerSecond, int[] tokenIds) {}

    /** Time from the first token to the last: what guessing can change. */
    private static Run run(Engine engine, int[] prompt, SamplingParams sampling) {
        var sequence = new Sequence(prompt, sampling, TOKENS, Set.of());
        engine.add(sequence);
        long start = 0;
        while (engine.hasWork()) {
            boolean first = engine.step().stream().anyMatch(progress -> progress instanceof Progress.Token);
            start = first && start == 0 ? System.nanoTime() : start;
        }
        return new Run((TOKENS - 1) * 1e9 / (System.nanoTime() - start), sequence.generatedIds());
    }
}
