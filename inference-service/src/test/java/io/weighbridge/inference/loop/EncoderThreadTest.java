package io.weighbridge.inference.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.ScriptedModelLoader;
import io.weighbridge.inference.flight.Flight;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Steps are held back by a gate, so that each test decides what meets in which step. */
class EncoderThreadTest {
    private static final int WAITING_MAX = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final GatedRunner runner = new GatedRunner();
    private final List<String> passages = new CopyOnWriteArrayList<>();
    private final List<InferenceException> failures = new CopyOnWriteArrayList<>();
    private EncoderThread thread;

    /** A vector is the input's first token and its length. Each step waits for a permit. */
    private static final class GatedRunner implements EncoderRunner {
        private final Semaphore permits = new Semaphore(0);
        private final BlockingQueue<List<int[]>> steps = new ArrayBlockingQueue<>(1_000);
        private volatile boolean broken;
        private volatile boolean closed;
        private volatile @Nullable Thread owner;

        @Override
        public int dimensions() {
            return 2;
        }

        @Override
        public int contextLength() {
            return 4_000;
        }

        @Override
        public List<float[]> embed(List<int[]> inputs) {
            owner = Thread.currentThread();
            steps.add(List.copyOf(inputs));
            try {
                permits.acquire();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (broken) {
                throw new IllegalStateException("out of paper");
            }
            return inputs.stream()
                    .map(input -> new float[] {input[0], input.length})
                    .toList();
        }

        @Override
        public List<float[]> classify(List<EncoderInput> inputs) {
            return embed(inputs.stream().map(EncoderInput::tokenIds).toList());
        }

        @Override
        public void close() {
            closed = true;
        }

        List<int[]> nextStep() throws InterruptedException {
            var step = steps.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            assertThat(step).as("no step began").isNotNull();
            return step == null ? List.of() : step;
        }
    }

    @BeforeEach
    void start() throws Exception {
        thread = new EncoderThread(
                ScriptedModelLoader.encoder("test/gated", () -> runner),
                WAITING_MAX,
                (digests, apart, step) -> {
                    passages.add(apart + " " + digests);
                    step.run();
                },
                failures::add);
        assertThat(thread.start().get(10, TimeUnit.SECONDS).contextLength()).isEqualTo(4_000);
    }

    @AfterEach
    void stop() throws InterruptedException {
        runner.permits.release(1_000);
        thread.stop();
        assertThat(runner.closed).isTrue();
    }

    @Test
    void requests_that_wait_are_computed_together_and_each_gets_its_own_in_order() throws Exception {
        var first = submit(Standing.DEFAULT, 5);
        assertThat(runner.nextStep()).hasSize(1);
        var second = submit(Standing.DEFAULT, 3, 9, 4);
        var third = submit(Standing.DEFAULT, 7);
        runner.permits.release(2);
        assertThat(vectors(first)).containsExactly("0:5");
        assertThat(runner.nextStep()).extracting(input -> input.length).containsExactlyInAnyOrder(3, 9, 4, 7);
        assertThat(vectors(second)).containsExactly("0:3", "1:9", "2:4");
        assertThat(vectors(third)).containsExactly("0:7");
        assertThat(Objects.requireNonNull(runner.owner).isVirtual()).isFalse();
    }

    @Test
    void a_step_has_no_more_tokens_than_the_limit_unless_one_input_alone_has() throws Exception {
        runner.permits.release(1_000);
        var many =
                submit(Standing.DEFAULT, IntStream.generate(() -> 100).limit(50).toArray());
        var longest = submit(Standing.DEFAULT, 3_000);
        assertThat(vectors(many)).hasSize(50);
        assertThat(vectors(longest)).containsExactly("0:3000");
        var sizes = new ArrayList<Integer>();
        while (!runner.steps.isEmpty()) {
            sizes.add(runner.steps.remove().stream()
                    .mapToInt(input -> input.length)
                    .sum());
        }
        assertThat(sizes)
                .contains(3_000)
                .filteredOn(size -> size != 3_000)
                .allMatch(size -> size <= EncoderThread.STEP_TOKENS_MAX);
    }

    @Test
    void one_text_does_not_wait_for_thousands_of_another_tenant() throws Exception {
        submit(
                Standing.DEFAULT.of("many"),
                IntStream.generate(() -> 500).limit(200).toArray());
        runner.nextStep();
        var one = submit(Standing.DEFAULT.of("one"), 12);
        runner.permits.release(2);
        assertThat(runner.nextStep()).extracting(input -> input.length).contains(12, 500);
        assertThat(vectors(one)).containsExactly("0:12");
    }

    @Test
    void a_full_queue_refuses_at_once_and_says_when_to_come_back() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        for (int i = 0; i < WAITING_MAX; i++) {
            submit(Standing.DEFAULT, 5);
        }
        assertThat(thread.load().waiting()).isEqualTo(WAITING_MAX);
        assertThat(thread.load().running()).isEqualTo(1);
        var refused = failure(submit(Standing.DEFAULT, 5));
        assertThat(refused.code()).isEqualTo(ErrorCode.QUEUE_FULL);
        assertThat(refused.retryAfter()).isNotNull();
    }

    @Test
    void what_is_canceled_is_not_computed_further() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        var canceled = submit(Standing.DEFAULT, 77);
        var kept = submit(Standing.DEFAULT, 6);
        canceled.result().cancel(false);
        runner.permits.release(2);
        assertThat(vectors(kept)).containsExactly("0:6");
        assertThat(runner.nextStep()).extracting(input -> input.length).containsExactly(6);
    }

    @Test
    void deadlines_and_queue_times_end_what_waits() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        var late = submit(Standing.DEFAULT.within(Duration.ofMillis(1), null), 5);
        var queued = submit(Standing.DEFAULT.within(null, Refusals.RETRY_AFTER_MIN), 5);
        TimeUnit.MILLISECONDS.sleep(Refusals.RETRY_AFTER_MIN.toMillis() + 20); // its queue time has to pass
        runner.permits.release();
        assertThat(failure(late).code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED);
        assertThat(failure(queued).code()).isEqualTo(ErrorCode.QUEUE_TIME_EXCEEDED);
        assertThat(failure(submit(Standing.DEFAULT.within(null, Duration.ZERO), 5, 5))
                        .code())
                .isEqualTo(ErrorCode.QUEUE_TIME_EXCEEDED);
    }

    @Test
    void the_more_urgent_of_a_tenant_comes_first() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        var later = submit(Standing.DEFAULT, 1_000);
        var sooner = submit(Standing.DEFAULT.withPriority(1), 1_001);
        runner.permits.release(2);
        assertThat(runner.nextStep()).extracting(input -> input.length).containsExactly(1_001);
        runner.permits.release();
        assertThat(vectors(sooner)).containsExactly("0:1001");
        assertThat(vectors(later)).containsExactly("0:1000");
    }

    @Test
    void a_failure_of_the_back_end_fails_all_and_ends_the_thread() throws Exception {
        var computed = submit(Standing.DEFAULT, 5);
        runner.nextStep();
        var waiting = submit(Standing.DEFAULT, 6);
        runner.broken = true;
        runner.permits.release();
        assertThat(failure(computed).code()).isEqualTo(ErrorCode.MODEL_FAILED);
        assertThat(failure(waiting).code()).isEqualTo(ErrorCode.MODEL_FAILED);
        assertThat(failures).hasSize(1);
        assertThat(thread.isAlive(PATIENCE)).isFalse();
        assertThat(failure(submit(Standing.DEFAULT, 5)).code()).isEqualTo(ErrorCode.MODEL_UNLOADED);
    }

    @Test
    void draining_refuses_new_requests_and_finishes_those_taken() throws Exception {
        var taken = submit(Standing.DEFAULT, 5);
        runner.nextStep();
        thread.drain();
        assertThat(failure(submit(Standing.DEFAULT, 5)).code()).isEqualTo(ErrorCode.MODEL_UNLOADED);
        runner.permits.release();
        assertThat(vectors(taken)).containsExactly("0:5");
    }

    @Test
    void what_is_to_be_apart_has_steps_of_its_own_that_take_turns() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        var long1 = EncoderInput.of(new int[700]);
        var suspect = submit(List.of(long1, long1), Standing.DEFAULT, new Flight("suspect", true));
        var innocent = submit(Standing.DEFAULT, 6);
        runner.permits.release(10);
        assertThat(vectors(suspect)).hasSize(2);
        assertThat(vectors(innocent)).hasSize(1);
        assertThat(passages).containsExactly("false [d5]", "true [suspect]", "false [d6]", "true [suspect]");
    }

    @Test
    void a_stop_waits_for_what_was_taken_as_long_as_it_may() throws Exception {
        var taken = submit(Standing.DEFAULT, 5);
        runner.nextStep();
        runner.permits.release();
        thread.stop(PATIENCE);
        assertThat(vectors(taken)).containsExactly("0:5");
        assertThat(thread.hasEndedInOrder()).isTrue();
    }

    @Test
    void a_step_that_hangs_counts_as_dead() throws Exception {
        submit(Standing.DEFAULT, 5);
        runner.nextStep();
        assertThat(thread.isAlive(Duration.ofMinutes(1))).isTrue();
        assertThat(thread.isAlive(Duration.ZERO)).isFalse();
    }

    /** A request of inputs of these lengths; the first token of each is its place. */
    private EncoderJob submit(Standing standing, int... lengths) {
        var inputs = new ArrayList<EncoderInput>();
        for (int i = 0; i < lengths.length; i++) {
            var ids = new int[lengths[i]];
            ids[0] = i;
            inputs.add(EncoderInput.of(ids));
        }
        return submit(inputs, standing, new Flight("d" + lengths[0], false));
    }

    private EncoderJob submit(List<EncoderInput> inputs, Standing standing, Flight flight) {
        var job = new EncoderJob(EncoderJob.Kind.EMBED, inputs, standing, flight);
        thread.submit(job);
        return job;
    }

    private static List<String> vectors(EncoderJob job) throws Exception {
        return job.result().get(PATIENCE.toSeconds(), TimeUnit.SECONDS).stream()
                .map(vector -> (int) vector[0] + ":" + (int) vector[1])
                .toList();
    }

    private static InferenceException failure(EncoderJob job) {
        var failure = catchThrowable(() -> vectors(job));
        assertThat(failure).isInstanceOf(ExecutionException.class);
        return (InferenceException) Objects.requireNonNull(failure.getCause());
    }
}
