package io.weighbridge.engine.checkpoint;

import java.lang.foreign.MemorySegment;

/** Writes the values of one block that starts at byte {@code at} of {@code data} into {@code target} from {@code start} on. */
@FunctionalInterface
interface BlockDecoder {
    void decode(MemorySegment data, long at, float[] target, int start);

    /** The decoder of many blocks in a row. */
    static RunDecoder repeated(BlockDecoder decoder, int blockSize, int blockBytes) {
        return (data, at, target, start, count) -> {
            long from = at;
            for (int i = start; i < start + count; i += blockSize, from += blockBytes) {
                decoder.decode(data, from, target, i);
            }
        };
    }
}
