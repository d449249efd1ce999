package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random schedules of arrivals, of one and of several completions, beams, cancellations and deadlines over little memory, against the same requests one at a time. The
 * runner keeps token ids in its blocks, so every wrong block shows in the output.
 */
class SimulationTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 150;
    private static final int END = 7;
    private static final int SEQUENCES = 40;
    /** More steps than any schedule needs: one that takes longer starves somebody. */
    private static final int STEPS_MAX = 20_000;

    private final Map<Sequence, FinishReason> endings = new HashMap<>();
    private final Map<Sequence, List<Integer>> tokens = new HashMap<>();
    private final Map<Sequence, Admission> refusals = new HashMap<>();
    private final List<Sequence> sequences = new ArrayList<>();
    private final List<Sequence> cancelled = new ArrayList<>();
    private final Map<Sequence, List<Sequence>> searches = new HashMap<>(); // all completions of it
    private int runningMax;
    private int blockCount;
    private boolean repeats;
    private long now;

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void every_sequence_ends_once_with_the_tokens_it_has_alone_and_no_block_is_lost(long seed) {
        var random =
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
        runningMax = random.nextInt(1, 9);
        var limits = new SchedulerLimits(
                runningMax,
                random.nextInt(5, 50),
                random.nextInt(runningMax, 80),
                random.nextInt(4) > 0,
                random.nextBoolean());
        // The smallest memory holds no more than one sequence of full length.
        repeats = random.nextBoolean();
        var runner = runner(random.nextInt(10, 30));
        blockCount = runner.kvBlockCount();
        var scheduler = new Scheduler(limits, CONTEXT, blockCount, () -> now);
        int steps = 0;
        while (sequences.size() < SEQUENCES || scheduler.hasWork()) {
            assertThat(steps++).isLessThan(STEPS_MAX);
            arrive(scheduler, random);
            disturb(scheduler, random);
            now += random.nextInt(1, 20_000_000);
            step(scheduler, runner);
            checkBlocks(scheduler);
            assertThat(scheduler.load().running()).isLessThanOrEqualTo(runningMax);
        }
        assertThat(scheduler.kv().freeCount()).isEqualTo(runner.kvBlockCount());
        for (var sequence : sequences) {
            check(sequence);
        }
    }

    private void arrive(Scheduler scheduler, RandomGenerator random) {
        if (sequences.size() >= SEQUENCES || random.nextInt(3) != 0) {
            return;
        }
        var choices = new ArrayList<Sequence>();
        choices.add(someSequence(random));
        int more = random.nextInt(4) == 0 ? random.nextInt(1, 6) : 0;
        for (int i = 0; i < more; i++) {
            choices.add(choices.getFirst().another(someSampling(random)));
        }
        if (more < runningMax && random.nextInt(6) == 0) {
            int width = random.nextInt(Math.max(2, more + 1), Math.max(3, runningMax + 1));
            var params = new BeamParams(width, random.nextInt(3), random.nextBoolean());
            choices.getFirst().searchBeams(params);
            choices.forEach(choice -> searches.put(choice, List.copyOf(choices)));
        }
        sequences.addAll(choices);
        var admission = scheduler.add(choices.getFirst());
        if (!(admission instanceof Admission.Accepted)) {
            choices.forEach(choice -> refusals.put(choice, admission));
        }
        if (random.nextInt(20) == 0) {
            choices.forEach(Sequence::cancel);
            cancelled.addAll(choices);
        }
    }

    private void disturb(Scheduler scheduler, RandomGenerator random) {
        if (sequences.isEmpty()) {
            return;
        }
        var any = sequences.get(random.nextInt(sequences.size()));
        if (random.nextInt(25) == 0) {
            any.cancel();
            cancelled.add(any);
            any.followers().forEach(cancelled::add); // they end with it if they did not begin yet
        }
    }

    private void step(Scheduler scheduler, ModelRunner runner) {
        var batch = scheduler.schedule();
        var progress = batch.isEmpty() ? scheduler.takeEnded() : scheduler.advance(batch, runner.run(batch));
        for (var one : progress) {
            assertThat(endings).doesNotContainKey(one.sequence());
            switch (one) {
                case Progress.Prompt prompt -> {}
                case Progress.Token(var sequence, int tokenId, var logprobs) ->
                    tokens.computeIfAbsent(sequence, unseen -> new ArrayList<>())
                            .add(tokenId);
                case Progress.Ended(var sequence, var reason) -> endings.put(sequence, reason);
            }
        }
    }

    /** Each block is held as often as tables of running sequences name it. */
    private static void checkBlocks(Scheduler scheduler) {
        var expected = new HashMap<Integer, Integer>();
        for (var table : scheduler.blockTables()) {
            IntStream.of(table).forEach(block -> expected.merge(block, 1, Integer::sum));
            assertThat(table).doesNotHaveDuplicates();
        }
        var kv = scheduler.kv();
        for (int block = 0; block < kv.count(); block++) {
            assertThat(kv.references(block)).isEqualTo(expected.getOrDefault(block, 0));
        }
        assertThat(kv.freeCount()).isEqualTo(kv.count() - expected.size());
    }

    private void check(Sequence sequence) {
        if (refusals.containsKey(sequence)) {
            assertThat(endings).doesNotContainKey(sequence);
            assertThat(tokens).doesNotContainKey(sequence);
            return;
        }
        assertThat(endings).containsKey(sequence);
        var generated = tokens.getOrDefault(sequence, List.of());
        assertThat(sequence.generatedIds())
                .containsExactly(generated.stream().mapToInt(i -> i).toArray());
        var alone = alone(sequence);
        var ending = Objects.requireNonNull(endings.get(sequence));
        if (ending.isDone()) {
            assertThat(generated).isEqualTo(alone);
        } else {
            assertThat(alone.subList(0, Math.min(alone.size(), generated.size())))
                    .isEqualTo(generated);
            switch (ending) {
                case CANCELLED -> assertThat(cancelled).contains(sequence);
                case QUEUE_TIME_EXCEEDED ->
                    assertThat(sequence.standing().queueTimeMax()).isNotNull();
                case DEADLINE_EXCEEDED ->
                    assertThat(sequence.standing().timeMax()).isNotNull();
                default -> throw new AssertionError(ending);
            }
        }
    }

    /** The tokens of the same request in a scheduler of its own, the prompt computed in one piece. */
    private List<Integer> alone(Sequence like) {
        var search = searches.get(like);
        if (search != null) {
            return alone(search, search.indexOf(like));
        }
        var all = new ArrayList<Integer>();
        var scheduler = new Scheduler(new SchedulerLimits(1, 1, CONTEXT, false), CONTEXT, 10, () -> 0);
        var runner = runner(10);
        scheduler.add(new Sequence(like.promptIds(), like.sampling(), like.maxTokens(), Set.of(END)));
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            for (var progress : scheduler.advance(batch, runner.run(batch))) {
                if (progress instanceof Progress.Token token) {
                    all.add(token.tokenId());
                }
            }
        }
        return all;
    }

    /** The same for a completion that beams find, which must have as much memory. */
    private List<Integer> alone(List<Sequence> search, int index) {
        var first = search.getFirst();
        var params = Objects.requireNonNull(first.beams()).params();
        var leader = new Sequence(first.promptIds(), first.sampling(), first.maxTokens(), Set.of(END));
        var choices = new ArrayList<>(List.of(leader));
        search.stream().skip(1).forEach(choice -> choices.add(leader.another(choice.sampling())));
        leader.searchBeams(params);
        var runner = runner(blockCount);
        var scheduler =
                new Scheduler(new SchedulerLimits(params.width(), 1, CONTEXT, false), CONTEXT, blockCount, () -> 0);
        scheduler.add(leader);
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            scheduler.advance(batch, runner.run(batch));
        }
        return Arrays.stream(choices.get(index).generatedIds()).boxed().toList();
    }

    /** Repeating itself, a text is guessed well. */
    private ScriptedModelRunner runner(int blocks) {
        return repeats
                ? ScriptedModelRunner.repeating(VOCABULARY, CONTEXT, blocks)
                : ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, blocks);
    }

    /** Many begin alike; tenants, weights, priorities and limits of time are mixed. */
    private static Sequence someSequence(RandomGenerator random) {
        int length = random.nextInt(1, CONTEXT);
        int common = random.nextInt(3);
        var prompt = IntStream.range(0, length)
                .map(i -> common > 0 && i < 70 ? (i * common) % VOCABULARY : random.nextInt(VOCABULARY))
                .toArray();
        var tenant = "tenant" + random.nextInt(3);
        var timeMax = random.nextInt(8) == 0 ? Duration.ofMillis(random.nextInt(1, 3000)) : null;
        var queueTimeMax = random.nextInt(8) == 0 ? Duration.ofMillis(random.nextInt(1, 1000)) : null;
        var standing = new Standing(
                tenant,
                random.nextInt(1, 4),
                random.nextInt(-2, 3),
                timeMax,
                queueTimeMax,
                random.nextBoolean() ? tenant : "");
        var sequence = new Sequence(prompt, someSampling(random), random.nextInt(1, CONTEXT), Set.of(END), standing);
        sequence.label("request " + random.nextInt(), random.nextInt(6) == 0);
        return sequence;
    }

    private static SamplingParams someSampling(RandomGenerator random) {
        return random.nextBoolean()
                ? SamplingParams.greedy()
                : new SamplingParams(random.nextDouble(0.5, 2), 0.95, 0, 0, random.nextLong());
    }
}
