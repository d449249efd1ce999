package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.Adjustments;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guesses change how long a completion takes and nothing else. */
class SpeculationTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 200;
    private static final int END = 7;

    private long now;

    /** Everything that was told of one sequence. */
    private record Outcome(
            List<Integer> tokens,
            List<Logprobs> logprobs,
            @Nullable FinishReason reason) {}

    /** Tokens of one parity at odd places, of the other at even ones; it may end after the twelfth. */
    private static final class Alternating implements TokenMask {
        private int taken;

        @Override
        public void mask(long[] bits, int tokensLeft) {
            Arrays.fill(bits, 0);
            for (int id = taken % 2; id < VOCABULARY; id += 2) {
                bits[0] |= 1L << id;
            }
            bits[0] = taken >= 12 ? bits[0] | 1L << END : bits[0] & ~(1L << END);
        }

        @Override
        public void advance(int tokenId) {
            assertThat(tokenId % 2 == taken % 2 || tokenId == END && taken >= 12)
                    .isTrue();
            taken++;
        }

        @Override
        public TokenMask copy() {
            var copy = new Alternating();
            copy.taken = taken;
            return copy;
        }
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void tokens_log_probabilities_and_ends_are_those_without_guesses(long seed) {
        var random =
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
        int runningMax = random.nextInt(1, 6);
        int tokens = random.nextInt(runningMax, 60);
        int blocks = random.nextInt(13, 30);
        boolean cached = random.nextBoolean();
        long requests = random.nextLong();
        var without = run(new SchedulerLimits(runningMax, 99, tokens, cached, false), blocks, requests);
        var with = run(new SchedulerLimits(runningMax, 99, tokens, cached, true), blocks, requests);
        assertThat(with).isEqualTo(without);
    }

    private List<Outcome> run(SchedulerLimits limits, int blocks, long requests) {
        var random =
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(requests);
        var engine = new Engine(ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, blocks), limits, () -> now);
        var sequences = new ArrayList<Sequence>();
        for (int i = 0; i < 8; i++) {
            var first = someSequence(random);
            sequences.add(first);
            for (int more = random.nextInt(8) - 5; more > 0; more--) {
                sequences.add(first.another(someSampling(random)));
            }
            engine.add(first);
        }
        var outcomes = new IdentityHashMap<Sequence, Outcome>();
        sequences.forEach(each -> outcomes.put(each, new Outcome(new ArrayList<>(), new ArrayList<>(), null)));
        while (engine.hasWork()) {
            now += 1_000_000;
            for (var progress : engine.step()) {
                var outcome = Objects.requireNonNull(outcomes.get(progress.sequence()));
                switch (progress) {
                    case Progress.Prompt _ -> {}
                    case Progress.Token(var whose, int tokenId, var told) -> {
                        outcome.tokens().add(tokenId);
                        if (told != null) {
                            outcome.logprobs().add(told);
                        }
                    }
                    case Progress.Ended(var whose, var reason) ->
                        outcomes.put(whose, new Outcome(outcome.tokens(), outcome.logprobs(), reason));
                }
            }
        }
        assertThat(engine.load().kvUsage()).isZero();
        assertThat(engine.load().guessedTokens() > 0 && !limits.speculation()).isFalse();
        return sequences.stream()
                .map(each -> Objects.requireNonNull(outcomes.get(each)))
                .toList();
    }

    @Test
    void a_text_that_repeats_itself_is_guessed_and_takes_fewer_steps() {
        var engine = new Engine(
                ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 30),
                limits(8).speculating(true),
                () -> now);
        int steps = steps(engine, sequence(new int[] {1, 2, 3}, 120));
        assertThat(steps).isLessThan(60);
        assertThat(engine.load().guessesAccepted()).isGreaterThan(60);
        assertThat(engine.load().guessedTokens())
                .isGreaterThanOrEqualTo(engine.load().guessesAccepted());
        assertThat(engine.load().generatedTokens()).isEqualTo(120);
    }

    @Test
    void where_a_token_more_costs_as_much_as_a_step_of_its_own_hardly_any_is_guessed() {
        assertThat(nanos(true, 1000, 0)).isLessThan((long) (1.03 * nanos(false, 1000, 0)));
    }

    @Test
    void where_a_token_more_costs_little_a_repetition_takes_a_fraction_of_the_time() {
        assertThat(nanos(true, 100, 900)).isLessThan(nanos(false, 100, 900) / 3);
    }

    /** Time of a completion where a step costs so much for itself and for each of its tokens. */
    private long nanos(boolean speculates, int perToken, int perStep) {
        now = 0;
        var scripted = ScriptedModelRunner.repeating(VOCABULARY, 2000, 200);
        var scheduler = new Scheduler(limits(8).speculating(speculates), 2000, 200, () -> now);
        scheduler.add(sequence(new int[] {1, 2, 3}, 1500));
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            now += perStep + (long) perToken * batch.tokenCount();
            scheduler.advance(batch, scripted.run(batch));
        }
        return now;
    }

    @Test
    void wrong_guesses_are_given_up_and_tried_again_seldom() {
        // The longest match is what has just been: it never goes on so, as each round of four ends with another token.
        var runner =
                new ScriptedModelRunner(500, 2000, 200, ids -> ids.length % 4 > 0 ? ids.length % 4 : ids.length / 4);
        var engine = new Engine(runner, limits(8).speculating(true), () -> now += 1000);
        steps(engine, sequence(new int[] {1, 2, 3}, 1500));
        assertThat(engine.load().guessedTokens()).isPositive().isLessThan(1500);
    }

    @Test
    void a_wide_batch_and_one_that_others_wait_for_is_left_alone() {
        var engine = new Engine(
                ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 200),
                limits(Speculation.STEP_TOKENS_MAX).speculating(true),
                () -> now);
        for (int i = 0; i < Speculation.STEP_TOKENS_MAX; i++) {
            engine.add(sequence(new int[] {1, 2, 3}, 90));
        }
        steps(engine, sequence(new int[] {1, 2, 3}, 1));
        assertThat(engine.load().guessedTokens()).isZero();
        var waiting = new Engine(
                ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 200),
                limits(1).speculating(true),
                () -> now);
        waiting.add(sequence(new int[] {1, 2, 3}, 90));
        waiting.add(sequence(new int[] {1, 2, 3}, 1));
        while (waiting.load().waiting() > 0) {
            waiting.step();
            assertThat(waiting.load().guessedTokens()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 8})
    void no_step_has_more_tokens_than_pay(int running) {
        var scripted = ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 200);
        var scheduler = new Scheduler(limits(running).speculating(true), CONTEXT, 200, () -> now);
        for (int i = 0; i < running; i++) {
            scheduler.add(sequence(new int[] {1, 2, 3}, 100));
        }
        int most = 0;
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            most = Math.max(most, batch.slices().getFirst().position() > 3 ? batch.tokenCount() : 0);
            scheduler.advance(batch, scripted.run(batch));
        }
        assertThat(most).isEqualTo(Speculation.STEP_TOKENS_MAX);
    }

    @Test
    void only_tokens_that_were_taken_are_known_to_the_cache() {
        var engine = new Engine(
                ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 30),
                limits(8).speculating(true),
                () -> now);
        var first =
                new Sequence(new int[] {1, 2, 3}, new SamplingParams(1, 1, 0, 0, 5), 100, Set.of(), Standing.DEFAULT);
        steps(engine, first);
        assertThat(engine.load().guessedTokens()).isGreaterThan(engine.load().guessesAccepted());
        var conversation = IntStream.concat(IntStream.of(first.promptIds()), IntStream.of(first.generatedIds()))
                .toArray();
        var second = sequence(conversation, 20);
        steps(engine, second);
        assertThat(second.cachedTokens()).isEqualTo(96);
        var alone = sequence(conversation, 20);
        steps(new Engine(ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 30), limits(8)), alone);
        assertThat(second.generatedIds()).isEqualTo(alone.generatedIds());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void the_kernels_give_the_same_tokens_with_guesses(long seed) {
        try (var checkpoint = Checkpoints.open(Golden.path("llama-tied"));
                var runner = io.weighbridge.engine.kernels.TestRunners.fourBit(Decoders.of(checkpoint))) {
            var with = new Engine(runner, new SchedulerLimits(4, 9, 64, false, true), () -> now);
            var without = new Engine(runner, new SchedulerLimits(4, 9, 64, false, false), () -> now);
            var prompt = IntStream.range(0, 40).map(i -> 5 + i % 6).toArray();
            for (double temperature : new double[] {0, 0.05, 0.3}) {
                var guessed = kernelTokens(with, prompt, temperature, seed);
                assertThat(guessed).isEqualTo(kernelTokens(without, prompt, temperature, seed));
            }
            assertThat(with.load().guessesAccepted()).isPositive();
        }
    }

    private static int[] kernelTokens(Engine engine, int[] prompt, double temperature, long seed) {
        var sequence =
                new Sequence(prompt, new SamplingParams(temperature, 1, 0, 0, seed), 60, Set.of(), Standing.DEFAULT);
        steps(engine, sequence);
        return sequence.generatedIds();
    }

    @Test
    void a_runner_whose_logits_hang_on_the_batch_is_never_given_guesses() {
        var scripted = ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, 30);
        var runner = new ModelRunner() {
            @Override
            public int vocabularySize() {
                return VOCABULARY;
            }

            @Override
            public int contextLength() {
                return CONTEXT;
            }

            @Override
            public int kvBlockCount() {
                return 30;
            }

            @Override
            public float[][] run(io.weighbridge.engine.runner.Batch batch) {
                return scripted.run(batch);
            }

            @Override
            public void close() {}
        };
        var engine = new Engine(runner, limits(8).speculating(true), () -> now);
        steps(engine, sequence(new int[] {1, 2, 3}, 120));
        assertThat(engine.load().guessedTokens()).isZero();
    }

    @Test
    void what_followed_the_longest_match_is_guessed_then_the_latest() {
        assertThat(drafts(3, 1, 2, 3, 9, 8, 7, 1, 2, 3)).containsExactly(9, 8, 7);
        assertThat(drafts(2, 1, 2, 3, 9, 1, 2, 3, 8, 1, 2, 3)).as("the latest").containsExactly(8, 1);
        assertThat(drafts(2, 0, 1, 2, 3, 9, 1, 2, 3, 8, 0, 1, 2, 3))
                .as("the longest")
                .containsExactly(9, 1);
        assertThat(drafts(3, 1, 2, 9, 1, 2)).as("two tokens are too few").isEmpty();
        assertThat(drafts(5, 1, 2, 3, 4)).isEmpty();
        assertThat(drafts(5, 4, 4, 4, 4)).as("goes on as guessed").containsExactly(4, 4, 4, 4, 4);
        assertThat(drafts(5, 1, 2, 1, 2, 1, 2)).containsExactly(1, 2, 1, 2, 1);
        assertThat(drafts(0, 4, 4, 4, 4)).isEmpty();
    }

    @Test
    void what_was_too_long_ago_is_not_looked_at() {
        var text = IntStream.range(0, Drafts.LOOKBACK_MAX + 20).map(i -> i + 10).toArray();
        System.arraycopy(text, 0, text, text.length - 3, 3);
        assertThat(Drafts.of(text, text.length, 4)).isEmpty();
        System.arraycopy(text, 100, text, text.length - 3, 3);
        assertThat(Drafts.of(text, text.length, 4)).containsExactly(113, 114, 115, 116);
    }

    private static int[] drafts(int most, int... tokenIds) {
        return Drafts.of(Arrays.copyOf(tokenIds, tokenIds.length + 3), tokenIds.length, most);
    }

    private static int steps(Engine engine, Sequence sequence) {
        assertThat(engine.add(sequence)).isInstanceOf(Admission.Accepted.class);
        int steps = 0;
        while (engine.hasWork()) {
            engine.step();
            steps++;
        }
        return steps;
    }

    private static SchedulerLimits limits(int running) {
        return new SchedulerLimits(running, 99, 512);
    }

    private static Sequence sequence(int[] prompt, int maxTokens) {
        return new Sequence(prompt, SamplingParams.greedy(), maxTokens, Set.of(), Standing.DEFAULT);
    }

    /** Greedy or sampled, with penalties, masks, log probabilities and late ends. */
    private static Sequence someSequence(RandomGenerator random) {
        var prompt = random.ints(random.nextInt(1, 80), 0, random.nextInt(2, VOCABULARY))
                .toArray();
        var mask = random.nextInt(4) == 0 ? new Alternating() : null;
        boolean ignores = mask == null && random.nextInt(3) == 0;
        var selection = new Selection(
                someSampling(random),
                mask == null && random.nextBoolean() ? random.nextInt(30) : 0,
                ignores,
                random.nextInt(-1, 3),
                random.nextInt(5) == 0,
                mask);
        return new Sequence(prompt, selection, random.nextInt(1, 90), Set.of(END), Standing.DEFAULT);
    }

    private static SamplingParams someSampling(RandomGenerator random) {
        var adjustments = random.nextInt(4) == 0 ? new Adjustments(1.05, 0.1, 0.05, Map.of(3, 1f)) : Adjustments.NONE;
        return random.nextBoolean()
                ? new SamplingParams(0, 1, 0, 0, 1, 0, adjustments)
                : new SamplingParams(random.nextDouble(0.3, 1), 0.95, 0, 0, 1, random.nextLong(), adjustments);
    }
}
