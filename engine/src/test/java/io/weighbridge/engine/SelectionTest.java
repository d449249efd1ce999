package io.weighbridge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.Adjustments;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a sequence asks beside sampling, through the whole engine, with small and large memory and steps. */
class SelectionTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 200;
    private static final int END = 7;

    /** What came of one sequence. */
    private record Outcome(List<Integer> tokens, List<Logprobs> logprobs, List<Logprobs> prompt, FinishReason reason) {}

    /** Only even tokens, and an end after the fifth. */
    private static final class Even implements TokenMask {
        private int taken;

        @Override
        public void mask(long[] bits, int tokensLeft) {
            Arrays.fill(bits, 0);
            if (taken == 5) {
                bits[0] = 1L << END;
                return;
            }
            for (int id = 0; id < VOCABULARY; id += 2) {
                bits[id / Long.SIZE] |= 1L << id;
            }
        }

        @Override
        public void advance(int tokenId) {
            assertThat(tokenId % 2 == 0 || tokenId == END).isTrue();
            taken++;
        }

        @Override
        public TokenMask copy() {
            var copy = new Even();
            copy.taken = taken;
            return copy;
        }
    }

    @Test
    void end_tokens_wait_until_enough_tokens_have_come() {
        var outcome = run(ending(3), selection(SamplingParams.greedy(), 5, false), 20);
        assertThat(outcome.tokens()).hasSize(5).doesNotContain(END);
        assertThat(outcome.reason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void an_ignored_end_is_a_token_like_others() {
        var outcome = run(ending(3), selection(SamplingParams.greedy(), 0, true), 8);
        assertThat(outcome.tokens()).hasSize(8).endsWith(END, END);
        assertThat(outcome.reason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void a_mask_decides_what_may_come_and_where_it_ends() {
        var selection = new Selection(sampled(3), 0, false, Selection.NO_LOGPROBS, false, new Even());
        var outcome = run(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 20), selection, 20);
        assertThat(outcome.tokens()).hasSize(5).allMatch(id -> id % 2 == 0);
        assertThat(outcome.reason()).isEqualTo(FinishReason.STOP);
    }

    @Test
    void penalties_keep_a_model_from_repeating_itself() {
        var runner = new ScriptedModelRunner(VOCABULARY, CONTEXT, 20, ids -> 9);
        var free = run(runner, selection(SamplingParams.greedy(), 0, false), 4);
        assertThat(free.tokens()).containsExactly(9, 9, 9, 9);
        var adjusted = new SamplingParams(0, 1, 0, 0, 1, 0, new Adjustments(100, 2, 2, Map.of(5, 3f)));
        runner = new ScriptedModelRunner(VOCABULARY, CONTEXT, 20, ids -> 9);
        var penalized = run(runner, selection(adjusted, 0, false), 4);
        assertThat(penalized.tokens().getFirst()).isEqualTo(9);
        assertThat(penalized.tokens().get(1)).as("the biased one").isEqualTo(5);
    }

    @Test
    void log_probabilities_are_the_models_own_whatever_is_adjusted() {
        var adjusted = new SamplingParams(0, 1, 0, 0, 1, 0, new Adjustments(1, 0, 0, Map.of(5, 100f)));
        var selection = new Selection(adjusted, 0, false, 2, false, null);
        var outcome = run(new ScriptedModelRunner(VOCABULARY, CONTEXT, 20, ids -> 3), selection, 1);
        var logprobs = outcome.logprobs().getFirst();
        assertThat(logprobs.chosen().tokenId()).isEqualTo(5);
        assertThat(logprobs.chosen().logprob()).isLessThan(-19);
        assertThat(logprobs.top().getFirst().tokenId()).isEqualTo(3);
        assertThat(logprobs.top()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 64, 150})
    void every_token_of_a_prompt_but_the_first_has_a_log_probability_however_it_is_cut(int tokensPerStep) {
        int[] prompt = IntStream.range(0, 150).map(i -> i * 7 % VOCABULARY).toArray();
        var selection = new Selection(SamplingParams.greedy(), 0, true, 1, true, null);
        var runner = ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 30);
        var engine = new Engine(runner, new SchedulerLimits(1, 9, tokensPerStep));
        engine.add(new Sequence(prompt, SamplingParams.greedy(), 1, Set.of(), Standing.DEFAULT));
        while (engine.hasWork()) {
            engine.step(); // so that the prefix cache holds the prompt
        }
        var outcome = run(engine, new Sequence(prompt, selection, 2, Set.of(END), Standing.DEFAULT));
        assertThat(outcome.prompt()).hasSize(149);
        for (int i = 1; i < prompt.length; i++) {
            var told = outcome.prompt().get(i - 1);
            int likely = Math.floorMod(Arrays.hashCode(Arrays.copyOf(prompt, i)) * 0x9E3779B9 >>> 7, VOCABULARY);
            assertThat(told.chosen().tokenId()).isEqualTo(prompt[i]);
            assertThat(told.top().getFirst().tokenId()).as("after %d tokens", i).isEqualTo(likely);
        }
        assertThat(outcome.tokens()).hasSize(2);
    }

    @Test
    void each_of_several_completions_has_penalties_and_mask_of_its_own() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 20), SchedulerLimits.DEFAULT);
        var selection = new Selection(sampled(1), 0, false, Selection.NO_LOGPROBS, false, new Even());
        var parent = new Sequence(new int[] {1, 2, 3}, selection, 20, Set.of(END), Standing.DEFAULT);
        var fork = parent.another(sampled(2));
        engine.add(parent);
        while (engine.hasWork()) {
            engine.step();
        }
        assertThat(parent.generatedCount()).isEqualTo(5);
        assertThat(fork.generatedCount()).isEqualTo(5);
    }

    @Test
    void a_completion_of_several_is_the_same_whatever_their_number_and_the_first_is_as_alone() {
        var alone = run(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 30), selection(sampled(5), 0, true), 30);
        for (int count = 2; count < 7; count += 2) {
            var engine = new Engine(
                    ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 30), new SchedulerLimits(count - 1, 9, 40));
            var first = new Sequence(
                    new int[] {1, 2, 3}, selection(sampled(5), 0, true), 30, Set.of(END), Standing.DEFAULT);
            var choices = new ArrayList<>(List.of(first));
            for (int i = 1; i < count; i++) {
                choices.add(first.another(sampled(5).ofChoice(i)));
            }
            engine.add(first);
            while (engine.hasWork()) {
                engine.step();
            }
            assertThat(Arrays.stream(first.generatedIds()).boxed().toList()).isEqualTo(alone.tokens());
            for (int i = 1; i < count; i++) {
                var single = run(
                        ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 30),
                        selection(sampled(5).ofChoice(i), 0, true),
                        30);
                assertThat(Arrays.stream(choices.get(i).generatedIds()).boxed().toList())
                        .isEqualTo(single.tokens())
                        .isNotEqualTo(alone.tokens());
            }
        }
    }

    @Test
    void a_sequence_that_is_put_back_picks_the_same_tokens() {
        var adjusted = new SamplingParams(1, 1, 0, 0, 1, 5, new Adjustments(1.2, 0.5, 0.5, Map.of()));
        var alone = run(
                ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 30),
                new Selection(adjusted, 0, true, Selection.NO_LOGPROBS, false, null),
                60);
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 6), new SchedulerLimits(2, 9, 40));
        var sequences = new ArrayList<Sequence>();
        for (int i = 0; i < 3; i++) {
            var selection = new Selection(adjusted, 0, true, Selection.NO_LOGPROBS, false, null);
            sequences.add(new Sequence(new int[] {1, 2, 3}, selection, 60, Set.of(END), Standing.DEFAULT));
            engine.add(sequences.getLast());
        }
        while (engine.hasWork()) {
            engine.step();
        }
        assertThat(engine.load().preemptions()).isPositive();
        for (var sequence : sequences) {
            assertThat(Arrays.stream(sequence.generatedIds()).boxed().toList()).isEqualTo(alone.tokens());
        }
    }

    private static ScriptedModelRunner ending(int after) {
        return new ScriptedModelRunner(VOCABULARY, CONTEXT, 20, ids -> ids.length < 3 + after ? 20 : END);
    }

    private static SamplingParams sampled(long seed) {
        return new SamplingParams(1, 1, 0, 0, seed);
    }

    private static Selection selection(SamplingParams sampling, int minTokens, boolean ignoreEnd) {
        return new Selection(sampling, minTokens, ignoreEnd, Selection.NO_LOGPROBS, false, null);
    }

    private static Outcome run(ScriptedModelRunner runner, Selection selection, int maxTokens) {
        var sequence = new Sequence(new int[] {1, 2, 3}, selection, maxTokens, Set.of(END), Standing.DEFAULT);
        return run(new Engine(runner, SchedulerLimits.DEFAULT), sequence);
    }

    private static Outcome run(Engine engine, Sequence sequence) {
        engine.add(sequence);
        var tokens = new ArrayList<Integer>();
        var logprobs = new ArrayList<Logprobs>();
        List<Logprobs> prompt = List.of();
        @Nullable FinishReason ended = null;
        while (engine.hasWork()) {
            for (var progress : engine.step()) {
                switch (progress) {
                    case Progress.Prompt(var whose, var told) -> prompt = told;
                    case Progress.Token(var whose, int tokenId, var told) -> {
                        tokens.add(tokenId);
                        if (told != null) {
                            logprobs.add(told);
                        }
                    }
                    case Progress.Ended(var whose, var reason) -> ended = reason;
                }
            }
        }
        return new Outcome(tokens, logprobs, prompt, java.util.Objects.requireNonNull(ended));
    }
}
