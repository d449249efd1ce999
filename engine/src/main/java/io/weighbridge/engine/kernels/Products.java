package io.weighbridge.engine.kernels;

import jdk.incubator.vector.FloatVector;

/** Products of widened weights, (inputs, rows of a tile), with several tokens, added to sums that lie as {@link TileScratch#sums} does. */
final class Products {
    /** Floats of one token's sums: over even inputs, then over odd inputs. */
    static final int SUMS = 2 * Lanes.TILE_ROWS;

    /** With narrower vectors there are only 16 registers: too few for the sums of eight tokens. */
    private static final boolean WIDE = Lanes.FLOATS.length() == 16;

    private Products() {}

    /** Tokens that are computed when {@code count} are asked for. */
    static int padded(int count) {
        return Rows.groups(count) * Rows.GROUP;
    }

    /** Adds the products of the inputs of {@code blocks} blocks; {@code from} is the first input of the first token of a group. */
    static void add(float[] weights, int blocks, Rows inputs, int from, int count, float[] sums) {
        int at = from;
        for (int token = 0; token < count; token += Rows.GROUP) {
            int to = token * SUMS;
            if (WIDE) {
                addEight(weights, blocks, inputs.values, at, sums, to);
            } else {
                addFour(weights, blocks, inputs.values, at, sums, to);
                if (count - token > Rows.GROUP / 2) {
                    int half = Rows.GROUP / 2;
                    addFour(weights, blocks, inputs.values, at + half * Lanes.BLOCK, sums, to + half * SUMS);
                }
            }
            at += inputs.blocks * Rows.BLOCK_STEP;
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
    private static void addEight(float[] weights, int blocks, float[] inputs, int from, float[] sums, int to) {
        int length = Lanes.FLOATS.length();
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
            for (int block = 0; block < blocks; block++) {
                for (int i = odd; i < Lanes.BLOCK; i += 2) {
                    int weight = (block * Lanes.BLOCK + i) * Lanes.TILE_ROWS + lane;
                    int first = from + block * Rows.BLOCK_STEP + i;
                    var left = FloatVector.fromArray(Lanes.FLOATS, weights, weight);
                    var right = FloatVector.fromArray(Lanes.FLOATS, weights, weight + length);
                    var input = FloatVector.broadcast(Lanes.FLOATS, inputs[first]);
                    a0 = left.fma(input, a0);
                    a1 = right.fma(input, a1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + Lanes.BLOCK]);
                    b0 = left.fma(input, b0);
                    b1 = right.fma(input, b1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 2 * Lanes.BLOCK]);
                    c0 = left.fma(input, c0);
                    c1 = right.fma(input, c1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 3 * Lanes.BLOCK]);
                    d0 = left.fma(input, d0);
                    d1 = right.fma(input, d1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 4 * Lanes.BLOCK]);
                    e0 = left.fma(input, e0);
                    e1 = right.fma(input, e1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 5 * Lanes.BLOCK]);
                    f0 = left.fma(input, f0);
                    f1 = right.fma(input, f1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 6 * Lanes.BLOCK]);
                    g0 = left.fma(input, g0);
                    g1 = right.fma(input, g1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 7 * Lanes.BLOCK]);
                    h0 = left.fma(input, h0);
                    h1 = right.fma(input, h1);
                }
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

    private static void addFour(float[] weights, int blocks, float[] inputs, int from, float[] sums, int to) {
        int length = Lanes.FLOATS.length();
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
            for (int block = 0; block < blocks; block++) {
                for (int i = odd; i < Lanes.BLOCK; i += 2) {
                    int weight = (block * Lanes.BLOCK + i) * Lanes.TILE_ROWS + lane;
                    int first = from + block * Rows.BLOCK_STEP + i;
                    var left = FloatVector.fromArray(Lanes.FLOATS, weights, weight);
                    var right = FloatVector.fromArray(Lanes.FLOATS, weights, weight + length);
                    var input = FloatVector.broadcast(Lanes.FLOATS, inputs[first]);
                    a0 = left.fma(input, a0);
                    a1 = right.fma(input, a1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + Lanes.BLOCK]);
                    b0 = left.fma(input, b0);
                    b1 = right.fma(input, b1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 2 * Lanes.BLOCK]);
                    c0 = left.fma(input, c0);
                    c1 = right.fma(input, c1);
                    input = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 3 * Lanes.BLOCK]);
                    d0 = left.fma(input, d0);
                    d1 = right.fma(input, d1);
                }
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
