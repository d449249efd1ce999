package io.weighbridge.engine.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.fuzz.Target.Input;
import io.weighbridge.engine.fuzz.Target.Limits;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A short run with fixed seeds over every target. A failure names its seed, which {@code benchmarks/fuzz.sh TARGET 1 SEED} runs
 * again.
 */
class FuzzTest {
    private static final int INPUTS = 1_000;

    @TempDir
    Path folder;

    static List<String> targets() {
        return Fuzz.TARGETS;
    }

    @ParameterizedTest
    @MethodSource("targets")
    void hostile_inputs_are_usable_or_refused_within_limits(String name) throws Exception {
        var left = new AtomicLong(INPUTS);
        var counts = new Fuzzer(name, Fuzz.target(name, folder)).run(0, () -> left.getAndDecrement() > 0);
        assertThat(counts.inputs()).isEqualTo(INPUTS);
        assertThat(counts.accepted()).as("usable inputs").isGreaterThan(INPUTS / 50);
        assertThat(counts.refused()).as("refused inputs").isGreaterThan(INPUTS / 50);
        assertThat(Fuzz.mapped(folder)).as("files left mapped").isEmpty();
    }

    @Test
    void what_crashes_allocates_or_takes_too_long_is_found() {
        found("java.lang.StackOverflowError", () -> {
            throw new StackOverflowError("java.lang.StackOverflowError");
        });
        found("allocates", () -> assertThat(new byte[8 << 20]).hasSize(8 << 20));
        found("takes", () -> {
            var threads = ManagementFactory.getThreadMXBean();
            long start = threads.getCurrentThreadCpuTime();
            while (threads.getCurrentThreadCpuTime() - start < 20_000_000) {
                Thread.onSpinWait();
            }
        });
        found("is refused with the message 'null'", () -> {
            throw new IllegalStateException();
        });
    }

    private static void found(String what, Target.Reading reading) {
        var target = new Target() {
            @Override
            public Input next(RandomGenerator random) {
                return new Input(1, reading);
            }

            @Override
            public boolean isRefusal(Throwable failure) {
                return failure instanceof IllegalStateException;
            }

            @Override
            public Limits limits() {
                return new Limits(4 << 20, 64, 10);
            }
        };
        assertThatThrownBy(() -> new Fuzzer("broken", target).run(7, () -> true))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("broken, seed 7", what);
    }
}
