package io.weighbridge.engine.sampling;

import java.util.Arrays;

/**
 * Picks token ids from logits. Temperature comes first, then top-k, then top-p over what is left, then min-p, then typical. The
 * random number depends on the seed and the position alone, so that neither neighbors in the batch nor the size of the steps can
 * change a sample. Keeps scratch memory of vocabulary size: one thread owns it. Penalties and biases are {@link Adjustments} and
 * come before.
 */
public final class Sampler {
    private final TypicalSet typicalSet = new TypicalSet();
    private long[] heap = new long[0];
    private int[] ids = new int[0];
    private double[] weights = new double[0];

    /**
     * The token id picked at {@code position} of its sequence. Ties go to the lower id.
     *
     * @throws ArithmeticException if a logit is NaN or plus infinity, or all are minus infinity: the model has failed
     */
    public int sample(float[] logits, SamplingParams params, int position) {
        int best = mostProbable(logits);
        if (params.temperature() == 0 || params.topK() == 1) {
            return best;
        }
        double random = uniform(params.seed(), position);
        if (params.topK() > 0 || params.topP() < 1) {
            return fromMostProbable(logits, params, best, random);
        }
        return params.typicalP() < 1
                ? fromTypical(logits, params, best, random)
                : fromAll(logits, params, best, random);
    }

    private int fromTypical(float[] logits, SamplingParams params, int best, double random) {
        makeRoom(logits.length);
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            double weight = weightOrZero(logits[id], logits[best], params);
            if (weight > 0) {
                ids[count] = id;
                weights[count++] = weight;
            }
        }
        return draw(typicalSet.keep(ids, weights, count, params.typicalP()), random);
    }

    /** A number in [0, 1), the same for the same arguments: two rounds of SplitMix64's finalizer. */
    static double uniform(long seed, int position) {
        long bits = mix(mix(seed + GOLDEN_GAMMA) + GOLDEN_GAMMA * (position + 1L));
        return (bits >>> 11) * 0x1.0p-53;
    }

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** SplitMix64's finalizer: each bit of the result hangs on each bit given. */
    static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    private static int mostProbable(float[] logits) {
        int best = 0;
        for (int id = 0; id < logits.length; id++) {
            if (Float.isNaN(logits[id]) || logits[id] == Float.POSITIVE_INFINITY) {
                throw new ArithmeticException("logit of token id %d is %s".formatted(id, logits[id]));
            }
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        if (logits.length == 0 || logits[best] == Float.NEGATIVE_INFINITY) {
            throw new ArithmeticException("no token id has a finite logit");
        }
        return best;
    }

    /** Without top-k and top-p no order is needed: two walks over the logits. */
    private static int fromAll(float[] logits, SamplingParams params, int best, double random) {
        double total = 0;
        for (float logit : logits) {
            total += weightOrZero(logit, logits[best], params);
        }
        double left = random * total;
        int last = best;
        for (int id = 0; id < logits.length; id++) {
            double weight = weightOrZero(logits[id], logits[best], params);
            if (weight > 0) {
                last = id;
                left -= weight;
                if (left < 0) {
                    return id;
                }
            }
        }
        return last; // rounding left a crumb
    }

    /** Pops the most probable ids off a heap only as far as top-k and top-p reach, usually a few. */
    private int fromMostProbable(float[] logits, SamplingParams params, int best, double random) {
        int size = logits.length;
        heapify(logits);
        int kept = 0;
        double keptWeight = 0;
        double bound;
        if (params.topK() > 0) {
            int popped = Math.min(params.topK(), size);
            double total = 0;
            for (int i = 0; i < popped; i++) {
                pop(size - i);
                total += weight(logits[poppedId(size, i)], logits[best], params);
            }
            bound = params.topP() * total;
            while (kept < popped && (kept == 0 || keptWeight < bound)) {
                keptWeight += weight(logits[poppedId(size, kept)], logits[best], params);
                kept++;
            }
        } else {
            double total = 0;
            for (float logit : logits) {
                total += weight(logit, logits[best], params);
            }
            bound = params.topP() * total;
            while (kept < size && (kept == 0 || keptWeight < bound)) {
                pop(size - kept);
                keptWeight += weight(logits[poppedId(size, kept)], logits[best], params);
                kept++;
            }
        }
        return draw(logits, params, best, kept, random);
    }

    private int draw(float[] logits, SamplingParams params, int best, int kept, double random) {
        makeRoom(kept);
        int count = 0;
        while (count < kept) {
            ids[count] = poppedId(logits.length, count);
            weights[count] = weightOrZero(logits[ids[count]], logits[best], params);
            if (weights[count] == 0) {
                break;
            }
            count++;
        }
        return draw(params.typicalP() < 1 ? typicalSet.keep(ids, weights, count, params.typicalP()) : count, random);
    }

    private int draw(int count, double random) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[i];
        }
        double left = random * total;
        for (int i = 0; i < count; i++) {
            left -= weights[i];
            if (left < 0) {
                return ids[i];
            }
        }
        return ids[count - 1]; // rounding left a crumb
    }

    private void makeRoom(int count) {
        if (ids.length < count) {
            ids = new int[count];
            weights = new double[count];
        }
    }

    /** Probability relative to the most probable token's. */
    private static double weight(float logit, float bestLogit, SamplingParams params) {
        return Math.exp(((double) logit - bestLogit) / params.temperature());
    }

    private static double weightOrZero(float logit, float bestLogit, SamplingParams params) {
        double weight = weight(logit, bestLogit, params);
        return weight >= params.minP() ? weight : 0;
    }

    private void heapify(float[] logits) {
        if (heap.length < logits.length) {
            heap = Arrays.copyOf(heap, logits.length);
        }
        for (int id = 0; id < logits.length; id++) {
            heap[id] = key(logits[id], id);
        }
        for (int i = logits.length / 2 - 1; i >= 0; i--) {
            sink(i, logits.length);
        }
    }

    /** Orders by logit, then by lower id. */
    private static long key(float logit, int id) {
        int bits = Float.floatToIntBits(logit + 0f); // -0 becomes +0
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (Integer.MAX_VALUE - id);
    }

    /** Moves the largest of the first {@code size} keys to the end of them. */
    private void pop(int size) {
        long top = heap[0];
        heap[0] = heap[size - 1];
        heap[size - 1] = top;
        sink(0, size - 1);
    }

    private int poppedId(int size, int index) {
        return Integer.MAX_VALUE - (int) heap[size - 1 - index];
    }

    private void sink(int start, int size) {
        int parent = start;
        while (2 * parent + 1 < size) {
            int child = 2 * parent + 1;
            if (child + 1 < size && heap[child + 1] > heap[child]) {
                child++;
            }
            if (heap[parent] >= heap[child]) {
                return;
            }
            long moved = heap[parent];
            heap[parent] = heap[child];
            heap[child] = moved;
            parent = child;
        }
    }
}
