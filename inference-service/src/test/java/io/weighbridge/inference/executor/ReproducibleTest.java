package io.weighbridge.inference.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.kernels.KernelModelRunner;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.variant.Machine;
import io.weighbridge.inference.variant.NumericsChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * In reproducible floats the same request with the same seed gets the same tokens, with log probabilities that do not differ in a bit, whatever
 * runs beside it and however its prompt is cut into steps.
 */
class ReproducibleTest {
    private static final int TOKENS = 30;
    private static final int KV_PLACES = 4_096;
    /** Room for the request and a neighbor's beginning. */
    private static final int FEW_KV_PLACES = 224;

    private static final int PROMPT = 75;

    @ParameterizedTest
    @CsvSource({"llama3, F32", "llama3-bf16-sharded, BF16", "llama-headdim-bias, BF16", "gemma3, F32", "qwen3-moe, F32"
    })
    void nothing_beside_a_request_changes_its_tokens(String folder, Numerics numerics) {
        try (var checkpoint = Checkpoints.open(Golden.path(folder));
                var runner = load(checkpoint, numerics, KV_PLACES);
                var small = load(checkpoint, numerics, FEW_KV_PLACES)) {
            assertThat(runner).isInstanceOf(KernelModelRunner.class);
            int vocabulary = runner.vocabularySize();
            var whole = new SchedulerLimits(8, 64, 512);
            var alone = run(new Engine(runner, whole), vocabulary, request(runner), 0, 1);
            assertThat(alone).hasSize(TOKENS);

            assertThat(run(new Engine(runner, whole), vocabulary, request(runner), 7, 1))
                    .isEqualTo(alone);
            assertThat(run(new Engine(runner, new SchedulerLimits(8, 64, 8)), vocabulary, request(runner), 0, 1))
                    .isEqualTo(alone);
            assertThat(run(new Engine(runner, new SchedulerLimits(8, 64, 24)), vocabulary, request(runner), 7, 2))
                    .isEqualTo(alone);

            var cached = new Engine(runner, whole);
            run(cached, vocabulary, request(runner), 3, 3);
            var again = request(runner);
            assertThat(run(cached, vocabulary, again, 0, 1)).isEqualTo(alone);
            assertThat(again.cachedTokens()).isPositive();

            var tight = new Engine(small, new SchedulerLimits(8, 64, 16));
            assertThat(run(tight, vocabulary, request(small), 7, 4)).isEqualTo(alone);
            assertThat(tight.load().preemptions()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({"auto, true", "f32, true", "bf16, true", "int8, true", "auto, false"})
    void the_choice_says_whether_answers_are_reproducible(String setting, boolean wanted) {
        try (var checkpoint = Checkpoints.open(Golden.path("llama3"))) {
            var choice = NumericsChoice.of(
                    setting,
                    wanted,
                    Decoders.of(checkpoint),
                    new MemoryNeed.Workload(256, 64, 1, 2),
                    1L << 40,
                    new Machine(1L << 40, true));
            assertThat(choice.reproducible()).isEqualTo(wanted);
        }
    }

    /** A token and its log probabilities. */
    private record Told(int tokenId, @Nullable Logprobs logprobs) {}

    private static ModelRunner load(Checkpoint checkpoint, Numerics numerics, int places) {
        return Executors.load(Decoders.of(checkpoint), numerics, true, places, 2);
    }

    private static Sequence request(ModelRunner runner) {
        return sequence(new Random(1), PROMPT, TOKENS, runner.vocabularySize());
    }

    private static Sequence sequence(Random random, int promptTokens, int tokens, int vocabularySize) {
        var prompt = random.ints(promptTokens, 3, vocabularySize).toArray();
        var selection = new Selection(new SamplingParams(1, 0.98, 0, 0, random.nextLong()), 0, true, 3, false, null);
        return new Sequence(prompt, selection, tokens, Set.of(), Standing.DEFAULT);
    }

    /** The tokens of {@code request} with all that is told of them, among neighbors that come before and during it. */
    private static List<Told> run(Engine engine, int vocabularySize, Sequence request, int neighbors, long seed) {
        var random = new Random(seed);
        for (int i = 0; i < neighbors; i++) {
            engine.add(sequence(random, 1 + random.nextInt(60), 5 + random.nextInt(60), vocabularySize));
            if (i == neighbors / 2) {
                engine.add(request);
            }
        }
        if (neighbors == 0) {
            engine.add(request);
        }
        var told = new ArrayList<Told>();
        while (engine.hasWork()) {
            for (var progress : engine.step()) {
                if (progress.sequence() == request && progress instanceof Progress.Token token) {
                    told.add(new Told(token.tokenId(), token.logprobs()));
                }
            }
        }
        return told;
    }
}
