package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix of eight-bit weights: {@code scale * q} with a float16 scale for each row and block. Q8_0 is taken over exactly; other
 * types are requantized. Inputs stay floats: reading the weights takes longer than converting them.
 *
 * <p>A block is 32 lines of one byte for each row, then the scales of the rows.
 */
final class EightBitMatrix extends TiledMatrix {
    /** Tokens that share one widening of a tile. */
    private static final int TOGETHER = 4;

    private static final int LINE_BYTES = Lanes.TILE_ROWS;
    private static final int SCALES_AT = Lanes.BLOCK * LINE_BYTES;
    /** Bytes of one block of a tile. */
    static final int BLOCK_BYTES = SCALES_AT + Lanes.TILE_ROWS * Short.BYTES;

    private static final int Q_MAX = 127;

    /** Float16 bits moved into a float's place are too small by the square of this. */
    private static final float LIFT_HALF = 0x1p56f;

    private static final int HALF_BITS = 0x8fffe000;

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(Lanes.ORDER);

    private EightBitMatrix(Tensor weight, Arena arena) {
        super(weight, BLOCK_BYTES, arena);
    }

    /** {@code weight} laid out in memory of {@code arena}. */
    static EightBitMatrix of(Tensor weight, Arena arena, Workers workers) {
        var matrix = new EightBitMatrix(weight, arena);
        workers.run(matrix.tiles, (tile, worker) -> {
            for (int row = tile * Lanes.TILE_ROWS; row < tile * Lanes.TILE_ROWS + matrix.rowsIn(tile); row++) {
                if (isStoredAs(weight, TensorType.Q8_0)) {
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
        int blockBytes = weight.type().blockBytes();
        for (int block = 0; block < blocks; block++) {
            long from = (long) block * blockBytes;
            for (int j = 0; j < Lanes.BLOCK; j++) {
                put(row, block, j, stored.get(ValueLayout.JAVA_BYTE, from + Short.BYTES + j));
            }
            putScale(row, block, half(Float.float16ToFloat(stored.get(SHORT, from))));
        }
    }

    private void requantize(Tensor weight, int row) {
        var values = new float[columns];
        Dequantizer.rows(weight, row, 1, values, 0);
        for (int block = 0; block < blocks; block++) {
            int from = block * Lanes.BLOCK;
            int to = Math.min(columns, from + Lanes.BLOCK);
            float largest = 0;
            for (int j = from; j < to; j++) {
                largest = Math.max(largest, Math.abs(values[j]));
            }
            short scale = half(largest / Q_MAX);
            float step = Float.float16ToFloat(scale);
            for (int j = from; j < to; j++) {
                int q = step > 0 ? Math.clamp(Math.round(values[j] / step), -Q_MAX, Q_MAX) : 0;
                put(row, block, j - from, (byte) q);
            }
            putScale(row, block, scale);
        }
    }

    private void put(int row, int block, int input, byte q) {
        memory.set(ValueLayout.JAVA_BYTE, blockAt(row, block) + (long) input * LINE_BYTES + row % Lanes.TILE_ROWS, q);
    }

    private void putScale(int row, int block, short scale) {
        memory.set(SHORT, blockAt(row, block) + SCALES_AT + row % Lanes.TILE_ROWS * Short.BYTES, scale);
    }

    @Override
    void prepare(Rows inputs, int token) {}

    @Override
    void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results) {
        long at = tileAt(tile);
        for (int done = 0; done < count; ) {
            int together = count - done >= TOGETHER ? TOGETHER : 1;
            int from = inputs.at(token + done);
            if (together == TOGETHER) {
                multiplyFour(memory, at, blocks, inputs.values, from, inputs.stride, scratch);
            } else {
                multiply(memory, at, blocks, inputs.values, from, scratch);
            }
            for (int i = 0; i < together; i++) {
                int products = i * blocks * Lanes.TILE_ROWS;
                scale(memory, at, blocks, scratch, products, results, (done + i) * Lanes.TILE_ROWS);
            }
            done += together;
        }
    }

    // Each loop nest below is one method without vectors as parameters, see FourBitMatrix.

    /** Products of whole numbers with one token: (blocks, rows of a tile). */
    private static void multiply(
            MemorySegment memory, long tileAt, int blocks, float[] inputs, int from, float[] products) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES;
                int first = from + block * Lanes.BLOCK;
                var even = FloatVector.zero(Lanes.FLOATS);
                var odd = FloatVector.zero(Lanes.FLOATS);
                for (int j = 0; j < Lanes.BLOCK; j += 2) {
                    long line = at + (long) j * LINE_BYTES;
                    even = weights(memory, line, lane)
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[first + j]), even);
                    odd = weights(memory, line + LINE_BYTES, lane)
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[first + j + 1]), odd);
                }
                even.add(odd).intoArray(products, block * Lanes.TILE_ROWS + lane);
            }
        }
    }

    /** As {@link #multiply} for four tokens, in the same order of operations for each: (tokens, blocks, rows of a tile). */
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
                for (int j = 0; j < Lanes.BLOCK; j += 2) {
                    long line = at + (long) j * LINE_BYTES;
                    int i = first + j;
                    var even = weights(memory, line, lane);
                    evenA = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), evenA);
                    evenB = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride]), evenB);
                    evenC = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride]), evenC);
                    evenD = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride]), evenD);
                    var odd = weights(memory, line + LINE_BYTES, lane);
                    oddA = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 1]), oddA);
                    oddB = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride + 1]), oddB);
                    oddC = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride + 1]), oddC);
                    oddD = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride + 1]), oddD);
                }
                int to = block * Lanes.TILE_ROWS + lane;
                evenA.add(oddA).intoArray(products, to);
                evenB.add(oddB).intoArray(products, to + next);
                evenC.add(oddC).intoArray(products, to + 2 * next);
                evenD.add(oddD).intoArray(products, to + 3 * next);
            }
        }
    }

    /** Adds up scale * product in the order of the blocks. */
    private static void scale(
            MemorySegment memory, long tileAt, int blocks, float[] products, int productsAt, float[] results, int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES + SCALES_AT + (long) lane * Short.BYTES;
                var halves = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, at, Lanes.ORDER);
                var scale = Lanes.ints(halves)
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var product = Lanes.load(products, productsAt + block * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static FloatVector weights(MemorySegment memory, long line, int lane) {
        if (Lanes.NARROW_BYTES.length() == Lanes.FLOATS.length()) {
            return Lanes.floats(ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + lane, Lanes.ORDER), 0);
        }
        // The narrowest byte vector has eight lanes, twice those of a 128-bit vector of floats.
        var bytes = ByteVector.fromMemorySegment(
                Lanes.NARROW_BYTES, memory, line + (lane & -Lanes.NARROW_BYTES.length()), Lanes.ORDER);
        return (lane & Lanes.FLOATS.length()) == 0 ? Lanes.floats(bytes, 0) : Lanes.floats(bytes, 1);
    }
}
