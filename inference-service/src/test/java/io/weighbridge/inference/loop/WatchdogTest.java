package io.weighbridge.inference.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.runner.Batch;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.sampling.SamplingParams;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.ScriptedModelLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The process ends when an engine is of no more use, and only then. */
class WatchdogTest {
    private static final Duration STALL_MAX = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(5);

    private final CountDownLatch inStep = new CountDownLatch(1);
    private final CountDownLatch failed = new CountDownLatch(1);
    private final CountDownLatch comeBack = new CountDownLatch(1);
    private final List<String> exits = new ArrayList<>();

    @AfterEach
    void release() {
        comeBack.countDown();
    }

    @Test
    void a_step_that_does_not_come_back_ends_the_process_at_once() throws Exception {
        var watchdog = watchdog(STALL_MAX);
        var patient = watchdog(LONG);
        var engine = engine(this::hang);
        watchdog.add(engine);
        patient.add(engine);
        submit(engine);
        assertThat(inStep.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(patient.look()).isFalse();
        long end = System.nanoTime() + LONG.toNanos();
        while (!watchdog.look()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
        assertThat(exits).containsExactly("at once 70");
        assertThat(engine.stackTrace()).isNotEmpty();
    }

    @Test
    void an_engine_that_failed_ends_the_process_in_order() throws Exception {
        var watchdog = watchdog(LONG);
        var engine = engine(batch -> {
            throw new IllegalStateException("out of paper");
        });
        watchdog.add(engine);
        assertThat(watchdog.look()).isFalse();
        submit(engine);
        assertThat(failed.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(watchdog.look()).isTrue();
        assertThat(exits).containsExactly("in order 71");
    }

    @Test
    void an_idle_engine_and_one_that_was_stopped_are_left_alone() throws Exception {
        var watchdog = watchdog(Duration.ofNanos(1));
        var engine = engine(batch -> {
            throw new AssertionError("nothing was asked for");
        });
        watchdog.add(engine);
        assertThat(watchdog.look()).isFalse();
        engine.stop(Duration.ZERO);
        assertThat(watchdog.look()).isFalse();
        assertThat(exits).isEmpty();
    }

    private float[][] hang(Batch batch) {
        inStep.countDown();
        try {
            comeBack.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return new float[batch.logitsCount()][ScriptedModelLoader.VOCABULARY];
    }

    private Watchdog watchdog(Duration stallMax) {
        return new Watchdog(stallMax, false, new Watchdog.Exit() {
            @Override
            public void orderly(int status) {
                exits.add("in order " + status);
            }

            @Override
            public void atOnce(int status) {
                exits.add("at once " + status);
            }
        });
    }

    private static void submit(EngineThread engine) {
        engine.submit(new Sequence(new int[] {1}, SamplingParams.greedy(), 1, Set.of()), new GenerationListener() {
            @Override
            public void accepted() {}

            @Override
            public void prompt(List<io.weighbridge.engine.sampling.Logprobs> logprobs) {}

            @Override
            public void token(
                    int tokenId, io.weighbridge.engine.sampling.@org.jspecify.annotations.Nullable Logprobs logprobs) {}

            @Override
            public void ended(io.weighbridge.engine.scheduler.FinishReason reason) {}

            @Override
            public void failed(io.weighbridge.inference.InferenceException failure) {}
        });
    }

    private EngineThread engine(Function<Batch, float[][]> step) throws Exception {
        var engine = new EngineThread(
                ScriptedModelLoader.loaded("test/any", () -> new ModelRunner() {
                    @Override
                    public int vocabularySize() {
                        return ScriptedModelLoader.VOCABULARY;
                    }

                    @Override
                    public int contextLength() {
                        return 100;
                    }

                    @Override
                    public int kvBlockCount() {
                        return 100;
                    }

                    @Override
                    public float[][] run(Batch batch) {
                        return step.apply(batch);
                    }

                    @Override
                    public void close() {}
                }),
                SchedulerLimits.DEFAULT,
                (_, pass) -> pass.get(),
                failure -> failed.countDown());
        engine.start().get(20, TimeUnit.SECONDS);
        return engine;
    }
}
