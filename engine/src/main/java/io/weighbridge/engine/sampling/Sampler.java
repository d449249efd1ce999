package io.weighbridge.engine.sampling;

/**
 * Picks token ids from logits. Temperature comes first, then top-k, then top-p over what is left, then min-p, then typical. The
 * random number depends on the seed and the position alone, so that neither neighbors in the batch nor the size of the steps can
 * change a sample. Keeps scratch memory of vocabulary size: one thread owns it. Penalties and biases are {@link Adjustments} and
 * come before.
 */
public final class Sampler {
    /** How many temperatures below the best logit those that are drawn from begin, usually; then twice as many, and so on. */
    private static final double DEPTH = 4;

    /** From there on, all ids are taken. */
    private static final double DEPTH_MAX = 64;

    private final TypicalSet typicalSet = new TypicalSet();
    private final TokenWeights weights = new TokenWeights();
    private long[] heap = new long[0];
    private int[] ids = new int[0];
    private double[] drawn = new double[0]; // weights of the ids that may be drawn

    /**
     * The token id picked at {@code position} of its sequence. Ties go to the lower id.
     *
     * @throws ArithmeticException if a logit is NaN or plus infinity, or all are minus infinity: the model has failed
     */
    public int sample(float[] logits, SamplingParams params, int position) {
        int best = TokenWeights.mostProbable(logits);
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
        weights.compute(logits, logits[best], params.temperature(), params.minP());
        makeRoom(logits.length);
        int count = 0;
        for (int id = 0; id < logits.length; id++) {
            if (weights.weight(id) > 0) {
                ids[count] = id;
                drawn[count++] = weights.weight(id);
            }
        }
        return draw(typicalSet.keep(ids, drawn, count, params.typicalP()), random);
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

    /** Without top-k and top-p no order is needed. */
    private int fromAll(float[] logits, SamplingParams params, int best, double random) {
        weights.compute(logits, logits[best], params.temperature(), params.minP());
        return weights.draw(random);
    }

    /** Orders only as many of the most probable ids as top-k and top-p reach, usually a few. */
    private int fromMostProbable(float[] logits, SamplingParams params, int best, double random) {
        weights.compute(logits, logits[best], params.temperature(), 0);
        makeRoom(logits.length);
        int size = gather(logits, params, best);
        heapify(logits, size);
        int popped = 0;
        double bound = params.topP() * weights.total();
        if (params.topK() > 0) {
            double total = 0;
            for (; popped < Math.min(params.topK(), size); popped++) {
                pop(size - popped);
                total += weights.weight(poppedId(size, popped));
            }
            bound = params.topP() * total;
        }
        int kept = 0;
        double keptWeight = 0;
        while (kept < size && (kept == 0 || keptWeight < bound) && (params.topK() == 0 || kept < popped)) {
            if (kept == popped) {
                pop(size - popped++);
            }
            int id = poppedId(size, kept);
            double weight = weights.weight(id);
            keptWeight += weight;
            ids[kept] = id;
            drawn[kept++] = weight;
        }
        while (kept > 1 && (drawn[kept - 1] < params.minP() || drawn[kept - 1] == 0)) {
            kept--;
        }
        return draw(params.typicalP() < 1 ? typicalSet.keep(ids, drawn, kept, params.typicalP()) : kept, random);
    }

    /** Ids that top-k and top-p can reach and some more, into {@code ids}; returns how many. */
    private int gather(float[] logits, SamplingParams params, int best) {
        double bound = params.topP() * weights.total();
        for (double depth = DEPTH; depth < DEPTH_MAX; depth *= 2) {
            float least = (float) (logits[best] - depth * params.temperature());
            int count = TokenWeights.idsFrom(logits, least, ids);
            if (params.topK() > 0 ? count >= params.topK() : weightOf(count) >= bound) {
                return count;
            }
        }
        return TokenWeights.idsFrom(logits, -Float.MAX_VALUE, ids);
    }

    private double weightOf(int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights.weight(ids[i]);
        }
        return sum;
    }

    private int draw(int count, double random) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += drawn[i];
        }
        double left = random * total;
        for (int i = 0; i < count; i++) {
            left -= drawn[i];
            if (left < 0) {
                return ids[i];
            }
        }
        return ids[count - 1]; // rounding left a crumb
    }

    private void makeRoom(int count) {
        if (ids.length < count) {
            ids = new int[count];
            drawn = new double[count];
        }
    }

    private void heapify(float[] logits, int count) {
        if (heap.length < count) {
            heap = new long[count];
        }
        for (int i = 0; i < count; i++) {
            heap[i] = key(logits[ids[i]], ids[i]);
        }
        for (int i = count / 2 - 1; i >= 0; i--) {
            sink(i, count);
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
