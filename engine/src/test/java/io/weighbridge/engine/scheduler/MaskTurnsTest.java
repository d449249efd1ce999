package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.MaskWork;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks that take long, as long as the test says, beside sequences that must not notice. */
class MaskTurnsTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 512;
    private static final int TOKENS = 40;
    private static final SchedulerLimits LIMITS = new SchedulerLimits(8, 16, 64);

    /** Allows some tokens and hangs on all before; each costs the same work. */
    private static final class SlowMask implements TokenMask {
        private final int cost;
        private int place = 17;
        private int missing;

        SlowMask(int cost) {
            this.cost = cost;
            this.missing = cost;
        }

        @Override
        public boolean prepare(int tokensLeft, MaskWork room) {
            int done = Math.min(missing, room.left());
            room.use(done);
            missing -= done;
            return missing == 0;
        }

        @Override
        public void mask(long[] bits, int tokensLeft) {
            assertThat(missing).as("work left when the mask is asked for").isZero();
            Arrays.fill(bits, 0);
            for (int id = 0; id < VOCABULARY; id++) {
                if (Math.floorMod(place * 31 + id, 3) == 0) {
                    bits[0] |= 1L << id;
                }
            }
        }

        @Override
        public void advance(int tokenId) {
            place = place * 31 + tokenId;
            missing = cost;
        }

        @Override
        public TokenMask copy() {
            var copy = new SlowMask(cost);
            copy.place = place;
            copy.missing = missing;
            return copy;
        }
    }

    private final ScriptedModelRunner runner = ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 64);
    private final Map<Sequence, FinishReason> endings = new HashMap<>();

    private static Sequence sequence(int seed, @Nullable Integer cost) {
        var prompt =
                IntStream.range(0, 20).map(i -> (seed * 7 + i) % VOCABULARY).toArray();
        var mask = cost == null ? null : new SlowMask(cost);
        var sampling = new SamplingParams(0.8, 1, 0, 0, seed);
        var selection = new Selection(sampling, 0, false, Selection.NO_LOGPROBS, false, mask);
        return new Sequence(prompt, selection, TOKENS, Set.of(), Standing.DEFAULT);
    }

    private static Scheduler scheduler(int blocks) {
        return new Scheduler(LIMITS, CONTEXT, blocks, () -> 0);
    }

    private void step(Scheduler scheduler) {
        var batch = scheduler.schedule();
        var progress = batch.isEmpty() ? scheduler.takeEnded() : scheduler.advance(batch, runner.run(batch));
        for (var one : progress) {
            if (one instanceof Progress.Ended(var sequence, var reason)) {
                assertThat(endings.put(sequence, reason)).isNull();
            }
        }
    }

    private void finish(Scheduler scheduler) {
        for (int steps = 0; scheduler.hasWork(); steps++) {
            assertThat(steps).isLessThan(100_000);
            step(scheduler);
        }
    }

    private int[] alone(Sequence sequence) {
        var scheduler = scheduler(64);
        scheduler.add(sequence);
        finish(scheduler);
        return sequence.generatedIds();
    }

    @ParameterizedTest
    @ValueSource(ints = {MaskTurns.TRY_WORK, MaskTurns.TRY_WORK + 1, MaskTurns.TURN_WORK, 3 * MaskTurns.TURN_WORK})
    void slow_masks_hold_nobody_up_but_themselves(int cost) {
        var scheduler = scheduler(64);
        var neighbors = List.of(sequence(1, null), sequence(2, null), sequence(3, null));
        var modest = sequence(4, 2_000);
        var slow = List.of(sequence(5, cost), sequence(6, cost), sequence(7, cost), sequence(8, cost));
        neighbors.forEach(scheduler::add);
        scheduler.add(modest);
        slow.forEach(scheduler::add);
        var work = new ArrayList<Long>();
        while (neighbors.stream().anyMatch(one -> one.generatedCount() == 0)) {
            work.add(workOfStep(scheduler));
        }
        for (int tokens = 2; tokens <= TOKENS; tokens++) {
            work.add(workOfStep(scheduler));
            for (var neighbor : neighbors) {
                assertThat(neighbor.generatedCount()).isGreaterThanOrEqualTo(tokens);
            }
        }
        // It waits no longer than it takes to look at all the others.
        assertThat(modest.generatedCount()).isGreaterThanOrEqualTo(TOKENS / 4);
        while (scheduler.hasWork()) {
            work.add(workOfStep(scheduler));
        }
        bounded(work.subList(0, TOKENS));
        assertThat(endings).hasSize(8).containsValue(FinishReason.LENGTH);
        for (int i = 0; i < slow.size(); i++) {
            assertThat(slow.get(i).generatedIds()).isEqualTo(alone(sequence(5 + i, cost)));
        }
        assertThat(modest.generatedIds()).isEqualTo(alone(sequence(4, 2_000)));
    }

    /** What {@link MaskTurns} promises for any number of steps in a row. */
    private static void bounded(List<Long> work) {
        for (int from = 0; from < work.size(); from++) {
            long sum = 0;
            for (int to = from; to < work.size(); to++) {
                sum += work.get(to);
                assertThat(sum)
                        .as("steps %d to %d", from, to)
                        .isLessThanOrEqualTo((to - from + 1L) * (MaskTurns.STEP_WORK + MaskTurns.PAID_PER_STEP)
                                + MaskTurns.TURN_WORK);
            }
        }
    }

    private long workOfStep(Scheduler scheduler) {
        long before = scheduler.masks().usedInAll();
        step(scheduler);
        return scheduler.masks().usedInAll() - before;
    }

    @Test
    void nobody_waits_for_a_turn_when_nobody_else_computes() {
        var scheduler = scheduler(64);
        var slow = sequence(1, 3 * MaskTurns.TURN_WORK);
        scheduler.add(slow);
        int steps = 0;
        while (scheduler.hasWork()) {
            step(scheduler);
            steps++;
        }
        assertThat(slow.generatedCount()).isEqualTo(TOKENS);
        assertThat(steps).isLessThan(5 * TOKENS);
    }

    @Test
    void beams_wait_for_all_their_masks() {
        for (int cost : List.of(1_000, 3 * MaskTurns.TURN_WORK)) {
            var scheduler = scheduler(64);
            var leader = beams(cost);
            var neighbor = sequence(2, null);
            scheduler.add(leader);
            scheduler.add(neighbor);
            finish(scheduler);
            assertThat(leader.generatedIds()).hasSize(TOKENS).isEqualTo(alone(beams(1)));
            assertThat(neighbor.generatedIds()).isEqualTo(alone(sequence(2, null)));
        }
    }

    private static Sequence beams(int cost) {
        var leader = sequence(1, cost);
        leader.searchBeams(new BeamParams(3, 1, false));
        return leader;
    }

    static IntStream seeds() {
        return IntStream.range(0, 150);
    }

    /** Too little memory, cancellation, completions of one prompt, requests kept apart; costs from nothing to several turns. */
    @ParameterizedTest
    @MethodSource("seeds")
    void no_schedule_changes_a_token_or_leaks(int seed) {
        var random = new Random(seed);
        var scheduler = scheduler(random.nextInt(6, 40));
        var costs = List.of(0, 50_000, MaskTurns.TRY_WORK + 5, 700_000, 2_500_000);
        var expected = new HashMap<Sequence, Sequence>();
        int arrived = 0;
        for (int steps = 0; arrived < 12 || scheduler.hasWork(); steps++) {
            assertThat(steps).isLessThan(100_000);
            if (arrived < 12 && random.nextInt(5) == 0) {
                var cost = random.nextInt(3) == 0 ? null : costs.get(random.nextInt(costs.size()));
                var one = sequence(arrived, cost);
                one.label("request " + arrived, random.nextInt(4) == 0);
                if (random.nextInt(4) == 0) {
                    var sampling = new SamplingParams(0.8, 1, 0, 0, 100 + arrived);
                    expected.put(one.another(sampling), sequence(arrived, cost).another(sampling));
                }
                scheduler.add(one);
                expected.put(one, sequence(arrived, cost));
                arrived++;
            }
            if (random.nextInt(60) == 0 && !expected.isEmpty()) {
                List.copyOf(expected.keySet())
                        .get(random.nextInt(expected.size()))
                        .cancel();
            }
            step(scheduler);
        }
        assertThat(scheduler.masks().count()).isZero();
        assertThat(scheduler.kv().freeCount()).isEqualTo(scheduler.kv().count());
        assertThat(endings.keySet()).containsExactlyInAnyOrderElementsOf(expected.keySet());
        expected.forEach((sequence, like) -> {
            var whole = alone(like);
            var generated = sequence.generatedIds();
            assertThat(Arrays.copyOf(whole, generated.length)).isEqualTo(generated);
            assertThat(generated.length == TOKENS
                            || sequence.isCancelled()
                            || endings.get(sequence) != FinishReason.LENGTH)
                    .isTrue();
        });
    }
}
