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
    private static final int BLOCK_BYTES = SCALES_AT + Lanes.TILE_ROWS * Short.BYTES;
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
    void tile(int tile, Rows inputs, int token, int count, Scratch scratch, float[] results) {
        int done = 0;
        for (; done + TOGETHER <= count; done += TOGETHER) {
            int to = done * Lanes.TILE_ROWS;
            productsOfFour(
                    memory, tileAt(tile), blocks, inputs.values, inputs.at(token + done), inputs.stride, results, to);
        }
        for (; done < count; done++) {
            int to = done * Lanes.TILE_ROWS;
            product(memory, tileAt(tile), blocks, inputs.values, inputs.at(token + done), results, to);
        }
    }

    private static void product(
            MemorySegment memory, long tileAt, int blocks, float[] inputs, int from, float[] results, int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * BLOCK_BYTES;
                var sum = sum(memory, at, lane, inputs, from + block * Lanes.BLOCK);
                total = scale(memory, at + SCALES_AT, lane).fma(sum.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static FloatVector sum(MemorySegment memory, long at, int lane, float[] inputs, int from) {
        var even = FloatVector.zero(Lanes.FLOATS);
        var odd = FloatVector.zero(Lanes.FLOATS);
        for (int j = 0; j < Lanes.BLOCK; j += 2) {
            long line = at + (long) j * LINE_BYTES;
            even = weights(memory, line, lane).fma(FloatVector.broadcast(Lanes.FLOATS, inputs[from + j]), even);
            odd = weights(memory, line + LINE_BYTES, lane)
                    .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[from + j + 1]), odd);
        }
        return even.add(odd);
    }

    /** As {@link #product} for four tokens, in the same order of operations for each; every weight is widened once. */
    private static void productsOfFour(
            MemorySegment memory,
            long tileAt,
            int blocks,
            float[] inputs,
            int from,
            int stride,
            float[] results,
            int to) {
        for (int i = 0; i < TOGETHER * Lanes.TILE_ROWS; i++) {
            results[to + i] = 0;
        }
        for (int block = 0; block < blocks; block++) {
            long at = tileAt + (long) block * BLOCK_BYTES;
            for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
                blockOfFour(memory, at, lane, inputs, from + block * Lanes.BLOCK, stride, results, to + lane);
            }
        }
        for (int i = to; i < to + TOGETHER * Lanes.TILE_ROWS; i += Lanes.FLOATS.length()) {
            Lanes.load(results, i).mul(LIFT_HALF).intoArray(results, i);
        }
    }

    private static void blockOfFour(
            MemorySegment memory, long at, int lane, float[] inputs, int from, int stride, float[] totals, int to) {
        var evenA = FloatVector.zero(Lanes.FLOATS);
        var evenB = evenA;
        var evenC = evenA;
        var evenD = evenA;
        var oddA = evenA;
        var oddB = evenA;
        var oddC = evenA;
        var oddD = evenA;
        for (int j = 0; j < Lanes.BLOCK; j += 2) {
            long line = at + (long) j * LINE_BYTES;
            int i = from + j;
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
        var scale = scale(memory, at + SCALES_AT, lane);
        int next = Lanes.TILE_ROWS;
        scale.fma(evenA.add(oddA).mul(LIFT_HALF), Lanes.load(totals, to)).intoArray(totals, to);
        scale.fma(evenB.add(oddB).mul(LIFT_HALF), Lanes.load(totals, to + next)).intoArray(totals, to + next);
        scale.fma(evenC.add(oddC).mul(LIFT_HALF), Lanes.load(totals, to + 2 * next))
                .intoArray(totals, to + 2 * next);
        scale.fma(evenD.add(oddD).mul(LIFT_HALF), Lanes.load(totals, to + 3 * next))
                .intoArray(totals, to + 3 * next);
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

    private static FloatVector scale(MemorySegment memory, long at, int lane) {
        var halves = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, at + lane * Short.BYTES, Lanes.ORDER);
        return Lanes.ints(halves)
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats();
    }
}
