package io.weighbridge.engine.kernels;

import jdk.incubator.vector.FloatVector;

/** Products of widened weights, (inputs, rows of a tile), with several tokens, added to sums that lie as {@link TileScratch#sums} does. */
final class Products {
    /** Floats of one token's sums: over even inputs, then over odd inputs. */
    static final int SUMS = 2 * Lanes.TILE_ROWS;

    /** Most tokens whose sums are held in registers at once; rows of inputs have so many less one to spare. */
    static final int TOGETHER = 8;

    /** With narrower vectors there are only 16 registers: too few for the sums of eight tokens. */
    private static final boolean WIDE = Lanes.FLOATS.length() == 16;

    private Products() {}

    /** Tokens that are computed when {@code count} are asked for. */
    static int padded(int count) {
        return Math.ceilDiv(count, TOGETHER) * TOGETHER;
    }

    /** Adds the products of {@code inputCount} inputs; {@code from} is the first token's first input, tokens are {@code stride} apart. */
    static void add(float[] weights, int inputCount, float[] inputs, int from, int stride, int count, float[] sums) {
        int token = 0;
        if (WIDE) {
            for (; count - token > TOGETHER / 2; token += TOGETHER) {
                addEight(weights, inputCount, inputs, from + token * stride, stride, sums, token * SUMS);
            }
        }
        for (; token < count; token += TOGETHER / 2) {
            addFour(weights, inputCount, inputs, from + token * stride, stride, sums, token * SUMS);
        }
    }

    /** The two sums of each token added. */
    static void finish(float[] sums, int count, float[] results) {
        for (int i = 0; i < count * Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            int at = 2 * i - i % Lanes.TILE_ROWS;
            FloatVector.fromArray(Lanes.FLOATS, sums, at)
                    .add(FloatVector.fromArray(Lanes.FLOATS, sums, at + Lanes.TILE_ROWS))
                    .intoArray(results, i);
        }
    }

    // Each loop nest below is one method that calls the Vector API only, see FourBitMatrix.

    /** Even inputs first, then odd ones: eight tokens' sums over one kind and two vectors of rows fill half of 32 registers. */
    private static void addEight(
            float[] weights, int inputCount, float[] inputs, int from, int stride, float[] sums, int to) {
        int length = Lanes.FLOATS.length();
        int atB = from + stride;
        int atC = atB + stride;
        int atD = atC + stride;
        int atE = atD + stride;
        int atF = atE + stride;
        int atG = atF + stride;
        int atH = atG + stride;
        for (int half = 0; half < 2 * Lanes.TILE_ROWS; half += 2 * length) {
            int odd = half / Lanes.TILE_ROWS;
            int lane = half % Lanes.TILE_ROWS;
            int at = to + half;
            var a0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
            var a1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + length);
            var b0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + SUMS);
            var b1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + SUMS + length);
            var c0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * SUMS);
            var c1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * SUMS + length);
            var d0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * SUMS);
            var d1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * SUMS + length);
            var e0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 4 * SUMS);
            var e1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 4 * SUMS + length);
            var f0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 5 * SUMS);
            var f1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 5 * SUMS + length);
            var g0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 6 * SUMS);
            var g1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 6 * SUMS + length);
            var h0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 7 * SUMS);
            var h1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 7 * SUMS + length);
            for (int i = odd; i < inputCount; i += 2) {
                var left = FloatVector.fromArray(Lanes.FLOATS, weights, i * Lanes.TILE_ROWS + lane);
                var right = FloatVector.fromArray(Lanes.FLOATS, weights, i * Lanes.TILE_ROWS + lane + length);
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                a0 = left.fma(input, a0);
                a1 = right.fma(input, a1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                b0 = left.fma(input, b0);
                b1 = right.fma(input, b1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i]);
                c0 = left.fma(input, c0);
                c1 = right.fma(input, c1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i]);
                d0 = left.fma(input, d0);
                d1 = right.fma(input, d1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atE + i]);
                e0 = left.fma(input, e0);
                e1 = right.fma(input, e1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atF + i]);
                f0 = left.fma(input, f0);
                f1 = right.fma(input, f1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atG + i]);
                g0 = left.fma(input, g0);
                g1 = right.fma(input, g1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atH + i]);
                h0 = left.fma(input, h0);
                h1 = right.fma(input, h1);
            }
            a0.intoArray(sums, at);
            a1.intoArray(sums, at + length);
            b0.intoArray(sums, at + SUMS);
            b1.intoArray(sums, at + SUMS + length);
            c0.intoArray(sums, at + 2 * SUMS);
            c1.intoArray(sums, at + 2 * SUMS + length);
            d0.intoArray(sums, at + 3 * SUMS);
            d1.intoArray(sums, at + 3 * SUMS + length);
            e0.intoArray(sums, at + 4 * SUMS);
            e1.intoArray(sums, at + 4 * SUMS + length);
            f0.intoArray(sums, at + 5 * SUMS);
            f1.intoArray(sums, at + 5 * SUMS + length);
            g0.intoArray(sums, at + 6 * SUMS);
            g1.intoArray(sums, at + 6 * SUMS + length);
            h0.intoArray(sums, at + 7 * SUMS);
            h1.intoArray(sums, at + 7 * SUMS + length);
        }
    }

    private static void addFour(
            float[] weights, int inputCount, float[] inputs, int from, int stride, float[] sums, int to) {
        int length = Lanes.FLOATS.length();
        int atB = from + stride;
        int atC = atB + stride;
        int atD = atC + stride;
        for (int half = 0; half < 2 * Lanes.TILE_ROWS; half += 2 * length) {
            int odd = half / Lanes.TILE_ROWS;
            int lane = half % Lanes.TILE_ROWS;
            int at = to + half;
            var a0 = FloatVector.fromArray(Lanes.FLOATS, sums, at);
            var a1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + length);
            var b0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + SUMS);
            var b1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + SUMS + length);
            var c0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * SUMS);
            var c1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 2 * SUMS + length);
            var d0 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * SUMS);
            var d1 = FloatVector.fromArray(Lanes.FLOATS, sums, at + 3 * SUMS + length);
            for (int i = odd; i < inputCount; i += 2) {
                var left = FloatVector.fromArray(Lanes.FLOATS, weights, i * Lanes.TILE_ROWS + lane);
                var right = FloatVector.fromArray(Lanes.FLOATS, weights, i * Lanes.TILE_ROWS + lane + length);
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                a0 = left.fma(input, a0);
                a1 = right.fma(input, a1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                b0 = left.fma(input, b0);
                b1 = right.fma(input, b1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i]);
                c0 = left.fma(input, c0);
                c1 = right.fma(input, c1);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i]);
                d0 = left.fma(input, d0);
                d1 = right.fma(input, d1);
            }
            a0.intoArray(sums, at);
            a1.intoArray(sums, at + length);
            b0.intoArray(sums, at + SUMS);
            b1.intoArray(sums, at + SUMS + length);
            c0.intoArray(sums, at + 2 * SUMS);
            c1.intoArray(sums, at + 2 * SUMS + length);
            d0.intoArray(sums, at + 3 * SUMS);
            d1.intoArray(sums, at + 3 * SUMS + length);
        }
    }
}
