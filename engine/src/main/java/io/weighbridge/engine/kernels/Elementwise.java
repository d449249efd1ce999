package io.weighbridge.engine.kernels;

import jdk.incubator.vector.FloatVector;

/** What happens to rows between products. Rows are padded with zeros to whole vectors, and stay so. */
final class Elementwise {
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

    /** gate / (1 + e^-gate) * up for the rows of one tile, into {@code gate}. */
    static void gate(float[] gate, float[] up, int from) {
        for (int i = from; i < from + Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            var x = Lanes.load(gate, i);
            x.div(Lanes.exp(x.neg()).add(1f)).mul(Lanes.load(up, i)).intoArray(gate, i);
        }
    }

    static void add(float[] values, int from, int count, float[] sum, int to) {
        for (int i = 0; i < count; i++) {
            sum[to + i] += values[from + i];
        }
    }
}
