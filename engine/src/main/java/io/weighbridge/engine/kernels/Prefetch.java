package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Brings memory into a core's cache before it is computed with. Kernels ask for a line only when they have computed with the last few,
 * and the machine's own looking ahead begins anew with every page: a step of eight tokens waited for memory two fifths of its time. Java
 * has no instruction for it, so lines are read, many at once.
 */
final class Prefetch {
    private static final int LINE_BYTES = 64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private Prefetch() {}

    /**
     * Reads something of every cache line from {@code from} on, the last three before {@code end} perhaps not.
     *
     * @return anything, to be kept somewhere, or the compiler leaves the reading out
     */
    static long read(MemorySegment memory, long from, long end) {
        int turns = (int) ((end - from) / (4 * LINE_BYTES));
        long seen = 0;
        for (int turn = 0; turn < turns; turn++) {
            long at = from + turn * (4L * LINE_BYTES);
            seen += (memory.get(LONG, at) ^ memory.get(LONG, at + LINE_BYTES))
                    + (memory.get(LONG, at + 2 * LINE_BYTES) ^ memory.get(LONG, at + 3 * LINE_BYTES));
        }
        return seen;
    }
}
