package io.weighbridge.engine.fuzz;

import com.sun.management.ThreadMXBean;
import io.weighbridge.engine.fuzz.Target.Input;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Feeds inputs to a target, one seed after the other, and fails at the first one that is neither usable nor refused, or that costs
 * more than the target's limits. Inputs run in a thread of their own, so that one that hangs is found.
 */
final class Fuzzer {
    /** How long an input may take on the clock, on a machine with other work, before it counts as hanging. */
    private static final long HANGS_AFTER_NANOS = 60_000_000_000L;

    /** Longest message of a refusal, in characters. */
    private static final int MESSAGE_CHARACTERS_MAX = 2_000;

    /** Inputs that run once without limits, because the first ones pay for loading classes. */
    private static final int WARMING_INPUTS = 20;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** What became of the inputs, and the most that one of them cost. */
    record Counts(long inputs, long accepted, long refused, long allocatedBytesMax, long cpuMillisMax) {}

    private final String name;
    private final Target target;
    private final AtomicLong seed = new AtomicLong();
    private volatile long startedNanos;
    private volatile @Nullable Throwable failure;
    private long accepted;
    private long refused;
    private long allocatedMax;
    private long cpuNanosMax;

    Fuzzer(String name, Target target) {
        this.name = name;
        this.target = target;
    }

    /** Runs the inputs of {@code firstSeed} and the seeds after it while {@code more} holds. */
    Counts run(long firstSeed, BooleanSupplier more) throws InterruptedException {
        seed.set(firstSeed);
        startedNanos = System.nanoTime();
        var worker = Thread.ofPlatform().daemon().name("fuzz " + name).start(() -> work(more));
        while (!worker.join(java.time.Duration.ofSeconds(1))) {
            if (System.nanoTime() - startedNanos > HANGS_AFTER_NANOS) {
                var stack = Arrays.stream(worker.getStackTrace())
                        .map(String::valueOf)
                        .toList();
                throw new AssertionError(named("hangs in\n  " + String.join("\n  ", stack)));
            }
        }
        if (failure != null) {
            throw new AssertionError(named(String.valueOf(failure.getMessage())), failure);
        }
        return new Counts(accepted + refused, accepted, refused, allocatedMax, cpuNanosMax / 1_000_000);
    }

    private void work(BooleanSupplier more) {
        long firstSeed = seed.get();
        try {
            for (; seed.get() < firstSeed + WARMING_INPUTS; seed.incrementAndGet()) {
                read(next());
            }
            for (seed.set(firstSeed); more.getAsBoolean(); seed.incrementAndGet()) {
                measure(next());
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private Input next() throws Exception {
        startedNanos = System.nanoTime();
        return target.next(RandomGeneratorFactory.of("L64X128MixRandom").create(seed.get()));
    }

    /** Whether the input is usable; false when it is refused. */
    private boolean read(Input input) throws Exception {
        try {
            input.reading().run();
            return true;
        } catch (Throwable e) {
            if (!target.isRefusal(e)) {
                throw e;
            }
            check(e.getMessage());
            return false;
        }
    }

    private void measure(Input input) throws Exception {
        long allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
        long cpuBefore = THREADS.getCurrentThreadCpuTime();
        if (read(input)) {
            accepted++;
        } else {
            refused++;
        }
        long cpuNanos = THREADS.getCurrentThreadCpuTime() - cpuBefore;
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        allocatedMax = Math.max(allocatedMax, allocated);
        cpuNanosMax = Math.max(cpuNanosMax, cpuNanos);
        var limits = target.limits();
        long allowed = limits.allocatedBytes() + limits.allocatedBytesPerByte() * input.bytes();
        if (allocated > allowed) {
            throw new AssertionError("allocates %d bytes for %d bytes of input; the limit is %d"
                    .formatted(allocated, input.bytes(), allowed));
        }
        if (cpuNanos > limits.cpuMillis() * 1_000_000) {
            throw new AssertionError(
                    "takes %d ms; the limit is %d".formatted(cpuNanos / 1_000_000, limits.cpuMillis()));
        }
    }

    private static void check(@Nullable String message) {
        if (message == null || message.isBlank() || message.contains("null: ")) {
            throw new AssertionError("is refused with the message '%s'".formatted(message));
        }
        if (message.length() > MESSAGE_CHARACTERS_MAX) {
            throw new AssertionError("is refused with a message of %d characters".formatted(message.length()));
        }
    }

    private String named(String what) {
        return "%s, seed %d: %s".formatted(name, seed.get(), what);
    }
}
