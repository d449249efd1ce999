package io.weighbridge.inference.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.runner.ScriptedModelRunner;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.FinishReason;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.ScriptedModelLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever happens to a model's thread, each request hears of exactly one end. */
class EngineThreadTest {
    private static final int REQUESTS = 60;
    private static final int CONTEXT = 400;
    private static final int PATIENCE_SECONDS = 20;

    static LongStream seeds() {
        return LongStream.range(0, 30);
    }

    /** Counts what it hears. */
    private static final class Ear implements GenerationListener {
        private final CountDownLatch over = new CountDownLatch(1);
        private int accepted;
        private int tokens;
        private int ends;
        private @Nullable FinishReason reason;
        private @Nullable InferenceException failure;

        @Override
        public synchronized void accepted() {
            assertThat(ends).isZero();
            accepted++;
        }

        @Override
        public synchronized void prompt(List<Logprobs> logprobs) {
            throw new AssertionError("nobody asked for them");
        }

        @Override
        public synchronized void token(int tokenId, @Nullable Logprobs logprobs) {
            assertThat(ends).isZero();
            tokens++;
        }

        @Override
        public synchronized void ended(FinishReason ending) {
            reason = ending;
            ends++;
            over.countDown();
        }

        @Override
        public synchronized void failed(InferenceException why) {
            failure = why;
            ends++;
            over.countDown();
        }

        synchronized String outcome() {
            assertThat(ends).isEqualTo(1);
            if (failure != null) {
                return failure.code().name();
            }
            assertThat(accepted).isEqualTo(1);
            return String.valueOf(reason);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void each_request_is_done_cancelled_refused_or_failed_and_only_one_of_them(long seed) throws Exception {
        var random =
                RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom").create(seed);
        int stepsToFailure = random.nextBoolean() ? random.nextInt(1, 150) : Integer.MAX_VALUE;
        var closed = new CountDownLatch(1);
        var thread = new EngineThread(
                ScriptedModelLoader.loaded("test/any", () -> failingAfter(stepsToFailure, closed)),
                new SchedulerLimits(4, 10, 64),
                (_, pass) -> pass.get(),
                failure -> {});
        thread.start().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var ears = new ArrayList<Ear>();
        int stopAt = random.nextInt(2) == 0 ? random.nextInt(REQUESTS) : REQUESTS;
        for (int i = 0; i < REQUESTS; i++) {
            if (i == stopAt / 2 && random.nextInt(3) == 0) {
                thread.drain();
            }
            if (i == stopAt) {
                thread.stop();
            }
            var ear = new Ear();
            ears.add(ear);
            var sequence = someSequence(random);
            thread.submit(sequence, ear);
            if (random.nextInt(4) == 0) {
                sequence.cancel();
            }
            if (random.nextInt(3) == 0) {
                var _ = ear.over.await(1, TimeUnit.MILLISECONDS);
            }
        }
        if (random.nextBoolean()) {
            for (var ear : ears) {
                assertThat(ear.over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            }
        }
        thread.stop();
        assertThat(closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        for (var ear : ears) {
            assertThat(ear.outcome())
                    .isIn("STOP", "LENGTH", "CANCELLED", "QUEUE_FULL", "MODEL_FAILED", "MODEL_UNLOADED");
        }
        assertThat(thread.load().running() + thread.load().waiting()).isZero();
    }

    @Test
    void ten_thousand_requests_at_once_are_answered_and_the_queue_stays_bounded() throws Exception {
        var closed = new CountDownLatch(1);
        var thread = new EngineThread(
                ScriptedModelLoader.loaded("test/any", () -> failingAfter(Integer.MAX_VALUE, closed)),
                new SchedulerLimits(4, 100, 64),
                (_, pass) -> pass.get(),
                failure -> {});
        thread.start().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var ears = new ArrayList<Ear>();
        for (int i = 0; i < 10_000; i++) {
            var ear = new Ear();
            ears.add(ear);
            thread.submit(
                    new Sequence(
                            new int[] {1, 2, i % 50},
                            SamplingParams.greedy(),
                            2,
                            Set.of(),
                            Standing.DEFAULT.of("tenant" + i % 7)),
                    ear);
        }
        int waitingMost = 0;
        for (var ear : ears) {
            waitingMost = Math.max(waitingMost, thread.load().waiting());
            assertThat(ear.over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(waitingMost).isLessThanOrEqualTo(200);
        var outcomes = ears.stream().map(Ear::outcome).toList();
        assertThat(outcomes).contains("LENGTH", ErrorCode.QUEUE_FULL.name());
        assertThat(Set.copyOf(outcomes)).isSubsetOf(Set.of("LENGTH", ErrorCode.QUEUE_FULL.name()));
        thread.stop();
        assertThat(closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void an_unloaded_model_finishes_what_it_took_within_the_grace_and_takes_no_more() throws Exception {
        var closed = new CountDownLatch(1);
        var thread = new EngineThread(
                ScriptedModelLoader.loaded("test/any", () -> failingAfter(Integer.MAX_VALUE, closed)),
                new SchedulerLimits(1, 100, 64),
                (_, pass) -> pass.get(),
                failure -> {});
        thread.start().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var taken = new ArrayList<Ear>();
        for (int i = 0; i < 20; i++) {
            var ear = new Ear();
            taken.add(ear);
            thread.submit(new Sequence(new int[] {1, i}, SamplingParams.greedy(), 5, Set.of()), ear);
        }
        thread.drain();
        var late = new Ear();
        thread.submit(new Sequence(new int[] {1}, SamplingParams.greedy(), 5, Set.of()), late);
        thread.stop(java.time.Duration.ofSeconds(PATIENCE_SECONDS));
        assertThat(taken.stream().map(Ear::outcome)).containsOnly("LENGTH");
        assertThat(late.outcome()).isEqualTo("MODEL_UNLOADED");
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void what_runs_longer_than_the_grace_is_cut_off_with_a_word() throws Exception {
        var closed = new CountDownLatch(1);
        var thread = new EngineThread(
                ScriptedModelLoader.loaded("test/any", () -> failingAfter(Integer.MAX_VALUE, closed)),
                new SchedulerLimits(1, 100, 64),
                (_, pass) -> {
                    if (closed.getCount() == 0) {
                        throw new AssertionError("a closed engine takes no step");
                    }
                    return pass.get();
                },
                failure -> {});
        thread.start().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        var ears = new ArrayList<Ear>();
        for (int i = 0; i < 50; i++) {
            var ear = new Ear();
            ears.add(ear);
            thread.submit(new Sequence(new int[] {1, i}, SamplingParams.greedy(), 300, Set.of()), ear);
        }
        thread.stop(java.time.Duration.ofMillis(1));
        assertThat(ears.stream().map(Ear::outcome)).contains("MODEL_UNLOADED").isSubsetOf("LENGTH", "MODEL_UNLOADED");
        assertThat(closed.getCount()).isZero();
    }

    private static Sequence someSequence(RandomGenerator random) {
        var prompt = random.ints(random.nextInt(1, CONTEXT / 2), 0, 50).toArray();
        return new Sequence(prompt, SamplingParams.greedy(), random.nextInt(1, 60), Set.of(7));
    }

    private static ModelRunner failingAfter(int steps, CountDownLatch closed) {
        var scripted = ScriptedModelRunner.hashing(50, CONTEXT, 60);
        return new ModelRunner() {
            private int stepsLeft = steps;

            @Override
            public int vocabularySize() {
                return scripted.vocabularySize();
            }

            @Override
            public int contextLength() {
                return scripted.contextLength();
            }

            @Override
            public int kvBlockCount() {
                return scripted.kvBlockCount();
            }

            @Override
            public float[][] run(Batch batch) {
                if (--stepsLeft < 0) {
                    throw new IllegalStateException("out of paper");
                }
                return scripted.run(batch);
            }

            @Override
            public void close() {
                scripted.close();
                closed.countDown();
            }
        };
    }
}
