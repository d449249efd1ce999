package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix of four-bit weights: {@code scale * nibble + minimum}, both float16, for each row and block. Q4_0 and Q4_1 are taken
 * over exactly; other types are requantized.
 *
 * <p>A block is eight lines of one short for each row, then one int for each row with the scale in its lower and the minimum in
 * its upper half. Line k holds the nibbles of inputs k, k + 8, k + 16 and k + 24, lowest first. Shorts wrap around, so with
 * {@code s_i = s >>> 4 * i} the product of a line with inputs q0 to q3 is
 *
 * <pre>  s_0 * q0 + s_1 * (q1 - 16 * q0) + s_2 * (q2 - 16 * q1) + s_3 * (q3 - 16 * q2)   modulo 65536</pre>
 *
 * which takes no masks. Started from minus eight times the sum of all q, the sum over a block is that of nibbles from -8 to 7: at
 * most 8 * 127 * 32 = 32512 in size, so it is exact.
 */
final class FourBitMatrix extends TiledMatrix {
    /** Tokens that share one unpacking of a tile. */
    static final int TOGETHER = 4;

    /**
     * Float16 bits moved into a float's place are too small by 2^112. Most of that is in the scales of {@link Rows}, the rest is
     * made good at the end, so that neither overflows on its way.
     */
    static final float LIFT = 0x1p64f;

    private static final float LIFT_REST = 0x1p48f;

    /** Sign, exponent and fraction of a float16 moved into a float. */
    private static final int HALF_BITS = 0x8fffe000;

    private static final int LINES = 8;
    private static final int LINE_BYTES = Lanes.TILE_ROWS * Short.BYTES;
    private static final int SCALES_AT = LINES * LINE_BYTES;
    private static final int BLOCK_BYTES = SCALES_AT + Lanes.TILE_ROWS * Integer.BYTES;
    private static final int NIBBLE_MAX = 15;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(Lanes.ORDER);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(Lanes.ORDER);

    private FourBitMatrix(Tensor weight, Arena arena) {
        super(weight, BLOCK_BYTES, arena);
    }

    /** {@code weight} laid out in memory of {@code arena}. */
    static FourBitMatrix of(Tensor weight, Arena arena, Workers workers) {
        var matrix = new FourBitMatrix(weight, arena);
        workers.run(matrix.tiles, (tile, worker) -> {
            for (int row = tile * Lanes.TILE_ROWS; row < tile * Lanes.TILE_ROWS + matrix.rowsIn(tile); row++) {
                if (isStoredAs(weight, TensorType.Q4_0, TensorType.Q4_1)) {
                    matrix.takeOver(weight, row);
                } else {
                    matrix.requantize(weight, row);
                }
            }
        });
        return matrix;
    }

    private void takeOver(Tensor weight, int row) {
        var stored = storedRow(weight, row);
        var nibbles = new int[Lanes.BLOCK];
        int blockBytes = weight.type().blockBytes();
        for (int block = 0; block < blocks; block++) {
            long at = (long) block * blockBytes;
            long pairs = at + blockBytes - Lanes.BLOCK / 2;
            for (int j = 0; j < Lanes.BLOCK / 2; j++) {
                int pair = stored.get(ValueLayout.JAVA_BYTE, pairs + j);
                nibbles[j] = pair & NIBBLE_MAX;
                nibbles[j + Lanes.BLOCK / 2] = pair >>> 4 & NIBBLE_MAX;
            }
            float scale = Float.float16ToFloat(stored.get(SHORT, at));
            float minimum = weight.type() == TensorType.Q4_1
                    ? Float.float16ToFloat(stored.get(SHORT, at + Short.BYTES))
                    : -8 * scale;
            put(row, block, nibbles, half(scale), half(minimum));
        }
    }

    private void requantize(Tensor weight, int row) {
        var values = new float[columns];
        Dequantizer.rows(weight, row, 1, values, 0);
        var nibbles = new int[Lanes.BLOCK];
        for (int block = 0; block < blocks; block++) {
            int from = block * Lanes.BLOCK;
            int count = Math.min(Lanes.BLOCK, columns - from);
            float low = values[from];
            float high = values[from];
            for (int j = 1; j < count; j++) {
                low = Math.min(low, values[from + j]);
                high = Math.max(high, values[from + j]);
            }
            short scale = half((high - low) / NIBBLE_MAX);
            short minimum = half(low);
            float step = Float.float16ToFloat(scale);
            for (int j = 0; j < Lanes.BLOCK; j++) {
                float steps = j < count && step > 0 ? (values[from + j] - Float.float16ToFloat(minimum)) / step : 0;
                nibbles[j] = Math.clamp(Math.round(steps), 0, NIBBLE_MAX);
            }
            put(row, block, nibbles, scale, minimum);
        }
    }

    private void put(int row, int block, int[] nibbles, short scale, short minimum) {
        long at = blockAt(row, block);
        int lane = row % Lanes.TILE_ROWS;
        for (int line = 0; line < LINES; line++) {
            int four = nibbles[line] | nibbles[line + 8] << 4 | nibbles[line + 16] << 8 | nibbles[line + 24] << 12;
            memory.set(SHORT, at + line * LINE_BYTES + lane * Short.BYTES, (short) four);
        }
        memory.set(INT, at + SCALES_AT + lane * Integer.BYTES, Short.toUnsignedInt(scale) | minimum << 16);
    }

    @Override
    void prepare(Rows inputs, int token) {
        inputs.quantize(token);
    }

    @Override
    void tile(int tile, Rows inputs, int token, int count, Scratch scratch, float[] results) {
        int tokenShorts = blocks * Rows.BLOCK_SHORTS;
        int tokenScales = blocks * Rows.BLOCK_SCALES;
        for (int done = 0; done < count; ) {
            int first = token + done;
            int together = count - done >= TOGETHER ? TOGETHER : 1;
            if (together == TOGETHER) {
                sumsOfFour(memory, tileAt(tile), blocks, inputs.multipliers, first * tokenShorts, scratch.sums);
            } else {
                sums(memory, tileAt(tile), blocks, inputs.multipliers, first * tokenShorts, scratch.sums);
            }
            for (int i = 0; i < together; i++) {
                scale(
                        memory,
                        tileAt(tile),
                        blocks,
                        scratch.sums,
                        i * blocks * Lanes.TILE_ROWS,
                        inputs.scales,
                        (first + i) * tokenScales,
                        results,
                        (done + i) * Lanes.TILE_ROWS);
            }
            done += together;
        }
    }

    // The loops below are kept small: the compiler stops inlining vector operations in large methods and then boxes
    // them.

    /** Sums of nibble * q of each block: (blocks, rows of a tile). */
    private static void sums(
            MemorySegment memory, long tileAt, int blocks, short[] multipliers, int from, short[] sums) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.SHORTS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES + lane * Short.BYTES;
                int q = from + block * Rows.BLOCK_SHORTS;
                var even = ShortVector.broadcast(Lanes.SHORTS, multipliers[q + Lanes.BLOCK]);
                var odd = ShortVector.zero(Lanes.SHORTS);
                for (int line = 0; line < LINES; line++) {
                    var s = ShortVector.fromMemorySegment(Lanes.SHORTS, memory, at + line * LINE_BYTES, Lanes.ORDER);
                    even = even.add(s.mul(multipliers[q + line]));
                    odd = odd.add(s.lanewise(VectorOperators.LSHR, 4).mul(multipliers[q + line + 8]));
                    even = even.add(s.lanewise(VectorOperators.LSHR, 8).mul(multipliers[q + line + 16]));
                    odd = odd.add(s.lanewise(VectorOperators.LSHR, 12).mul(multipliers[q + line + 24]));
                }
                even.add(odd).intoArray(sums, block * Lanes.TILE_ROWS + lane);
            }
        }
    }

    /** As {@link #sums} for four tokens one after the other: (tokens, blocks, rows of a tile). */
    private static void sumsOfFour(
            MemorySegment memory, long tileAt, int blocks, short[] multipliers, int from, short[] sums) {
        int next = blocks * Rows.BLOCK_SHORTS;
        int nextSums = blocks * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.SHORTS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES + lane * Short.BYTES;
                int q = from + block * Rows.BLOCK_SHORTS;
                var a = ShortVector.broadcast(Lanes.SHORTS, multipliers[q + Lanes.BLOCK]);
                var b = ShortVector.broadcast(Lanes.SHORTS, multipliers[q + next + Lanes.BLOCK]);
                var c = ShortVector.broadcast(Lanes.SHORTS, multipliers[q + 2 * next + Lanes.BLOCK]);
                var d = ShortVector.broadcast(Lanes.SHORTS, multipliers[q + 3 * next + Lanes.BLOCK]);
                for (int line = 0; line < LINES; line++) {
                    var line0 =
                            ShortVector.fromMemorySegment(Lanes.SHORTS, memory, at + line * LINE_BYTES, Lanes.ORDER);
                    for (int shift = 0; shift < 4; shift++) {
                        int i = q + line + 8 * shift;
                        var s = line0.lanewise(VectorOperators.LSHR, 4 * shift);
                        a = a.add(s.mul(multipliers[i]));
                        b = b.add(s.mul(multipliers[i + next]));
                        c = c.add(s.mul(multipliers[i + 2 * next]));
                        d = d.add(s.mul(multipliers[i + 3 * next]));
                    }
                }
                int to = block * Lanes.TILE_ROWS + lane;
                a.intoArray(sums, to);
                b.intoArray(sums, to + nextSums);
                c.intoArray(sums, to + 2 * nextSums);
                d.intoArray(sums, to + 3 * nextSums);
            }
        }
    }

    /** Scales the sums of the blocks and adds them up, in the order of the blocks. */
    private static void scale(
            MemorySegment memory,
            long tileAt,
            int blocks,
            short[] sums,
            int sumsFrom,
            float[] scales,
            int scalesFrom,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES + SCALES_AT + lane * Integer.BYTES;
                var halves = IntVector.fromMemorySegment(Lanes.INTS, memory, at, Lanes.ORDER);
                var sum = Lanes.floats(
                        ShortVector.fromArray(Lanes.NARROW_SHORTS, sums, sumsFrom + block * Lanes.TILE_ROWS + lane));
                float scale = scales[scalesFrom + Rows.BLOCK_SCALES * block];
                float scaledSum = scales[scalesFrom + Rows.BLOCK_SCALES * block + 1];
                var weightScale = halves.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var minimum =
                        halves.lanewise(VectorOperators.ASHR, 3).and(HALF_BITS).reinterpretAsFloats();
                // nibble = centered + 8, hence the second term.
                total = weightScale.fma(sum.mul(scale).add(8 * scaledSum), total);
                total = minimum.fma(FloatVector.broadcast(Lanes.FLOATS, scaledSum), total);
            }
            total.mul(LIFT_REST).intoArray(results, to + lane);
        }
    }
}
