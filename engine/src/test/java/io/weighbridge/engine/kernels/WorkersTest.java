package io.weighbridge.engine.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void every_index_has_one_turn(int threads) {
        try (var workers = new Workers(threads)) {
            for (int count = 0; count < 2000; count = count * 2 + 1) {
                var turns = new AtomicIntegerArray(Math.max(1, count));
                workers.run(count, (index, worker) -> turns.incrementAndGet(index));
                for (int i = 0; i < count; i++) {
                    assertThat(turns.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void what_a_turn_wrote_is_seen_by_the_caller_and_by_later_turns() {
        try (var workers = new Workers(3)) {
            var values = new int[64];
            for (int round = 0; round < 5000; round++) {
                workers.run(values.length, (index, worker) -> values[index]++);
            }
            assertThat(values).containsOnly(5000);
        }
    }

    @Test
    void all_threads_take_part_even_after_they_slept() throws InterruptedException {
        try (var workers = new Workers(2)) {
            for (int round = 0; round < 3; round++) {
                Thread.sleep(5); // far longer than a worker stays awake
                var both = new CountDownLatch(2);
                workers.run(2, (index, worker) -> {
                    both.countDown();
                    await(both);
                });
                assertThat(both.getCount()).isZero();
            }
        }
    }

    @Test
    void a_failure_reaches_the_caller_and_leaves_the_workers_usable() {
        try (var workers = new Workers(2)) {
            for (int round = 0; round < 100; round++) {
                assertThatThrownBy(() -> workers.run(10, (index, worker) -> {
                            if (index == 7) {
                                throw new IllegalStateException("seven");
                            }
                        }))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("seven");
            }
            var turns = new AtomicIntegerArray(10);
            workers.run(10, (index, worker) -> turns.incrementAndGet(index));
            assertThat(turns.toString()).isEqualTo("[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Workers.THREADS_MAX + 1})
    void a_number_of_threads_out_of_bounds_is_refused(int threads) {
        assertThatThrownBy(() -> new Workers(threads).close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be 1 to 256, is " + threads);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
