package io.weighbridge.engine.sampling;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The probability of every token relative to the most probable one's, and sums of them. A vocabulary is long and this runs for every
 * token, hence vectors: floats with a relative error of some 1e-6, added up in blocks. Only operations that give the same bits
 * interpreted and compiled, in one order. Keeps scratch memory of vocabulary size: one thread owns it.
 */
final class TokenWeights {
    /** Tokens whose weights are added up together; a multiple of every vector's length. */
    static final int BLOCK = 256;

    private static final VectorShape SHAPE = FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
            ? VectorShape.S_512_BIT
            : FloatVector.SPECIES_PREFERRED.vectorShape();

    private static final VectorSpecies<Float> FLOATS = SHAPE.withLanes(float.class);

    private static final float LOG2_E = 1.442695040f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** Added and taken away again, it leaves the nearest whole number, ties to even. */
    private static final float ROUNDING = 12582912f;

    /** Below it, e^x is a subnormal float and becomes zero here. */
    private static final float EXP_MIN = -87f;

    private float[] weights = {}; // padded with zeros to whole blocks
    private float[] laneSums = {}; // (blocks, lanes)
    private double[] blockSums = {};
    private final float[] tail = new float[BLOCK];
    private int blocks;
    private double total;

    /**
     * The id of the largest logit; ties go to the lower id.
     *
     * @throws ArithmeticException if a logit is NaN or plus infinity, or all are minus infinity: the model has failed
     */
    static int mostProbable(float[] logits) {
        int whole = FLOATS.loopBound(logits.length);
        float largest = largest(logits, whole);
        for (int id = whole; id < logits.length; id++) {
            largest = Math.max(largest, logits[id]);
        }
        if (Float.isNaN(largest) || largest == Float.POSITIVE_INFINITY) {
            for (int id = 0; id < logits.length; id++) {
                if (Float.isNaN(logits[id]) || logits[id] == Float.POSITIVE_INFINITY) {
                    throw new ArithmeticException("logit of token id %d is %s".formatted(id, logits[id]));
                }
            }
        }
        if (largest == Float.NEGATIVE_INFINITY) {
            throw new ArithmeticException("no token id has a finite logit");
        }
        int id = vectorWith(logits, whole, largest);
        while (logits[id] != largest) {
            id++;
        }
        return id;
    }

    /**
     * Computes all weights; the largest is 1.
     *
     * @param largest of the logits
     * @param temperature above 0
     * @param least smaller weights become 0
     */
    void compute(float[] logits, float largest, double temperature, double least) {
        blocks = Math.ceilDiv(logits.length, BLOCK);
        if (weights.length < blocks * BLOCK) {
            weights = new float[blocks * BLOCK];
            laneSums = new float[blocks * FLOATS.length()];
            blockSums = new double[blocks];
        }
        float factor = (float) Math.min(1 / temperature, Float.MAX_VALUE);
        int whole = logits.length / BLOCK;
        exponentials(logits, 0, whole, largest, factor, (float) least, weights, 0, laneSums, 0);
        if (whole < blocks) {
            lastBlock(logits, whole * BLOCK, largest, factor, (float) least, whole * FLOATS.length());
        }
        total = 0;
        for (int block = 0; block < blocks; block++) {
            blockSums[block] = laneSum(block);
            total += blockSums[block];
        }
    }

    /** Of the token with this id; 0 where its logit is minus infinity. */
    float weight(int id) {
        return weights[id];
    }

    /** The sum of all weights. */
    double total() {
        return total;
    }

    /** The id at which the weights before it and its own exceed {@code share} of the total; one with a weight. */
    int draw(double share) {
        double left = share * total;
        int last = 0;
        for (int block = 0; block < blocks; block++) {
            if (blockSums[block] == 0) {
                continue;
            }
            if (left >= blockSums[block]) {
                left -= blockSums[block];
                last = block;
                continue;
            }
            last = block;
            for (int id = block * BLOCK; id < (block + 1) * BLOCK; id++) {
                left -= weights[id];
                if (left < 0 && weights[id] > 0) {
                    return id;
                }
            }
            break;
        }
        int id = (last + 1) * BLOCK - 1; // rounding left a crumb
        while (weights[id] == 0) {
            id--;
        }
        return id;
    }

    /** Puts the ids of all logits from {@code least} on into {@code ids}, in their order, and returns how many they are. */
    static int idsFrom(float[] logits, float least, int[] ids) {
        int whole = FLOATS.loopBound(logits.length);
        int count = idsFrom(logits, whole, least, ids);
        for (int id = whole; id < logits.length; id++) {
            if (logits[id] >= least) {
                ids[count++] = id;
            }
        }
        return count;
    }

    /** The last block, where it reaches beyond the last logit. */
    private void lastBlock(float[] logits, int from, float largest, float factor, float least, int laneSumsAt) {
        int count = Math.min(BLOCK, logits.length - from);
        System.arraycopy(logits, from, tail, 0, count);
        Arrays.fill(tail, count, BLOCK, Float.NEGATIVE_INFINITY);
        exponentials(tail, 0, 1, largest, factor, least, weights, from, laneSums, laneSumsAt);
    }

    private double laneSum(int block) {
        double sum = 0;
        for (int i = block * FLOATS.length(); i < (block + 1) * FLOATS.length(); i++) {
            sum += laneSums[i];
        }
        return sum;
    }

    // The methods below call nothing but the Vector API, whose methods the compiler always inlines; a vector that
    // another method
    // takes or returns may become an object.

    private static float largest(float[] logits, int whole) {
        var largest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int id = 0; id < whole; id += FLOATS.length()) {
            largest = largest.max(FloatVector.fromArray(FLOATS, logits, id));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** Where the first vector with {@code value} begins, {@code whole} if there is none. */
    private static int vectorWith(float[] logits, int whole, float value) {
        for (int id = 0; id < whole; id += FLOATS.length()) {
            if (FloatVector.fromArray(FLOATS, logits, id)
                    .compare(VectorOperators.EQ, value)
                    .anyTrue()) {
                return id;
            }
        }
        return whole;
    }

    private static int idsFrom(float[] logits, int whole, float least, int[] ids) {
        int count = 0;
        for (int id = 0; id < whole; id += FLOATS.length()) {
            long found = FloatVector.fromArray(FLOATS, logits, id)
                    .compare(VectorOperators.GE, least)
                    .toLong();
            while (found != 0) {
                ids[count++] = id + Long.numberOfTrailingZeros(found);
                found &= found - 1;
            }
        }
        return count;
    }

    /** e^((logit - largest) * factor) of whole blocks, and their sums lane by lane. */
    private static void exponentials(
            float[] logits,
            int from,
            int blocks,
            float largest,
            float factor,
            float least,
            float[] weights,
            int weightsAt,
            float[] laneSums,
            int laneSumsAt) {
        int length = FLOATS.length();
        for (int block = 0; block < blocks; block++) {
            var sums = FloatVector.zero(FLOATS);
            for (int i = block * BLOCK; i < (block + 1) * BLOCK; i += length) {
                var exponent = FloatVector.fromArray(FLOATS, logits, from + i)
                        .sub(largest)
                        .mul(factor);
                var x = exponent.max(EXP_MIN);
                var nearest = x.mul(LOG2_E).add(ROUNDING).sub(ROUNDING);
                var rest = nearest.mul(-LN2_LOW).add(nearest.mul(-LN2_HIGH).add(x));
                var powers = FloatVector.broadcast(FLOATS, 1.9875691500e-4f);
                powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 1.3981999507e-3f));
                powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 8.3334519073e-3f));
                powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 4.1665795894e-2f));
                powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 1.6666665459e-1f));
                powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 0.5f));
                powers = powers.fma(rest.mul(rest), rest).add(1f);
                var scale = ((IntVector) nearest.convert(VectorOperators.F2I, 0))
                        .add(127)
                        .lanewise(VectorOperators.LSHL, 23)
                        .reinterpretAsFloats();
                var weight = powers.mul(scale);
                var tooSmall =
                        exponent.compare(VectorOperators.LT, EXP_MIN).or(weight.compare(VectorOperators.LT, least));
                weight = weight.blend(0f, tooSmall);
                weight.intoArray(weights, weightsAt + i);
                sums = sums.add(weight);
            }
            sums.intoArray(laneSums, laneSumsAt + block * length);
        }
    }
}
