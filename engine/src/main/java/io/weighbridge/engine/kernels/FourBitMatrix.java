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
 * over exactly; other types are requantized. Inputs stay floats:
 * rounding them to eight bits is faster but changes answers.
 *
 * <p>A block is eight lines of one short for each row, then one int for each row with the scale in its lower and the minimum in
 * its upper half. Line k holds the nibbles of inputs k, k + 8, k + 16 and k + 24, lowest first; they are
 * masked but not shifted, {@link Rows} makes up for it. The minimum meets the sum of the
 * block's inputs, which is the same for all rows.
 */
final class FourBitMatrix extends TiledMatrix {
    /** Tokens that share one unpacking of a tile. */
    static final int TOGETHER = 4;

    /** Float16 bits moved into a float's place are too small by the square of this. */
    private static final float LIFT_HALF = 0x1p56f;

    /** Sign, exponent and fraction of a float16 moved into a float. */
    private static final int HALF_BITS = 0x8fffe000;

    private static final int LINES = 8;
    private static final int LINE_BYTES = Lanes.TILE_ROWS * Short.BYTES;
    private static final int SCALES_AT = LINES * LINE_BYTES;
    /** Bytes of one block of a tile. */
    static final int BLOCK_BYTES = SCALES_AT + Lanes.TILE_ROWS * Integer.BYTES;

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
        inputs.scale(token);
    }

    @Override
    void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results) {
        long at = tileAt(tile);
        for (int done = 0; done < count; ) {
            int together = count - done >= TOGETHER ? TOGETHER : 1;
            int from = inputs.at(token + done);
            if (together == TOGETHER) {
                multiplyFour(memory, at, blocks, inputs.scaled, from, inputs.stride, scratch);
            } else {
                multiply(memory, at, blocks, inputs.scaled, from, scratch);
            }
            for (int i = 0; i < together; i++) {
                int products = i * blocks * Lanes.TILE_ROWS;
                int sums = (token + done + i) * blocks;
                int to = (done + i) * Lanes.TILE_ROWS;
                scale(memory, at, blocks, scratch, products, inputs.sums, sums, results, to);
            }
            done += together;
        }
    }

    // Each loop nest below is one method without vectors as parameters: the compiler stops inlining vector operations
    // in larger
    // methods, and then boxes them, sometimes.

    /** Products of nibbles with one token: (blocks, rows of a tile). */
    private static void multiply(
            MemorySegment memory, long tileAt, int blocks, float[] inputs, int from, float[] products) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES;
                int first = from + block * Lanes.BLOCK;
                var even = FloatVector.zero(Lanes.FLOATS);
                var odd = FloatVector.zero(Lanes.FLOATS);
                for (int line = 0; line < LINES; line++) {
                    var four = line(memory, at + line * LINE_BYTES, lane);
                    int i = first + line;
                    even = nibbles(four, NIBBLE_MAX).fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), even);
                    odd = nibbles(four, NIBBLE_MAX << 4).fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 8]), odd);
                    even = nibbles(four, NIBBLE_MAX << 8)
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 16]), even);
                    odd = nibbles(four, NIBBLE_MAX << 12).fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 24]), odd);
                }
                even.add(odd).intoArray(products, block * Lanes.TILE_ROWS + lane);
            }
        }
    }

    /**
     * As {@link #multiply} for four tokens one after the other, in the same order of operations for each; every weight is widened
     * once: (tokens, blocks, rows of a tile).
     */
    private static void multiplyFour(
            MemorySegment memory, long tileAt, int blocks, float[] inputs, int from, int stride, float[] products) {
        int next = blocks * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES;
                int first = from + block * Lanes.BLOCK;
                var evenA = FloatVector.zero(Lanes.FLOATS);
                var evenB = FloatVector.zero(Lanes.FLOATS);
                var evenC = FloatVector.zero(Lanes.FLOATS);
                var evenD = FloatVector.zero(Lanes.FLOATS);
                var oddA = FloatVector.zero(Lanes.FLOATS);
                var oddB = FloatVector.zero(Lanes.FLOATS);
                var oddC = FloatVector.zero(Lanes.FLOATS);
                var oddD = FloatVector.zero(Lanes.FLOATS);
                for (int line = 0; line < LINES; line++) {
                    var four = line(memory, at + line * LINE_BYTES, lane);
                    for (int half = 0; half < 2; half++) {
                        int i = first + line + 16 * half;
                        var even = nibbles(four, NIBBLE_MAX << 8 * half);
                        evenA = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), evenA);
                        evenB = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride]), evenB);
                        evenC = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride]), evenC);
                        evenD = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride]), evenD);
                        var odd = nibbles(four, NIBBLE_MAX << 8 * half + 4);
                        oddA = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 8]), oddA);
                        oddB = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride + 8]), oddB);
                        oddC = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride + 8]), oddC);
                        oddD = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride + 8]), oddD);
                    }
                }
                int to = block * Lanes.TILE_ROWS + lane;
                evenA.add(oddA).intoArray(products, to);
                evenB.add(oddB).intoArray(products, to + next);
                evenC.add(oddC).intoArray(products, to + 2 * next);
                evenD.add(oddD).intoArray(products, to + 3 * next);
            }
        }
    }

    /** Adds up scale * product + minimum * sum of the inputs, in the order of the blocks. */
    private static void scale(
            MemorySegment memory,
            long tileAt,
            int blocks,
            float[] products,
            int productsAt,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES + SCALES_AT + (long) lane * Integer.BYTES;
                var halves = IntVector.fromMemorySegment(Lanes.INTS, memory, at, Lanes.ORDER);
                var scale = halves.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var minimum =
                        halves.lanewise(VectorOperators.ASHR, 3).and(HALF_BITS).reinterpretAsFloats();
                var product = Lanes.load(products, productsAt + block * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
                total = minimum.fma(FloatVector.broadcast(Lanes.FLOATS, sums[sumsAt + block] * LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static IntVector line(MemorySegment memory, long at, int lane) {
        return Lanes.ints(ShortVector.fromMemorySegment(
                Lanes.NARROW_SHORTS, memory, at + (long) lane * Short.BYTES, Lanes.ORDER));
    }

    /** One nibble of each row, where it lies: too large by a power of 16, and its input too small by it. */
    private static FloatVector nibbles(IntVector four, int bits) {
        return (FloatVector) four.and(bits).convert(VectorOperators.I2F, 0);
    }
}
