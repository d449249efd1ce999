package io.weighbridge.license.receipts;

import java.time.Duration;

/**
 * How a log trades speed for safety.
 *
 * @param window the longest time that a receipt waits before its group is written, signed and synced: what a crash can lose
 * @param queueCapacity most receipts that wait to be written
 * @param blockFor how long an append waits for room in a full queue before it is refused; zero where callers must not block
 * @param segmentBytes size from which a new file is begun
 * @param groupMax most receipts under one signed root; so many waiting are written at once, without waiting for the window
 * @param openSegments files that opening checks, newest last; {@link ReceiptVerifier} checks them all
 */
public record Options(
        Duration window, int queueCapacity, Duration blockFor, long segmentBytes, int groupMax, int openSegments) {
    /** Longest window: beyond it a crash loses more than an operator would guess. */
    public static final Duration WINDOW_MAX = Duration.ofSeconds(10);

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
        within("blockFor", blockFor, Duration.ZERO, BLOCK_MAX);
        within("queueCapacity", (long) queueCapacity, 1L, (long) QUEUE_CAPACITY_MAX);
        within("segmentBytes", segmentBytes, SEGMENT_BYTES_MIN, SEGMENT_BYTES_MAX);
        within("groupMax", (long) groupMax, 1L, (long) GROUP_MAX);
        within("openSegments", (long) openSegments, 1L, (long) Integer.MAX_VALUE);
    }

    /** 100 ms window, 8,192 waiting, refuse at once when full, 64 MiB files, 1,024 in a group, 4 files checked at start. */
    public static Options defaults() {
        return new Options(Duration.ofMillis(100), 8_192, Duration.ZERO, 64L * 1024 * 1024, 1_024, 4);
    }

    public Options withWindow(Duration value) {
        return new Options(value, queueCapacity, blockFor, segmentBytes, groupMax, openSegments);
    }

    public Options withQueueCapacity(int value) {
        return new Options(window, value, blockFor, segmentBytes, groupMax, openSegments);
    }

    public Options withBlockFor(Duration value) {
        return new Options(window, queueCapacity, value, segmentBytes, groupMax, openSegments);
    }

    public Options withSegmentBytes(long value) {
        return new Options(window, queueCapacity, blockFor, value, groupMax, openSegments);
    }

    public Options withGroupMax(int value) {
        return new Options(window, queueCapacity, blockFor, segmentBytes, value, openSegments);
    }

    public Options withOpenSegments(int value) {
        return new Options(window, queueCapacity, blockFor, segmentBytes, groupMax, value);
    }

    private static <T extends Comparable<T>> void within(String name, T value, T min, T max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new IllegalArgumentException("%s is %s, must be from %s to %s".formatted(name, value, min, max));
        }
    }
}
