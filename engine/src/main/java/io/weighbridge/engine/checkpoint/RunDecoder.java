package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;

/**
 * Writes {@code count} values, whole blocks from byte {@code at} of {@code data} on, into {@code target} from {@code start}
 * on. Stateless, and allocates nothing, so that many threads can widen rows at once.
 */
@FunctionalInterface
interface RunDecoder {
    void decode(MemorySegment data, long at, float[] target, int start, int count);
}
