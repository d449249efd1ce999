package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of one query row of one head over the places of its sequence. Sums run in the order of the sequence's positions, so
 * that a result does not depend on which blocks of the KV memory a sequence has. The object is one worker's scratch memory.
 */
final class Attention {
    /** Most bytes that are {@linkplain Prefetch fetched} for the heads that share keys and values: about a quarter of a core's second cache. */
    private static final int FETCHED_MAX = 256 * 1024;

    private final KvMemory memory;
    private final int headDimension;
    private final float softCap; // 0 for none
    private final float[] query; // padded with zeros as keys are
    private final float[] scores; // as places lie in their blocks, then as many as the widest vector is long
    private final float[] mixed; // from the 1st, 3rd, ... position
    private final float[] alsoMixed; // from the 2nd, 4th, ... position
    private long fetched; // of no use but that fetching must have a result

    Attention(KvMemory memory, int headDimension, int contextLength, float softCap) {
        this.memory = memory;
        this.headDimension = headDimension;
        this.softCap = softCap;
        query = new float[KvMemory.keyStride(headDimension)];
        scores = new float
                [Math.ceilDiv(contextLength, KvMemory.BLOCK_PLACES) * KvMemory.BLOCK_PLACES
                        + 3 * KvMemory.BLOCK_PLACES];
        mixed = new float[KvMemory.valueStride(headDimension)];
        alsoMixed = new float[mixed.length];
    }

    /** Fetches what {@link #attend} reads, unless it is too much to stay. For the first of the heads that share it. */
    void fetch(int layer, int kvHead, int[] blocks, int first, int count) {
        long keyBytes = (long) query.length * Float.BYTES;
        long valueBytes = (long) mixed.length * Float.BYTES;
        if (count * (keyBytes + valueBytes) > FETCHED_MAX) {
            return;
        }
        int end = first + count;
        for (int block = first / KvMemory.BLOCK_PLACES; block * KvMemory.BLOCK_PLACES < end; ) {
            int run = neighbors(blocks, block, end);
            int place = blocks[block] * KvMemory.BLOCK_PLACES;
            int places = run * KvMemory.BLOCK_PLACES;
            long keys = memory.keysAt(layer, kvHead, place);
            long values = memory.valueAt(layer, kvHead, place);
            fetched += Prefetch.read(memory.chunk(place), keys, keys + places * keyBytes);
            fetched += Prefetch.read(memory.chunk(place), values, values + places * valueBytes);
            block += run;
        }
    }

    /**
     * Mixes the values of {@code count} positions from {@code first} on.
     *
     * @param blocks the sequence's block table
     * @param slope what each step back in the sequence takes from a score
     * @param sink a score that takes part in the softmax and leads nowhere; minus infinity for none
     * @param queries already multiplied with the attention scale; the head's own from {@code from} on
     * @return the head's values, which the next call overwrites
     */
    float[] attend(
            int layer,
            int kvHead,
            int[] blocks,
            int first,
            int count,
            float slope,
            float sink,
            float[] queries,
            int from) {
        System.arraycopy(queries, from, query, 0, headDimension);
        int skew = first % KvMemory.BLOCK_PLACES;
        int begin = first - skew;
        for (int position = begin; position < first + count; position += KvMemory.BLOCK_PLACES) {
            int place = blocks[position / KvMemory.BLOCK_PLACES] * KvMemory.BLOCK_PLACES;
            score(memory.chunk(place), memory.keysAt(layer, kvHead, place), query, scores, position - begin);
        }
        if (softCap != 0) {
            Elementwise.cap(scores, skew, wholeVectors(count), softCap);
        }
        if (slope != 0) {
            lower(scores, skew, count, slope);
        }
        float sum = exponentials(scores, skew, count, sink);
        Arrays.fill(mixed, 0);
        Arrays.fill(alsoMixed, 0);
        for (int done = 0; done < count; ) {
            int block = (first + done) / KvMemory.BLOCK_PLACES;
            int inside = (first + done) % KvMemory.BLOCK_PLACES;
            int place = blocks[block] * KvMemory.BLOCK_PLACES + inside;
            int run = KvMemory.BLOCK_PLACES * neighbors(blocks, block, first + count) - inside;
            run = Math.min(count - done, run);
            boolean even = done % 2 == 0;
            mix(
                    memory.chunk(place),
                    memory.valueAt(layer, kvHead, place),
                    scores,
                    skew + done,
                    run,
                    even ? mixed : alsoMixed,
                    even ? alsoMixed : mixed);
            done += run;
        }
        for (int lane = 0; lane < mixed.length; lane += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, mixed, lane)
                    .add(FloatVector.fromArray(Lanes.FLOATS, alsoMixed, lane))
                    .div(sum)
                    .intoArray(mixed, lane);
        }
        return mixed;
    }

    /** Blocks from {@code from} on that lie one after the other in one chunk of memory, as far as {@code end} positions reach. */
    private static int neighbors(int[] blocks, int from, int end) {
        int blocksEnd = Math.ceilDiv(end, KvMemory.BLOCK_PLACES);
        int blocksPerChunk = KvMemory.CHUNK_PLACES / KvMemory.BLOCK_PLACES;
        int next = from + 1;
        while (next < blocksEnd && blocks[next] == blocks[next - 1] + 1 && blocks[next] % blocksPerChunk != 0) {
            next++;
        }
        return next - from;
    }

    /** Products of the query with the keys of one block, all its places. */
    private static void score(MemorySegment memory, long at, float[] query, float[] scores, int to) {
        long lineBytes = (long) KvMemory.BLOCK_PLACES * Float.BYTES;
        for (int lane = 0; lane < KvMemory.BLOCK_PLACES; lane += Lanes.FLOATS.length()) {
            var a = FloatVector.zero(Lanes.FLOATS);
            var b = a;
            var c = a;
            var d = a;
            for (int i = 0; i < query.length; i += 4) {
                long line = at + i * lineBytes + (long) lane * Float.BYTES;
                a = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, query[i]), a);
                b = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + lineBytes, Lanes.ORDER)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, query[i + 1]), b);
                c = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + 2 * lineBytes, Lanes.ORDER)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, query[i + 2]), c);
                d = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + 3 * lineBytes, Lanes.ORDER)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, query[i + 3]), d);
            }
            a.add(b).add(c.add(d)).intoArray(scores, to + lane);
        }
    }

    private static int wholeVectors(int count) {
        return Math.ceilDiv(count, Lanes.FLOATS.length()) * Lanes.FLOATS.length();
    }

    /** Lowers scores by {@code slope} times their distance from the last. */
    private static void lower(float[] scores, int from, int count, float slope) {
        for (int i = 0; i < count; i++) {
            scores[from + i] += slope * (i + 1 - count);
        }
    }

    /** Replaces scores by e^(score - largest) and returns their sum, the sink's share included. */
    private static float exponentials(float[] scores, int from, int count, float sink) {
        int whole = wholeVectors(count);
        Arrays.fill(scores, from + count, from + whole, Float.NEGATIVE_INFINITY);
        float largest = Math.max(largest(scores, from, whole), sink);
        Elementwise.exp(scores, from, whole, largest, 1, scores, from);
        Arrays.fill(scores, from + count, from + whole, 0);
        float sum = sum(scores, from, whole);
        return sink == Float.NEGATIVE_INFINITY ? sum : sum + (float) StrictMath.exp(sink - largest);
    }

    private static float largest(float[] scores, int from, int whole) {
        var largest = FloatVector.fromArray(Lanes.FLOATS, scores, from);
        for (int i = Lanes.FLOATS.length(); i < whole; i += Lanes.FLOATS.length()) {
            largest = largest.max(FloatVector.fromArray(Lanes.FLOATS, scores, from + i));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    private static float sum(float[] scores, int from, int whole) {
        var sums = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < whole; i += Lanes.FLOATS.length()) {
            sums = sums.add(FloatVector.fromArray(Lanes.FLOATS, scores, from + i));
        }
        return Lanes.sum(sums.toArray());
    }

    /** Adds the values of {@code run} places, weighted with their scores: one place to the one sum, the next to the other. */
    private static void mix(
            MemorySegment memory, long at, float[] scores, int from, int run, float[] one, float[] other) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < one.length; lane += 2 * length) {
            var oneLeft = FloatVector.fromArray(Lanes.FLOATS, one, lane);
            var oneRight = FloatVector.fromArray(Lanes.FLOATS, one, lane + length);
            var otherLeft = FloatVector.fromArray(Lanes.FLOATS, other, lane);
            var otherRight = FloatVector.fromArray(Lanes.FLOATS, other, lane + length);
            for (int i = 0; i + 1 < run; i += 2) {
                long value = at + ((long) i * one.length + lane) * Float.BYTES;
                long next = value + (long) one.length * Float.BYTES;
                var score = FloatVector.broadcast(Lanes.FLOATS, scores[from + i]);
                var nextScore = FloatVector.broadcast(Lanes.FLOATS, scores[from + i + 1]);
                oneLeft = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, value, Lanes.ORDER)
                        .fma(score, oneLeft);
                oneRight = FloatVector.fromMemorySegment(
                                Lanes.FLOATS, memory, value + (long) length * Float.BYTES, Lanes.ORDER)
                        .fma(score, oneRight);
                otherLeft = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, next, Lanes.ORDER)
                        .fma(nextScore, otherLeft);
                otherRight = FloatVector.fromMemorySegment(
                                Lanes.FLOATS, memory, next + (long) length * Float.BYTES, Lanes.ORDER)
                        .fma(nextScore, otherRight);
            }
            if (run % 2 == 1) {
                long value = at + ((long) (run - 1) * one.length + lane) * Float.BYTES;
                var score = FloatVector.broadcast(Lanes.FLOATS, scores[from + run - 1]);
                oneLeft = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, value, Lanes.ORDER)
                        .fma(score, oneLeft);
                oneRight = FloatVector.fromMemorySegment(
                                Lanes.FLOATS, memory, value + (long) length * Float.BYTES, Lanes.ORDER)
                        .fma(score, oneRight);
            }
            oneLeft.intoArray(one, lane);
            oneRight.intoArray(one, lane + length);
            otherLeft.intoArray(other, lane);
            otherRight.intoArray(other, lane + length);
        }
    }
}
