package io.weighbridge.license.receipts;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the CPU time of one append, all in: building and encoding the draft on the caller's thread, and the writer's chain, root,
 * signature, write, sync and head. A program, not a test: {@code AppendCost FOLDER RATE...}, rates in receipts per second, 0 for as fast as
 * it goes. Prints microseconds for each receipt.
 */
final class AppendCost {
    private static final int WARM_UP = 100_000;
    private static final long MEASURE_NANOS = 10_000_000_000L;
    private static final long TICK_NANOS = 10_000_000L;
    private static final int UNPACED_BURST = 1_000;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private AppendCost() {}

    public static void main(String[] arguments) {
        var options = Options.defaults().withBlockFor(Options.BLOCK_MAX);
        try (var log = ReceiptLog.open(Path.of(arguments[0]), options)) {
            for (int i = 0; i < WARM_UP; i++) {
                log.append(Logs.draft(i));
            }
            log.flush();
            System.out.printf(
                    "receipt of %d bytes, window %s%n",
                    Receipt.encode(Logs.draft(1)).bytesMax(), options.window());
            for (var rate : Arrays.copyOfRange(arguments, 1, arguments.length)) {
                measure(log, Integer.parseInt(rate));
            }
        }
    }

    private static void measure(ReceiptLog log, int rate) {
        var burst = rate == 0 ? UNPACED_BURST : Math.max(1, (int) (rate * TICK_NANOS / 1_000_000_000L));
        var tickNanos = rate == 0 ? 0 : burst * 1_000_000_000L / rate;
        var writerBefore = writerNanos();
        var callerNanos = 0L;
        var count = 0L;
        var begin = System.nanoTime();
        var next = begin;
        while (System.nanoTime() - begin < MEASURE_NANOS) {
            var before = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < burst; i++) {
                log.append(Logs.draft((int) count++));
            }
            callerNanos += THREADS.getCurrentThreadCpuTime() - before;
            next += tickNanos;
            for (var rest = next - System.nanoTime(); rest > 0; rest = next - System.nanoTime()) {
                LockSupport.parkNanos(rest);
            }
        }
        log.flush();
        var writer = (writerNanos() - writerBefore) / 1e3 / count;
        var caller = callerNanos / 1e3 / count;
        var perSecond = count * 1e9 / (System.nanoTime() - begin);
        System.out.printf(
                "%,8.0f receipts/s: caller %.1f us + writer %.1f us = %.1f us%n",
                perSecond, caller, writer, caller + writer);
    }

    private static long writerNanos() {
        return Arrays.stream(THREADS.getAllThreadIds())
                .mapToObj(THREADS::getThreadInfo)
                .filter(thread -> thread != null && thread.getThreadName().equals("receipts-writer"))
                .mapToLong(thread -> THREADS.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }
}
