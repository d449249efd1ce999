package io.weighbridge.license.receipts;

import java.time.Duration;

/**
 * How a log trades speed for safety.
 *
 * @param window the longest time that a receipt waits before its group is chained, written and synced: what a crash can lose
 * @param signEvery the longest time that a synced receipt waits for a signed root, give or take one window; as long as the window or
 *     shorter, every group is signed. Until then it is chained and survives a crash, but who can write to the folder can remove it unseen
 * @param queueCapacity most receipts that wait to be written
 * @param blockFor how long an append waits for room in a full queue before it is refused; zero where callers must not block
 * @param segmentBytes size from which a new file is begun
 * @param groupMax most receipts under one signed root; so many are written and signed at once, without waiting for window or signEvery
 * @param openSegments files that opening checks, newest last; {@link ReceiptVerifier} checks them all
 */
public record Options(
        Duration window,
        Duration signEvery,
        int queueCapacity,
        Duration blockFor,
        long segmentBytes,
        int groupMax,
        int openSegments) {
    /** Longest window: beyond it a crash loses more than an operator would guess. */
    public static final Duration WINDOW_MAX = Duration.ofSeconds(10);

    /** Longest time without a signature: beyond it too much is only chained. */
    public static final Duration SIGN_EVERY_MAX = Duration.ofMinutes(1);

    /** Longest wait of an append: the caller's own deadline is near by then. */
    public static final Duration BLOCK_MAX = Duration.ofSeconds(10);

    /** Longest queue; with receipts of usual size it holds some 64 MiB. */
    public static final int QUEUE_CAPACITY_MAX = 65_536;

    /** Largest group: its proof has 16 hashes. */
    public static final int GROUP_MAX = 65_536;

    /** Smallest file, so that a folder does not fill with files. */
    public static final long SEGMENT_BYTES_MIN = 4 * 1024;

    /** Largest file. */
    public static final long SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

    public Options {
        within("window", window, Duration.ofMillis(1), WINDOW_MAX);
        within("signEvery", signEvery, Duration.ofMillis(1), SIGN_EVERY_MAX);
        within("blockFor", blockFor, Duration.ZERO, BLOCK_MAX);
        within("queueCapacity", (long) queueCapacity, 1L, (long) QUEUE_CAPACITY_MAX);
        within("segmentBytes", segmentBytes, SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        within("groupMax", (long) groupMax, 1L, (long) GROUP_MAX);
        within("openSegments", (long) openSegments, 1L, (long) Integer.MAX_VALUE);
    }

    /** 100 ms window, signed every second, 8,192 waiting, refuse at once when full, 64 MiB files, 1,024 in a group, 4 files checked at start. */
    public static Options defaults() {
        return new Options(
                Duration.ofMillis(100), Duration.ofSeconds(1), 8_192, Duration.ZERO, 64L * 1024 * 1024, 1_024, 4);
    }

    public Options withWindow(Duration value) {
        return new Options(value, signEvery, queueCapacity, blockFor, segmentBytes, groupMax, openSegments);
    }

    public Options withSignEvery(Duration value) {
        return new Options(window, value, queueCapacity, blockFor, segmentBytes, groupMax, openSegments);
    }

    public Options withQueueCapacity(int value) {
        return new Options(window, signEvery, value, blockFor, segmentBytes, groupMax, openSegments);
    }

    public Options withBlockFor(Duration value) {
        return new Options(window, signEvery, queueCapacity, value, segmentBytes, groupMax, openSegments);
    }

    public Options withSegmentBytes(long value) {
        return new Options(window, signEvery, queueCapacity, blockFor, value, groupMax, openSegments);
    }

    public Options withGroupMax(int value) {
        return new Options(window, signEvery, queueCapacity, blockFor, segmentBytes, value, openSegments);
    }

    public Options withOpenSegments(int value) {
        return new Options(window, signEvery, queueCapacity, blockFor, segmentBytes, groupMax, value);
    }

    private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("%s is %s, must be from %s to %s".formatted(name, value, min, max));
        }
    }
}
