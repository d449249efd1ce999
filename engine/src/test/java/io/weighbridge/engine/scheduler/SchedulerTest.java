package io.weighbridge.engine.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.MaskLimitException;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.sampling.Selection;
import io.weighbridge.engine.sampling.TokenMask;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One promise of the scheduler each. A step takes a millisecond for each of its tokens. */
class SchedulerTest {
    private static final int VOCABULARY = 40;
    private static final int CONTEXT = 512;

    private final ScriptedModelRunner runner = ScriptedModelRunner.hashing(VOCABULARY, CONTEXT, 64);
    private long now;

    @Test
    void the_second_of_two_that_begin_alike_computes_only_what_differs() {
        var scheduler = scheduler(new SchedulerLimits(4, 10, 512), 64);
        finish(scheduler, sequence(prompt(200, 1), 4));
        var second = sequence(Arrays.copyOf(prompt(200, 1), 210), 4);
        scheduler.add(second);
        assertThat(tokensOf(step(scheduler))).isEqualTo(210 - 192);
        assertThat(second.cachedTokens()).isEqualTo(192);
        assertThat(scheduler.load().prefixHitTokens()).isEqualTo(192);
        assertThat(scheduler.load().prefixQueryTokens()).isEqualTo(410);
    }

    @Test
    void a_prompt_that_is_cached_to_its_end_still_computes_its_last_token() {
        var scheduler = scheduler(new SchedulerLimits(4, 10, 512), 64);
        finish(scheduler, sequence(prompt(64, 1), 4));
        scheduler.add(sequence(prompt(64, 1), 4));
        assertThat(tokensOf(step(scheduler))).isEqualTo(16);
    }

    @Test
    void generated_tokens_are_found_by_the_next_turn_of_a_conversation() {
        var scheduler = scheduler(new SchedulerLimits(4, 10, 512), 64);
        var first = sequence(prompt(40, 1), 30);
        finish(scheduler, first);
        var conversation = Arrays.copyOf(first.promptIds(), 75);
        System.arraycopy(first.generatedIds(), 0, conversation, 40, 30);
        var second = sequence(conversation, 4);
        finish(scheduler, second);
        assertThat(second.cachedTokens()).isEqualTo(64);
    }

    @Test
    void without_a_cache_and_with_another_salt_everything_is_computed() {
        var none = scheduler(new SchedulerLimits(4, 10, 512, false), 64);
        finish(none, sequence(prompt(200, 1), 4));
        none.add(sequence(prompt(200, 1), 4));
        assertThat(tokensOf(step(none))).isEqualTo(200);
        var salted = scheduler(new SchedulerLimits(4, 10, 512), 64);
        finish(salted, sequence(prompt(200, 1), 4, new Standing("a", 1, 0, null, null, "a")));
        salted.add(sequence(prompt(200, 1), 4, new Standing("b", 1, 0, null, null, "b")));
        assertThat(tokensOf(step(salted))).isEqualTo(200);
    }

    @Test
    void nothing_is_reserved_for_tokens_that_may_never_come() {
        var scheduler = scheduler(new SchedulerLimits(8, 10, 512), 16);
        for (int i = 0; i < 8; i++) {
            scheduler.add(sequence(prompt(10, i), Integer.MAX_VALUE));
        }
        step(scheduler);
        assertThat(scheduler.load().running()).isEqualTo(8);
        assertThat(scheduler.load().blocksFree()).isEqualTo(8);
    }

    @Test
    void when_memory_runs_out_the_last_to_come_waits_and_goes_on_with_the_same_tokens() {
        var tight = scheduler(new SchedulerLimits(3, 10, 512), 12);
        var sequences = new ArrayList<Sequence>();
        for (int i = 0; i < 3; i++) {
            sequences.add(sequence(prompt(40, i), 80));
            tight.add(sequences.get(i));
        }
        var ended = new ArrayList<Sequence>();
        while (tight.hasWork()) {
            for (var progress : stepProgress(tight)) {
                if (progress instanceof Progress.Ended(var sequence, var reason)) {
                    assertThat(reason).isEqualTo(FinishReason.LENGTH);
                    ended.add(sequence);
                }
            }
        }
        assertThat(tight.load().preemptions()).isPositive();
        assertThat(ended.getFirst()).isEqualTo(sequences.getFirst());
        for (int i = 0; i < 3; i++) {
            var alone = sequence(prompt(40, i), 80);
            finish(scheduler(new SchedulerLimits(1, 1, 512, false), 64), alone);
            assertThat(sequences.get(i).generatedIds()).isEqualTo(alone.generatedIds());
        }
    }

    @Test
    void several_completions_compute_their_prompt_once_and_copy_only_the_block_they_write_to() {
        var scheduler = scheduler(new SchedulerLimits(4, 10, 512), 12);
        var leader = sequence(prompt(40, 1), 20);
        var other = leader.another(new SamplingParams(1, 1, 0, 0, 99));
        var third = leader.another(new SamplingParams(1, 1, 0, 0, 98));
        scheduler.add(leader);
        assertThat(scheduler.load().waiting()).isEqualTo(3);
        assertThat(tokensOf(step(scheduler))).isEqualTo(40);
        assertThat(scheduler.load().running()).isEqualTo(3);
        assertThat(scheduler.load().waiting()).isZero();
        assertThat(scheduler.load().blocksFree()).isEqualTo(9);
        var batch = step(scheduler);
        assertThat(batch.copies()).as("the last one keeps the block").hasSize(2);
        assertThat(tokensOf(batch)).isEqualTo(3);
        assertThat(scheduler.load().blocksFree()).isEqualTo(7);
        while (scheduler.hasWork()) {
            step(scheduler);
        }
        assertThat(other.generatedIds()).hasSize(20).isNotEqualTo(leader.generatedIds());
        assertThat(third.generatedIds()).hasSize(20).isNotEqualTo(other.generatedIds());
        assertThat(scheduler.load().promptTokens()).isEqualTo(40);
    }

    @Test
    void completions_that_find_no_place_wait_and_are_mostly_in_the_cache() {
        var scheduler = scheduler(new SchedulerLimits(2, 10, 512), 64);
        var leader = sequence(prompt(40, 1), 5);
        var others = new ArrayList<Sequence>();
        for (int i = 1; i < 5; i++) {
            others.add(leader.another(leader.sampling().ofChoice(i)));
        }
        scheduler.add(leader);
        step(scheduler);
        assertThat(scheduler.load().running()).isEqualTo(2);
        assertThat(scheduler.load().waiting()).isEqualTo(3);
        assertThat(others).allMatch(other -> other.generatedCount() == 1);
        while (scheduler.hasWork()) {
            step(scheduler);
            assertThat(scheduler.load().running()).isLessThanOrEqualTo(2);
        }
        assertThat(others).allMatch(other -> Arrays.equals(other.generatedIds(), leader.generatedIds()));
        assertThat(scheduler.load().promptTokens()).isEqualTo(40 + 3 * 9);
        assertThat(scheduler.load().preemptions()).isZero();
    }

    @Test
    void completions_whose_prompt_is_never_computed_end_with_the_first() {
        var scheduler = scheduler(new SchedulerLimits(2, 10, 16), 64);
        var leader = sequence(prompt(40, 1), 5);
        var other = leader.another(SamplingParams.greedy());
        scheduler.add(leader);
        step(scheduler);
        leader.cancel();
        scheduler.schedule();
        assertThat(scheduler.takeEnded())
                .containsExactly(
                        new Progress.Ended(leader, FinishReason.CANCELLED),
                        new Progress.Ended(other, FinishReason.CANCELLED));
        assertThat(scheduler.hasWork()).isFalse();
    }

    @Test
    void each_completion_of_a_prompt_takes_a_place_in_queue_and_forecast() {
        var scheduler = scheduler(new SchedulerLimits(1, 4, 512), 64);
        finish(scheduler, sequence(prompt(100, 1), 10));
        var leader = sequence(prompt(100, 2), 10, Standing.DEFAULT.within(Duration.ofMillis(125), null));
        for (int i = 1; i < 4; i++) {
            leader.another(leader.sampling().ofChoice(i));
        }
        assertThat(scheduler.add(leader)).isInstanceOf(Admission.TooLate.class);
        var patient = sequence(prompt(100, 2), 10, Standing.DEFAULT.within(Duration.ofMillis(160), null));
        for (int i = 1; i < 4; i++) {
            patient.another(patient.sampling().ofChoice(i));
        }
        assertThat(scheduler.add(patient)).isInstanceOf(Admission.Accepted.class);
        assertThat(scheduler.add(sequence(prompt(10, 3), 1))).isInstanceOf(Admission.QueueFull.class);
    }

    @Test
    void a_sequence_kept_apart_is_never_in_a_step_with_others_and_all_get_done_with_the_same_tokens() {
        var scheduler = scheduler(new SchedulerLimits(4, 20, 48), 64);
        var sequences = new ArrayList<Sequence>();
        for (int i = 0; i < 12; i++) {
            var sequence = sequence(prompt(20 + 10 * i, i), 20);
            sequence.label("request " + i % 9, i % 3 == 0);
            sequences.add(sequence);
            scheduler.add(sequence);
        }
        int turnsApart = 0;
        while (scheduler.hasWork()) {
            var batch = scheduler.schedule();
            var present = scheduler.stepSequences();
            if (present.stream().anyMatch(Sequence::isApart)) {
                turnsApart++;
                assertThat(present.stream().map(Sequence::label).distinct()).hasSize(1);
            }
            if (!batch.isEmpty()) {
                scheduler.advance(batch, runner.run(batch));
            }
            assertThat(scheduler.stepSequences()).isEmpty();
        }
        assertThat(turnsApart).isPositive();
        for (int i = 0; i < sequences.size(); i++) {
            var alone = sequence(prompt(20 + 10 * i, i), 20);
            finish(scheduler(new SchedulerLimits(1, 1, 512, false), 64), alone);
            assertThat(sequences.get(i).generatedIds()).isEqualTo(alone.generatedIds());
        }
    }

    @Test
    void however_many_are_kept_apart_the_others_have_every_other_step() {
        var scheduler = scheduler(new SchedulerLimits(4, 20, 512), 64);
        var sequences = new ArrayList<Sequence>();
        for (int i = 0; i < 4; i++) {
            var sequence = sequence(prompt(10, i), 20);
            sequence.label("request " + i, i > 0);
            sequences.add(sequence);
            scheduler.add(sequence);
        }
        for (int i = 0; i < 24; i++) {
            step(scheduler);
        }
        assertThat(sequences.getFirst().generatedCount()).isBetween(11, 12);
        for (var apart : sequences.subList(1, 4)) {
            assertThat(apart.generatedCount()).isBetween(3, 4);
        }
    }

    @Test
    void one_kept_apart_takes_every_other_step_of_those_beside_it() {
        var scheduler = scheduler(new SchedulerLimits(4, 20, 512), 64);
        var apart = sequence(prompt(10, 1), 20);
        apart.label("suspect", true);
        var beside = sequence(prompt(10, 2), 20);
        scheduler.add(apart);
        scheduler.add(beside);
        for (int i = 0; i < 12; i++) {
            step(scheduler);
        }
        assertThat(apart.generatedCount()).isBetween(5, 6);
        assertThat(beside.generatedCount()).isBetween(5, 6);
    }

    @Test
    void tenants_get_tokens_by_weight_however_many_requests_each_has() {
        var scheduler = scheduler(new SchedulerLimits(4, 1000, 64), 64);
        for (int i = 0; i < 200; i++) {
            scheduler.add(sequence(prompt(30, i), 20, Standing.DEFAULT.of("many")));
        }
        var heavy = new Standing("heavy", 3, 0, null, null, "");
        for (int i = 0; i < 60; i++) {
            scheduler.add(sequence(prompt(30, 1000 + i), 20, heavy));
            scheduler.add(sequence(prompt(30, 2000 + i), 20, Standing.DEFAULT.of("light")));
        }
        var served = new HashMap<String, Integer>();
        for (int i = 0; i < 300; i++) {
            count(stepProgress(scheduler), served);
        }
        double light = served.getOrDefault("light", 0);
        assertThat(served.getOrDefault("many", 0) / light).isBetween(0.85, 1.15);
        assertThat(served.getOrDefault("heavy", 0) / light).isBetween(2.55, 3.45);
    }

    @Test
    void a_tenant_that_comes_late_does_not_wait_for_long_completions_of_another() {
        var scheduler = scheduler(new SchedulerLimits(2, 100, 64), 64);
        for (int i = 0; i < 10; i++) {
            scheduler.add(sequence(prompt(10, i), 400, Standing.DEFAULT.of("greedy")));
        }
        step(scheduler);
        var late = sequence(prompt(10, 77), 5, Standing.DEFAULT.of("late"));
        scheduler.add(late);
        int steps = 0;
        while (late.state() != Sequence.State.FINISHED) {
            step(scheduler);
            steps++;
        }
        int stepsToLead = Scheduler.LEAD_MAX / (2 * Tenant.GENERATED_TOKEN_COST);
        assertThat(steps).isLessThan(stepsToLead + 20);
        assertThat(scheduler.load().preemptions()).isPositive();
    }

    @Test
    void a_higher_priority_goes_first_unless_the_lower_has_waited_long_enough() {
        var scheduler = scheduler(new SchedulerLimits(1, 100, 64), 64);
        scheduler.add(sequence(prompt(4, 0), 10));
        step(scheduler);
        var old = sequence(prompt(4, 1), 1);
        var low = sequence(prompt(4, 2), 1);
        var high = sequence(prompt(4, 3), 1, Standing.DEFAULT.withPriority(1));
        scheduler.add(old);
        now += Scheduler.PRIORITY_STEP.toNanos() + 1;
        scheduler.add(low);
        scheduler.add(high);
        var order = new ArrayList<Sequence>();
        while (scheduler.hasWork()) {
            for (var progress : stepProgress(scheduler)) {
                if (progress instanceof Progress.Ended(var sequence, var _)) {
                    order.add(sequence);
                }
            }
        }
        assertThat(order.subList(1, 4)).containsExactly(old, high, low);
    }

    @Test
    void a_full_queue_still_takes_a_tenant_that_has_less_than_its_share() {
        var scheduler = scheduler(new SchedulerLimits(1, 4, 64), 64);
        for (int i = 0; i < 4; i++) {
            assertThat(scheduler.add(sequence(prompt(4, i), 10, Standing.DEFAULT.of("a"))))
                    .isInstanceOf(Admission.Accepted.class);
        }
        assertThat(scheduler.add(sequence(prompt(4, 5), 10, Standing.DEFAULT.of("a"))))
                .isInstanceOf(Admission.QueueFull.class);
        for (int i = 0; i < 2; i++) {
            assertThat(scheduler.add(sequence(prompt(4, i), 10, Standing.DEFAULT.of("b"))))
                    .isInstanceOf(Admission.Accepted.class);
        }
        assertThat(scheduler.add(sequence(prompt(4, 5), 10, Standing.DEFAULT.of("b"))))
                .isInstanceOf(Admission.QueueFull.class);
        for (int i = 0; i < 1000; i++) {
            scheduler.add(sequence(prompt(4, i), 10, Standing.DEFAULT.of("c" + i)));
        }
        assertThat(scheduler.load().waiting()).isLessThanOrEqualTo(8);
    }

    @Test
    void what_cannot_start_or_end_in_time_is_refused_at_once_with_figures() {
        var scheduler = scheduler(new SchedulerLimits(1, 100, 64), 64);
        finish(scheduler, sequence(prompt(64, 1), 20));
        for (int i = 0; i < 3; i++) {
            scheduler.add(sequence(prompt(64, 10 + i), 20));
        }
        // Each of the three takes 64 ms for its prompt and 20 steps of a millisecond.
        var impatient = scheduler.add(sequence(prompt(64, 20), 20, within(null, 100)));
        assertThat(impatient).isInstanceOfSatisfying(Admission.TooLate.class, late -> {
            assertThat(late.limit()).isEqualTo(Admission.TooLate.Limit.QUEUE_TIME);
            assertThat(late.allowed()).isEqualTo(Duration.ofMillis(100));
            assertThat(late.expected().toMillis()).isBetween(200L, 300L);
        });
        var hurried = scheduler.add(sequence(prompt(64, 21), 20, within(300, null)));
        assertThat(hurried)
                .isInstanceOfSatisfying(
                        Admission.TooLate.class,
                        late -> assertThat(late.limit()).isEqualTo(Admission.TooLate.Limit.DEADLINE));
        assertThat(scheduler.add(sequence(prompt(64, 22), 20, within(400, 300))))
                .isInstanceOf(Admission.Accepted.class);
        assertThat(scheduler.load().waiting()).isEqualTo(4);
    }

    @Test
    void old_measurements_refuse_nobody() {
        var scheduler = scheduler(new SchedulerLimits(1, 100, 64), 64);
        finish(scheduler, sequence(prompt(64, 1), 20));
        assertThat(scheduler.add(sequence(prompt(64, 2), 20, within(1, null)))).isInstanceOf(Admission.TooLate.class);
        now += Pace.FRESH_MAX.toNanos() + 1;
        assertThat(scheduler.add(sequence(prompt(64, 2), 20, within(1, null)))).isInstanceOf(Admission.Accepted.class);
    }

    @Test
    void who_waits_too_long_or_misses_its_deadline_ends_with_that_reason() {
        var scheduler = scheduler(new SchedulerLimits(1, 100, 64), 64);
        var running = sequence(prompt(4, 1), 100, within(1000, null));
        var waiting = sequence(prompt(4, 2), 100, within(null, 500));
        scheduler.add(running);
        scheduler.add(waiting);
        step(scheduler);
        now += 600_000_000;
        assertThat(stepProgress(scheduler)).contains(new Progress.Ended(waiting, FinishReason.QUEUE_TIME_EXCEEDED));
        now += 500_000_000;
        assertThat(stepProgress(scheduler)).contains(new Progress.Ended(running, FinishReason.DEADLINE_EXCEEDED));
        assertThat(scheduler.hasWork()).isFalse();
        assertThat(scheduler.load().blocksFree()).isEqualTo(64);
    }

    @Test
    void draining_finishes_what_was_taken_and_takes_nothing_more() {
        var scheduler = scheduler(new SchedulerLimits(1, 100, 64), 64);
        scheduler.add(sequence(prompt(4, 1), 5));
        scheduler.add(sequence(prompt(4, 2), 5));
        scheduler.drain();
        assertThat(scheduler.add(sequence(prompt(4, 3), 5))).isEqualTo(new Admission.Draining());
        int done = 0;
        while (scheduler.hasWork()) {
            done += (int) stepProgress(scheduler).stream()
                    .filter(Progress.Ended.class::isInstance)
                    .count();
        }
        assertThat(done).isEqualTo(2);
        assertThat(scheduler.load().draining()).isTrue();
    }

    @Test
    void logits_that_are_no_numbers_end_their_own_sequence_only() {
        var scheduler = scheduler(new SchedulerLimits(2, 100, 64), 64);
        var poisonous = sequence(prompt(4, 1), 5);
        var other = sequence(prompt(4, 2), 5);
        scheduler.add(poisonous);
        scheduler.add(other);
        var batch = scheduler.schedule();
        var logits = runner.run(batch);
        logits[0][3] = Float.NaN;
        assertThat(scheduler.advance(batch, logits)).contains(new Progress.Ended(poisonous, FinishReason.FAILED));
        while (scheduler.hasWork()) {
            step(scheduler);
        }
        assertThat(other.generatedIds()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_mask_that_takes_too_long_ends_its_own_sequence_only(boolean withBeams) {
        var scheduler = scheduler(new SchedulerLimits(4, 100, 64), 64);
        var slow = new TokenMask() {
            @Override
            public void mask(long[] bits, int tokensLeft) {
                throw new MaskLimitException("too many ways", new IllegalStateException());
            }

            @Override
            public void advance(int tokenId) {}

            @Override
            public TokenMask copy() {
                return this;
            }
        };
        var selection = new Selection(SamplingParams.greedy(), 0, false, Selection.NO_LOGPROBS, false, slow);
        var masked = new Sequence(prompt(4, 1), selection, 5, Set.of(), Standing.DEFAULT);
        if (withBeams) {
            masked.searchBeams(new BeamParams(2, 1, false));
        }
        var other = sequence(prompt(4, 2), 5);
        scheduler.add(masked);
        scheduler.add(other);
        assertThat(stepProgress(scheduler)).contains(new Progress.Ended(masked, FinishReason.MASK_LIMIT));
        while (scheduler.hasWork()) {
            step(scheduler);
        }
        assertThat(other.generatedIds()).hasSize(5);
    }

    @Test
    void standings_out_of_range_are_refused() {
        assertThatThrownBy(() -> new Standing("", 0, 0, null, null, "")).hasMessage("weight must be 1 to 1000, is 0");
        assertThatThrownBy(() -> new Standing("", 1001, 0, null, null, "")).hasMessageContaining("1001");
        assertThatThrownBy(() -> Standing.DEFAULT.withPriority(11)).hasMessage("priority must be -10 to 10, is 11");
        assertThat(Standing.DEFAULT.withPriority(-10).priority()).isEqualTo(-10);
    }

    @Test
    void idle_tenants_beyond_the_limit_are_forgotten() {
        var tenants = new Tenants();
        var busy = tenants.active("busy");
        busy.started();
        for (int i = 0; i < Tenants.REMEMBERED_MAX + 50; i++) {
            tenants.active("idle" + i).charge(10, 1);
        }
        tenants.tidy();
        assertThat(tenants.active("idle" + (Tenants.REMEMBERED_MAX + 49)).served())
                .isIn(0.0, 10.0);
        assertThat(tenants.rememberedCount()).isLessThanOrEqualTo(Tenants.REMEMBERED_MAX + 2);
    }

    private Scheduler scheduler(SchedulerLimits limits, int blocks) {
        return new Scheduler(limits, CONTEXT, blocks, () -> now);
    }

    private void finish(Scheduler scheduler, Sequence sequence) {
        assertThat(scheduler.add(sequence)).isInstanceOf(Admission.Accepted.class);
        while (sequence.state() != Sequence.State.FINISHED) {
            step(scheduler);
        }
    }

    private Batch step(Scheduler scheduler) {
        var batch = scheduler.schedule();
        now += batch.tokenCount() * 1_000_000L;
        if (!batch.isEmpty()) {
            scheduler.advance(batch, runner.run(batch));
        }
        return batch;
    }

    private List<Progress> stepProgress(Scheduler scheduler) {
        var batch = scheduler.schedule();
        now += batch.tokenCount() * 1_000_000L;
        return batch.isEmpty() ? scheduler.takeEnded() : scheduler.advance(batch, runner.run(batch));
    }

    private static int tokensOf(Batch batch) {
        return batch.tokenCount();
    }

    private static void count(List<Progress> progress, Map<String, Integer> served) {
        for (var one : progress) {
            if (one instanceof Progress.Token token) {
                served.merge(token.sequence().standing().tenant(), 1, Integer::sum);
            }
        }
    }

    private static Standing within(@Nullable Integer timeMaxMillis, @Nullable Integer queueTimeMaxMillis) {
        return Standing.DEFAULT.within(
                timeMaxMillis == null ? null : Duration.ofMillis(timeMaxMillis),
                queueTimeMaxMillis == null ? null : Duration.ofMillis(queueTimeMaxMillis));
    }

    private static int[] prompt(int length, int seed) {
        var prompt = new int[length];
        for (int i = 0; i < length; i++) {
            prompt[i] = Math.floorMod((seed * 31 + i) * 0x9E3779B9 >>> 9, VOCABULARY);
        }
        return prompt;
    }

    private static Sequence sequence(int[] prompt, int maxTokens) {
        return sequence(prompt, maxTokens, Standing.DEFAULT);
    }

    private static Sequence sequence(int[] prompt, int maxTokens, Standing standing) {
        return new Sequence(prompt, SamplingParams.greedy(), maxTokens, Set.of(), standing);
    }
}
