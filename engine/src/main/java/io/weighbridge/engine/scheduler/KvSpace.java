package io.weighbridge.engine.scheduler;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Who holds which places of the KV memory. Hands out contiguous ranges, first fit, and merges free neighbors. Not
 * thread-safe.
 */
public final class KvSpace {
    private final int capacity;
    private final TreeMap<Integer, Integer> freeLengthByStart = new TreeMap<>();
    private final Map<Integer, Integer> usedLengthByStart = new HashMap<>();
    private int usedPlaces;

    /** All {@code capacity} places are free. */
    public KvSpace(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a KV memory needs at least one place, got " + capacity);
        }
        this.capacity = capacity;
        freeLengthByStart.put(0, capacity);
    }

    /** The first place of a range of {@code length} places, now taken; empty if no free range is that long. */
    public OptionalInt allocate(int length) {
        if (length < 1) {
            throw new IllegalArgumentException("a range needs at least one place, got " + length);
        }
        for (var free : freeLengthByStart.entrySet()) {
            if (free.getValue() >= length) {
                return OptionalInt.of(take(free.getKey(), free.getValue(), length));
            }
        }
        return OptionalInt.empty();
    }

    /** Gives back the range that begins at {@code start}. A range that is not taken is a bug and refused. */
    public void free(int start) {
        Integer length = usedLengthByStart.remove(start);
        if (length == null) {
            throw new IllegalStateException("no range in use begins at KV place " + start);
        }
        usedPlaces -= length;
        int mergedStart = start;
        int mergedLength = length;
        var before = freeLengthByStart.lowerEntry(start);
        if (before != null && before.getKey() + before.getValue() == start) {
            mergedStart = before.getKey();
            mergedLength += before.getValue();
        }
        Integer after = freeLengthByStart.remove(start + length);
        if (after != null) {
            mergedLength += after;
        }
        freeLengthByStart.put(mergedStart, mergedLength);
    }

    /** Places in all. */
    public int capacity() {
        return capacity;
    }

    /** Places taken. */
    public int usedPlaces() {
        return usedPlaces;
    }

    private int take(int start, int freeLength, int length) {
        freeLengthByStart.remove(start);
        if (freeLength > length) {
            freeLengthByStart.put(start + length, freeLength - length);
        }
        usedLengthByStart.put(start, length);
        usedPlaces += length;
        return start;
    }
}
