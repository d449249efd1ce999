package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * What happens to rows between products. Rows are padded with zeros to whole vectors, and stay so. Only operations that give the same
 * bits interpreted and compiled, in one order for each row.
 */
final class Elementwise {
    /** Factors of GELU's approximation: twice the root of 2 / pi, and that of the cube. */
    private static final float GELU_SLOPE = (float) (2 * Math.sqrt(2 / Math.PI));

    private static final float GELU_CUBE = 0.044715f;
    private static final float ROOT_HALF = (float) Math.sqrt(0.5);

    /** gpt-oss's bounds and slope. */
    private static final float CLAMP = 7;

    private static final float CLAMPED_SLOPE = 1.702f;

    /** Chebyshev's polynomial of log(erfc(z) / t) + z^2 in t = 1 / (1 + z / 2), highest power first; relative error 1.2e-7. */
    private static final float[] ERFC = {
        0.17087277f,
        -0.82215223f,
        1.48851587f,
        -1.13520398f,
        0.27886807f,
        -0.18628806f,
        0.09678418f,
        0.37409196f,
        1.00002368f,
        -1.26551223f
    };

    private static final float LOG2_E = 1.442695040f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** Added and taken away again, it leaves the nearest whole number, ties to even. */
    private static final float ROUNDING = 12582912f;

    /** Below it, e^x is a subnormal float. */
    private static final float EXP_MIN = -87f;

    private static final float EXP_MAX = 88f;

    private Elementwise() {}

    /** RMS norm of {@code count} values: each divided by the root of their mean square, times its weight. */
    static void rmsNorm(float[] values, int from, int count, float[] weights, float epsilon, float[] result, int to) {
        var squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            var x = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            squares = x.fma(x, squares);
        }
        float scale = (float) (1 / Math.sqrt(Lanes.sum(squares.toArray()) / count + epsilon));
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                    .mul(scale)
                    .mul(FloatVector.fromArray(Lanes.FLOATS, weights, i))
                    .intoArray(result, to + i);
        }
    }

    /** Layer norm of {@code count} values: less their mean, divided by the root of their variance, times weight, plus bias. */
    static void layerNorm(
            float[] values,
            int from,
            int count,
            float[] weights,
            float[] biases,
            float epsilon,
            float[] result,
            int to) {
        var sums = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            sums = sums.add(FloatVector.fromArray(Lanes.FLOATS, values, from + i));
        }
        float mean = Lanes.sum(sums.toArray()) / count;
        for (int i = 0; i < count; i++) {
            result[to + i] = values[from + i] - mean;
        }
        java.util.Arrays.fill(result, to + count, to + weights.length, 0);
        var squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            var x = FloatVector.fromArray(Lanes.FLOATS, result, to + i);
            squares = x.fma(x, squares);
        }
        float scale = (float) (1 / Math.sqrt(Lanes.sum(squares.toArray()) / count + epsilon));
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, result, to + i)
                    .mul(scale)
                    .fma(
                            FloatVector.fromArray(Lanes.FLOATS, weights, i),
                            FloatVector.fromArray(Lanes.FLOATS, biases, i))
                    .intoArray(result, to + i);
        }
    }

    /** RMS norm in place of {@code count} values that are not padded. */
    static void rmsNormInPlace(float[] values, int from, int count, float[] weights, double epsilon) {
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += values[from + i] * (double) values[from + i];
        }
        float scale = (float) (1 / Math.sqrt(squares / count + epsilon));
        for (int i = 0; i < count; i++) {
            values[from + i] *= scale * weights[i];
        }
    }

    /** Layer norm in place of {@code count} values that are not padded, with weights from {@code weightsFrom} on and no bias. */
    static void layerNormInPlace(
            float[] values, int from, int count, float[] weights, int weightsFrom, double epsilon) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[from + i];
        }
        double mean = sum / count;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            squares += (values[from + i] - mean) * (values[from + i] - mean);
        }
        double scale = 1 / Math.sqrt(squares / count + epsilon);
        for (int i = 0; i < count; i++) {
            values[from + i] = (float) ((values[from + i] - mean) * scale * weights[weightsFrom + i]);
        }
    }

    /** The rows of one tile through {@code activation}; overwrites as many of {@code scratch}. */
    static void activate(Activation activation, float[] values, int from, float[] scratch) {
        switch (activation) {
            case SILU -> silu(values, from, scratch);
            case GELU_TANH -> geluTanh(values, from, scratch);
            case GELU_ERF -> geluErf(values, from, scratch);
            case RELU -> relu(values, from);
            case CLAMPED_SWIGLU -> clampedSwish(values, from, scratch);
        }
    }

    // Methods with vectors call the Vector API only, see FourBitMatrix; what they hand to each other lies in arrays.

    /**
     * Writes e^x for every x = {@code factor * (value - less)} of whole vectors: within two units in the last place for x from -87 to
     * 88; outside, its value at the nearer bound. Unlike the Vector API's own, the same bits interpreted and compiled.
     */
    static void exp(float[] values, int from, int whole, float less, float factor, float[] result, int to) {
        for (int i = 0; i < whole; i += Lanes.FLOATS.length()) {
            var x = FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                    .sub(less)
                    .mul(factor)
                    .max(EXP_MIN)
                    .min(EXP_MAX);
            var nearest = x.mul(LOG2_E).add(ROUNDING).sub(ROUNDING);
            var rest = nearest.mul(-LN2_LOW).add(nearest.mul(-LN2_HIGH).add(x));
            var powers = FloatVector.broadcast(Lanes.FLOATS, 1.9875691500e-4f);
            powers = powers.fma(rest, FloatVector.broadcast(Lanes.FLOATS, 1.3981999507e-3f));
            powers = powers.fma(rest, FloatVector.broadcast(Lanes.FLOATS, 8.3334519073e-3f));
            powers = powers.fma(rest, FloatVector.broadcast(Lanes.FLOATS, 4.1665795894e-2f));
            powers = powers.fma(rest, FloatVector.broadcast(Lanes.FLOATS, 1.6666665459e-1f));
            powers = powers.fma(rest, FloatVector.broadcast(Lanes.FLOATS, 0.5f));
            powers = powers.fma(rest.mul(rest), rest).add(1f);
            var scale = ((IntVector) nearest.convert(VectorOperators.F2I, 0))
                    .add(127)
                    .lanewise(VectorOperators.LSHL, 23)
                    .reinterpretAsFloats();
            powers.mul(scale).intoArray(result, to + i);
        }
    }

    private static void silu(float[] values, int from, float[] scratch) {
        exp(values, from, Lanes.TILE_ROWS, 0, -1, scratch, 0);
        divide(values, from, scratch);
    }

    /** Divides a tile's values by 1 + {@code powers}. */
    private static void divide(float[] values, int from, float[] powers) {
        for (int i = 0; i < Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, values, from + i)
                    .div(FloatVector.fromArray(Lanes.FLOATS, powers, i).add(1f))
                    .intoArray(values, from + i);
        }
    }

    /** (1 + tanh u) / 2 is 1 / (1 + e^-2u). */
    private static void geluTanh(float[] values, int from, float[] scratch) {
        for (int i = 0; i < Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var x = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            x.mul(x).mul(x).mul(GELU_CUBE).add(x).mul(GELU_SLOPE).intoArray(scratch, i);
        }
        exp(scratch, 0, Lanes.TILE_ROWS, 0, -1, scratch, 0);
        divide(values, from, scratch);
    }

    private static void geluErf(float[] values, int from, float[] scratch) {
        for (int i = 0; i < Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var z = FloatVector.fromArray(Lanes.FLOATS, values, from + i).abs().mul(ROOT_HALF);
            var t = FloatVector.broadcast(Lanes.FLOATS, 1f).div(z.mul(0.5f).add(1f));
            var powers = FloatVector.broadcast(Lanes.FLOATS, ERFC[0]);
            for (int k = 1; k < ERFC.length; k++) {
                powers = powers.fma(t, FloatVector.broadcast(Lanes.FLOATS, ERFC[k]));
            }
            powers.sub(z.mul(z)).intoArray(scratch, i);
        }
        exp(scratch, 0, Lanes.TILE_ROWS, 0, 1, scratch, 0);
        for (int i = 0; i < Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var x = FloatVector.fromArray(Lanes.FLOATS, values, from + i);
            var z = x.abs().mul(ROOT_HALF);
            var t = FloatVector.broadcast(Lanes.FLOATS, 1f).div(z.mul(0.5f).add(1f));
            // Half of erfc(|x| / sqrt 2): the normal distribution's share beyond |x|.
            var beyond = FloatVector.fromArray(Lanes.FLOATS, scratch, i).mul(t).mul(0.5f);
            var share = beyond.blend(beyond.neg().add(1f), x.compare(VectorOperators.GT, 0f));
            x.mul(share).intoArray(values, from + i);
        }
    }

    private static void relu(float[] values, int from) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, values, i).max(0f).intoArray(values, i);
        }
    }

    private static void clampedSwish(float[] values, int from, float[] scratch) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            FloatVector.fromArray(Lanes.FLOATS, values, i).min(CLAMP).intoArray(values, i);
        }
        exp(values, from, Lanes.TILE_ROWS, 0, -CLAMPED_SLOPE, scratch, 0);
        divide(values, from, scratch);
    }

    /** Multiplies an activated gate of one tile's rows with {@code up}. */
    static void gate(Activation activation, float[] gate, float[] up, int from) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var factor = FloatVector.fromArray(Lanes.FLOATS, up, i);
            if (activation == Activation.CLAMPED_SWIGLU) {
                factor = factor.max(-CLAMP).min(CLAMP).add(1f);
            }
            FloatVector.fromArray(Lanes.FLOATS, gate, i).mul(factor).intoArray(gate, i);
        }
    }

    /** Values v of whole vectors become cap * tanh(v / cap). */
    static void cap(float[] values, int from, int whole, float cap) {
        exp(values, from, whole, 0, 2 / cap, values, from);
        for (int i = from; i < from + whole; i += Lanes.FLOATS.length()) {
            var power = FloatVector.fromArray(Lanes.FLOATS, values, i).add(1f);
            FloatVector.broadcast(Lanes.FLOATS, -2 * cap).div(power).add(cap).intoArray(values, i);
        }
    }

    static void scale(float[] values, int from, int count, float factor) {
        for (int i = from; i < from + count; i++) {
            values[i] *= factor;
        }
    }

    static void add(float[] values, int from, int count, float[] sum, int to) {
        for (int i = 0; i < count; i++) {
            sum[to + i] += values[from + i];
        }
    }

    /** Adds {@code factor} times each value. */
    static void addScaled(float[] values, int from, int count, float factor, float[] sum, int to) {
        for (int i = 0; i < count; i++) {
            sum[to + i] += values[from + i] * factor;
        }
    }
}
