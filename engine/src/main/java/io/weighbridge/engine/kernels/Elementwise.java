package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import jdk.incubator.vector.FloatVector;

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

    private Elementwise() {}

    /** RMS norm of {@code count} values: each divided by the root of their mean square, times its weight. */
    static void rmsNorm(float[] values, int from, int count, float[] weights, float epsilon, float[] result, int to) {
        var squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            var x = Lanes.load(values, from + i);
            squares = x.fma(x, squares);
        }
        float scale = (float) (1 / Math.sqrt(Lanes.sum(squares) / count + epsilon));
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            Lanes.load(values, from + i).mul(scale).mul(Lanes.load(weights, i)).intoArray(result, to + i);
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
            sums = sums.add(Lanes.load(values, from + i));
        }
        float mean = Lanes.sum(sums) / count;
        for (int i = 0; i < count; i++) {
            result[to + i] = values[from + i] - mean;
        }
        java.util.Arrays.fill(result, to + count, to + weights.length, 0);
        var squares = FloatVector.zero(Lanes.FLOATS);
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            var x = Lanes.load(result, to + i);
            squares = x.fma(x, squares);
        }
        float scale = (float) (1 / Math.sqrt(Lanes.sum(squares) / count + epsilon));
        for (int i = 0; i < weights.length; i += Lanes.FLOATS.length()) {
            Lanes.load(result, to + i)
                    .mul(scale)
                    .fma(Lanes.load(weights, i), Lanes.load(biases, i))
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

    /** The rows of one tile through {@code activation}. */
    static void activate(Activation activation, float[] values, int from) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            switch (activation) {
                case SILU -> silu(values, i);
                case GELU_TANH -> geluTanh(values, i);
                case GELU_ERF -> geluErf(values, i);
                case RELU -> Lanes.load(values, i).max(0f).intoArray(values, i);
                case CLAMPED_SWIGLU -> clampedSwish(values, i);
            }
        }
    }

    private static void silu(float[] values, int i) {
        var x = Lanes.load(values, i);
        x.div(Lanes.exp(x.neg()).add(1f)).intoArray(values, i);
    }

    /** (1 + tanh u) / 2 is 1 / (1 + e^-2u). */
    private static void geluTanh(float[] values, int i) {
        var x = Lanes.load(values, i);
        var u = x.mul(x).mul(x).mul(GELU_CUBE).add(x).mul(GELU_SLOPE);
        x.div(Lanes.exp(u.neg()).add(1f)).intoArray(values, i);
    }

    private static void geluErf(float[] values, int i) {
        var x = Lanes.load(values, i);
        var z = x.abs().mul(ROOT_HALF);
        var t = FloatVector.broadcast(Lanes.FLOATS, 1f).div(z.mul(0.5f).add(1f));
        var powers = FloatVector.broadcast(Lanes.FLOATS, ERFC[0]);
        for (int k = 1; k < ERFC.length; k++) {
            powers = powers.fma(t, FloatVector.broadcast(Lanes.FLOATS, ERFC[k]));
        }
        // Half of erfc(|x| / sqrt 2): the normal distribution's share beyond |x|.
        var beyond = Lanes.exp(powers.sub(z.mul(z))).mul(t).mul(0.5f);
        var share = beyond.blend(beyond.neg().add(1f), x.compare(jdk.incubator.vector.VectorOperators.GT, 0f));
        x.mul(share).intoArray(values, i);
    }

    private static void clampedSwish(float[] values, int i) {
        var low = Lanes.load(values, i).min(CLAMP);
        low.div(Lanes.exp(low.mul(-CLAMPED_SLOPE)).add(1f)).intoArray(values, i);
    }

    /** Multiplies an activated gate of one tile's rows with {@code up}. */
    static void gate(Activation activation, float[] gate, float[] up, int from) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var factor = Lanes.load(up, i);
            if (activation == Activation.CLAMPED_SWIGLU) {
                factor = factor.max(-CLAMP).min(CLAMP).add(1f);
            }
            Lanes.load(gate, i).mul(factor).intoArray(gate, i);
        }
    }

    /** Values v of whole vectors become cap * tanh(v / cap). */
    static void cap(float[] values, int from, int whole, float cap) {
        for (int i = from; i < from + whole; i += Lanes.FLOATS.length()) {
            var power = Lanes.exp(Lanes.load(values, i).mul(2 / cap)).add(1f);
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
