package io.weighbridge.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.Admission;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.Scheduler;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EngineTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 60;
    private static final int END = 7;

    static LongStream seeds() {
        return LongStream.range(0, 150);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void many_sequences_together_give_what_each_gives_alone(long seed) {
        var random =
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
        int runningMax = random.nextInt(1, 6);
        var limits = new SchedulerLimits(runningMax, 100, random.nextInt(runningMax, 40));
        int kvBlocks = random.nextInt(4, 12);
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, kvBlocks), limits);
        var sequences = new ArrayList<Sequence>();
        var cancelled = new ArrayList<Sequence>();
        var endings = new HashMap<Sequence, FinishReason>();
        var tokens = new HashMap<Sequence, List<Integer>>();
        while (sequences.size() < 20 || engine.hasWork()) {
            if (sequences.size() < 20 && random.nextInt(3) == 0) {
                var sequence = someSequence(random);
                assertThat(engine.add(sequence)).isEqualTo(new Admission.Accepted());
                sequences.add(sequence);
            }
            if (!sequences.isEmpty() && random.nextInt(25) == 0) {
                var victim = sequences.get(random.nextInt(sequences.size()));
                victim.cancel();
                cancelled.add(victim);
            }
            record(engine.step(), endings, tokens);
            assertThat(engine.load().running()).isLessThanOrEqualTo(runningMax);
        }
        assertThat(engine.load().kvUsage()).isZero();
        assertThat(endings).containsOnlyKeys(sequences);
        for (var sequence : sequences) {
            var alone = alone(sequence);
            var generated = tokens.getOrDefault(sequence, List.of());
            assertThat(sequence.generatedIds())
                    .containsExactly(generated.stream().mapToInt(i -> i).toArray());
            if (endings.get(sequence) == FinishReason.CANCELLED) {
                assertThat(cancelled).contains(sequence);
                assertThat(alone.subList(0, generated.size())).isEqualTo(generated);
            } else {
                assertThat(generated).isEqualTo(alone);
                assertThat(generated.size()).isLessThanOrEqualTo(sequence.maxTokens());
            }
        }
    }

    @Test
    void a_step_has_all_decodes_and_no_more_tokens_than_allowed() {
        var scheduler = new Scheduler(new SchedulerLimits(3, 10, 8), 100, 20, () -> 0);
        scheduler.add(sequence(new int[5], 10));
        assertThat(shape(scheduler)).containsExactly("5@0!");
        scheduler.add(sequence(new int[20], 10));
        scheduler.add(sequence(new int[3], 10));
        scheduler.add(sequence(new int[3], 10));
        assertThat(shape(scheduler)).containsExactly("1@5!", "7@0");
        assertThat(shape(scheduler)).containsExactly("1@6!", "7@7");
        assertThat(shape(scheduler)).containsExactly("1@7!", "6@14!", "1@0");
        assertThat(shape(scheduler)).containsExactly("1@8!", "1@20!", "2@1!");
        assertThat(scheduler.load().running()).isEqualTo(3);
        assertThat(scheduler.load().waiting()).isEqualTo(1);
    }

    @Test
    void the_queue_refuses_one_more_than_its_limit() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 7), new SchedulerLimits(1, 2, 8));
        assertThat(engine.add(sequence(new int[] {1}, 5))).isInstanceOf(Admission.Accepted.class);
        assertThat(engine.add(sequence(new int[] {1}, 5))).isInstanceOf(Admission.Accepted.class);
        assertThat(engine.add(sequence(new int[] {1}, 5))).isEqualTo(new Admission.QueueFull(2, Duration.ZERO));
    }

    @Test
    void a_prompt_that_fills_the_context_is_refused_and_a_token_less_gets_one_token() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 7), SchedulerLimits.DEFAULT);
        assertThat(engine.add(sequence(new int[CONTEXT], 5)))
                .isEqualTo(new Admission.ContextLengthExceeded(CONTEXT, CONTEXT));
        var fits = sequence(new int[CONTEXT - 1], 5);
        engine.add(fits);
        while (engine.hasWork()) {
            engine.step();
        }
        assertThat(fits.generatedCount()).isEqualTo(1);
        assertThat(fits.state()).isEqualTo(Sequence.State.FINISHED);
    }

    @Test
    void a_kv_memory_smaller_than_the_context_bounds_a_sequence() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 2), SchedulerLimits.DEFAULT);
        assertThat(engine.contextLength()).isEqualTo(32);
        var sequence = sequence(new int[] {1, 2}, Integer.MAX_VALUE);
        engine.add(sequence);
        while (engine.hasWork()) {
            engine.step();
        }
        assertThat(sequence.generatedCount()).isEqualTo(30);
    }

    @Test
    void the_end_token_stops_and_is_not_part_of_the_completion() {
        var runner = new ScriptedModelRunner(VOCABULARY, CONTEXT, 7, ids -> ids.length < 5 ? ids.length : END);
        var engine = new Engine(runner, SchedulerLimits.DEFAULT);
        var sequence = new Sequence(new int[] {1, 2}, SamplingParams.greedy(), 20, Set.of(END));
        engine.add(sequence);
        var progress = new ArrayList<Progress>();
        while (engine.hasWork()) {
            progress.addAll(engine.step());
        }
        assertThat(progress)
                .containsExactly(
                        new Progress.Token(sequence, 2, null),
                        new Progress.Token(sequence, 3, null),
                        new Progress.Token(sequence, 4, null),
                        new Progress.Ended(sequence, FinishReason.STOP));
    }

    @Test
    void a_cancelled_sequence_ends_in_the_next_step_and_gives_its_places_back() {
        var engine = new Engine(ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 7), SchedulerLimits.DEFAULT);
        var sequence = sequence(new int[] {1, 2}, 50);
        engine.add(sequence);
        engine.step();
        assertThat(engine.load().kvUsage()).isEqualTo(1 / 7.0);
        sequence.cancel();
        assertThat(engine.step()).containsExactly(new Progress.Ended(sequence, FinishReason.CANCELLED));
        assertThat(engine.step()).isEmpty();
        assertThat(engine.load().kvUsage()).isZero();
    }

    @Test
    void limits_that_cannot_work_are_refused() {
        assertThatThrownBy(() -> new SchedulerLimits(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SchedulerLimits(1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new SchedulerLimits(4, 1, 3))
                .hasMessage("tokensPerStepMax (3) must be at least sequencesRunningMax (4)");
        assertThat(new SchedulerLimits(4, 1, 4)).isNotNull();
    }

    @Test
    void an_empty_prompt_and_zero_tokens_are_refused() {
        assertThatThrownBy(() -> sequence(new int[0], 1)).hasMessageContaining("prompt");
        assertThatThrownBy(() -> sequence(new int[] {1}, 0)).hasMessageContaining("maxTokens");
    }

    private static void record(
            List<Progress> steps, Map<Sequence, FinishReason> endings, Map<Sequence, List<Integer>> tokens) {
        for (var progress : steps) {
            assertThat(endings).doesNotContainKey(progress.sequence());
            switch (progress) {
                case Progress.Prompt prompt -> {}
                case Progress.Token(var sequence, int tokenId, var logprobs) ->
                    tokens.computeIfAbsent(sequence, unseen -> new ArrayList<>())
                            .add(tokenId);
                case Progress.Ended(var sequence, var reason) -> endings.put(sequence, reason);
            }
        }
    }

    /** The tokens of the same request in an engine of its own, the prompt computed in one piece. */
    private static List<Integer> alone(Sequence like) {
        var engine = new Engine(
                ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, CONTEXT), new SchedulerLimits(1, 1, CONTEXT));
        engine.add(new Sequence(like.promptIds(), like.sampling(), like.maxTokens(), Set.of(END)));
        var tokens = new ArrayList<Integer>();
        while (engine.hasWork()) {
            for (var progress : engine.step()) {
                if (progress instanceof Progress.Token token) {
                    tokens.add(token.tokenId());
                }
            }
        }
        return tokens;
    }

    private static Sequence someSequence(RandomGenerator random) {
        var prompt = random.ints(random.nextInt(1, CONTEXT), 0, VOCABULARY).toArray();
        var sampling = random.nextBoolean()
                ? SamplingParams.greedy()
                : new SamplingParams(random.nextDouble(0.5, 2), 0.95, 0, 0, random.nextLong());
        return new Sequence(prompt, sampling, random.nextInt(1, CONTEXT), Set.of(END));
    }

    private static Sequence sequence(int[] prompt, int maxTokens) {
        return new Sequence(prompt, SamplingParams.greedy(), maxTokens, Set.of());
    }

    /** Schedules and advances with the same logits for all; each slice as "tokens@position", "!" where logits are wanted. */
    private static List<String> shape(Scheduler scheduler) {
        Batch batch = scheduler.schedule();
        var logits = new float[batch.logitsCount()][1];
        scheduler.advance(batch, logits);
        return batch.slices().stream()
                .map(slice -> slice.tokenIds().length + "@" + slice.position() + (slice.logitsCount() > 0 ? "!" : ""))
                .toList();
    }
}
