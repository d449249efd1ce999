package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.runner.ModelRunner;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values as float32, laid out for {@link Attention}: keys in blocks of {@link #BLOCK_PLACES} places, in a block one
 * dimension after the other with the places side by side; values place by place; both padded with zeros. Memory is taken in
 * chunks of places when they are first written, so that an unused rest of the capacity costs nothing.
 */
final class KvMemory {
    /** Places whose keys lie side by side, the floats of the widest vector: a block of the KV memory. */
    static final int BLOCK_PLACES = ModelRunner.KV_BLOCK_TOKENS;

    /** Keys are padded to a multiple of this: as many dimensions as are added up side by side. */
    private static final int KEY_FLOATS = 4;

    /** Values are padded to a multiple of this: two of the widest vectors. */
    private static final int VALUE_FLOATS = 32;

    /** Places of a chunk. */
    static final int CHUNK_PLACES = 256;

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(Lanes.ORDER);

    final int capacity;
    private final Arena arena;
    private final @Nullable MemorySegment[] chunks;
    private final int layerCount;
    private final int kvHeadCount;
    private final int headDimension;
    private final int keyStride;
    private final int valueStride;
    private final long headBytes; // keys and values of one layer and head in one chunk
    private final long chunkBytes;

    /** Of whole blocks, for at least {@code tokens}. */
    KvMemory(DecoderSpec spec, int tokens, Arena arena) {
        this.capacity = Math.multiplyExact(Math.ceilDiv(tokens, BLOCK_PLACES), BLOCK_PLACES);
        this.arena = arena;
        layerCount = spec.layerCount();
        kvHeadCount = spec.kvHeadCount();
        headDimension = spec.headDimension();
        keyStride = keyStride(headDimension);
        valueStride = valueStride(headDimension);
        headBytes = (long) CHUNK_PLACES * (keyStride + valueStride) * Float.BYTES;
        chunkBytes = Math.multiplyExact(headBytes, (long) spec.layerCount() * kvHeadCount);
        chunks = new MemorySegment[Math.ceilDiv(capacity, CHUNK_PLACES)];
    }

    /** Bytes of {@code capacity} places. */
    static long bytes(DecoderSpec spec, int capacity) {
        long floats = (long) keyStride(spec.headDimension()) + valueStride(spec.headDimension());
        long heads = (long) spec.layerCount() * spec.kvHeadCount();
        return heads * Math.ceilDiv(capacity, CHUNK_PLACES) * CHUNK_PLACES * floats * Float.BYTES;
    }

    /** Dimensions of a key with its padding. */
    static int keyStride(int headDimension) {
        return Math.ceilDiv(headDimension, KEY_FLOATS) * KEY_FLOATS;
    }

    /** Floats from one place's value to the next. */
    static int valueStride(int headDimension) {
        return Math.ceilDiv(headDimension, VALUE_FLOATS) * VALUE_FLOATS;
    }

    /** Makes sure that a place can be written. Not thread-safe; everything else may be called by many threads. */
    void reserve(int place) {
        if (place < 0 || place >= capacity) {
            throw new IndexOutOfBoundsException("KV place %d of %d".formatted(place, capacity));
        }
        if (chunks[place / CHUNK_PLACES] == null) {
            chunks[place / CHUNK_PLACES] = arena.allocate(chunkBytes, 64);
        }
    }

    /** Copies all keys and values of a block. Not thread-safe. */
    void copy(int fromBlock, int toBlock) {
        int from = fromBlock * BLOCK_PLACES;
        int to = toBlock * BLOCK_PLACES;
        reserve(to);
        long keyBytes = (long) BLOCK_PLACES * keyStride * Float.BYTES;
        long valueBytes = (long) BLOCK_PLACES * valueStride * Float.BYTES;
        for (int layer = 0; layer < layerCount; layer++) {
            for (int head = 0; head < kvHeadCount; head++) {
                MemorySegment.copy(
                        chunk(from), keysAt(layer, head, from), chunk(to), keysAt(layer, head, to), keyBytes);
                MemorySegment.copy(
                        chunk(from), valueAt(layer, head, from), chunk(to), valueAt(layer, head, to), valueBytes);
            }
        }
    }

    /** Memory that holds {@code place}; the offsets below are inside it. */
    MemorySegment chunk(int place) {
        var chunk = chunks[place / CHUNK_PLACES];
        if (chunk == null) {
            throw new IllegalStateException("KV place %d is read but was never written".formatted(place));
        }
        return chunk;
    }

    /** Where the keys of the block with {@code place} begin. */
    long keysAt(int layer, int kvHead, int place) {
        int block = place % CHUNK_PLACES / BLOCK_PLACES;
        return headAt(layer, kvHead) + (long) block * BLOCK_PLACES * keyStride * Float.BYTES;
    }

    /** Where the value of {@code place} begins. */
    long valueAt(int layer, int kvHead, int place) {
        long keyBytes = (long) CHUNK_PLACES * keyStride * Float.BYTES;
        return headAt(layer, kvHead) + keyBytes + (long) (place % CHUNK_PLACES) * valueStride * Float.BYTES;
    }

    private long headAt(int layer, int kvHead) {
        return headBytes * ((long) layer * kvHeadCount + kvHead);
    }

    /** Stores one head's key and value of one place. */
    void store(int layer, int kvHead, int place, float[] key, int keyFrom, float[] value, int valueFrom) {
        var chunk = chunk(place);
        long keyAt = keysAt(layer, kvHead, place) + place % BLOCK_PLACES * Float.BYTES;
        for (int i = 0; i < headDimension; i++) {
            chunk.set(FLOAT, keyAt + (long) i * BLOCK_PLACES * Float.BYTES, key[keyFrom + i]);
        }
        MemorySegment.copy(value, valueFrom, chunk, FLOAT, valueAt(layer, kvHead, place), headDimension);
    }
}
