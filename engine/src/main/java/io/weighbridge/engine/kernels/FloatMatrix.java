package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** A matrix of floats, of 32 bits or of the 16 that they are stored in. For routers, and for what a quantized checkpoint leaves wide. */
final class FloatMatrix extends TiledMatrix {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(Lanes.ORDER);
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(Lanes.ORDER);

    /** Float16 bits moved into a float's place are too small by this. */
    private static final float LIFT_HALF = 0x1p112f;

    private static final int HALF_BITS = 0x8fffe000;

    private final Width width;
    private final MemorySegment memory;

    /** How a weight lies in memory. */
    private enum Width {
        FLOAT(Float.BYTES),
        HALF(Short.BYTES),
        BRAIN(Short.BYTES);

        private final int bytes;

        Width(int bytes) {
            this.bytes = bytes;
        }

        private static Width of(TensorType type) {
            return switch (type) {
                case F16 -> HALF;
                case BF16 -> BRAIN;
                default -> FLOAT;
            };
        }
    }

    private FloatMatrix(Tensor weight, Arena arena) {
        super(weight);
        width = Width.of(weight.type());
        memory = arena.allocate((long) tiles * tileBytes(), 64);
    }

    /** Whether values of such a type are held here without loss and without growing. */
    static boolean holds(TensorType type) {
        return type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16;
    }

    /** Bytes that {@code weight} takes, padding included. */
    static long bytes(Tensor weight) {
        long tiles = Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
        return tiles * Lanes.TILE_ROWS * weight.shape().get(1) * Width.of(weight.type()).bytes;
    }

    /** {@code weight} laid out in memory of {@code arena}; types other than those of 16 bits are widened to 32. */
    static FloatMatrix of(Tensor weight, Arena arena, WeightLoader loader) {
        var matrix = new FloatMatrix(weight, arena);
        loader.workers().run(matrix.tiles, (tile, worker) -> {
            for (int lane = 0; lane < matrix.rowsIn(tile); lane++) {
                matrix.put(weight, tile, lane, loader.scratch(worker));
            }
        });
        return matrix;
    }

    private void put(Tensor weight, int tile, int lane, WeightLoader.Scratch scratch) {
        int row = tile * Lanes.TILE_ROWS + lane;
        long at = tile * tileBytes() + (long) lane * width.bytes;
        if (width == Width.FLOAT) {
            var values = scratch.values(weight, row);
            for (int i = 0; i < columns; i++) {
                memory.set(FLOAT, at + (long) i * Lanes.TILE_ROWS * Float.BYTES, values[i]);
            }
        } else {
            var stored = scratch.storedRow(weight, row);
            for (int i = 0; i < columns; i++) {
                memory.set(
                        SHORT,
                        at + (long) i * Lanes.TILE_ROWS * Short.BYTES,
                        WeightLoader.shortAt(stored, i * Short.BYTES));
            }
        }
    }

    private long tileBytes() {
        return (long) columns * Lanes.TILE_ROWS * width.bytes;
    }

    @Override
    int needs() {
        return 0;
    }

    @Override
    void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results) {
        long at = tile * tileBytes();
        for (int done = 0; done < count; ) {
            int together = count - done >= TOGETHER ? TOGETHER : 1;
            int from = inputs.at(token + done);
            int to = done * Lanes.TILE_ROWS;
            if (together == TOGETHER) {
                multiplyFour(memory, at, width, columns, inputs.values, from, inputs.stride, results, to);
            } else {
                multiply(memory, at, width, columns, inputs.values, from, results, to);
            }
            done += together;
        }
    }

    private static void multiply(
            MemorySegment memory,
            long at,
            Width width,
            int columns,
            float[] inputs,
            int from,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var even = FloatVector.zero(Lanes.FLOATS);
            var odd = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i + 1 < columns; i += 2) {
                even = weights(memory, at, width, i, lane)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]), even);
                odd = weights(memory, at, width, i + 1, lane)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]), odd);
            }
            if (columns % 2 == 1) {
                even = weights(memory, at, width, columns - 1, lane)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[from + columns - 1]), even);
            }
            even.add(odd).intoArray(results, to + lane);
        }
    }

    /** As {@link #multiply} for four tokens, in the same order of operations for each. */
    private static void multiplyFour(
            MemorySegment memory,
            long at,
            Width width,
            int columns,
            float[] inputs,
            int from,
            int stride,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var evenA = FloatVector.zero(Lanes.FLOATS);
            var evenB = FloatVector.zero(Lanes.FLOATS);
            var evenC = FloatVector.zero(Lanes.FLOATS);
            var evenD = FloatVector.zero(Lanes.FLOATS);
            var oddA = FloatVector.zero(Lanes.FLOATS);
            var oddB = FloatVector.zero(Lanes.FLOATS);
            var oddC = FloatVector.zero(Lanes.FLOATS);
            var oddD = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i < columns; i += 2) {
                int x = from + i;
                var even = weights(memory, at, width, i, lane);
                evenA = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x]), evenA);
                evenB = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + stride]), evenB);
                evenC = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + 2 * stride]), evenC);
                evenD = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + 3 * stride]), evenD);
                if (i + 1 < columns) {
                    var odd = weights(memory, at, width, i + 1, lane);
                    oddA = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + 1]), oddA);
                    oddB = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + stride + 1]), oddB);
                    oddC = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + 2 * stride + 1]), oddC);
                    oddD = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[x + 3 * stride + 1]), oddD);
                }
            }
            evenA.add(oddA).intoArray(results, to + lane);
            evenB.add(oddB).intoArray(results, to + lane + Lanes.TILE_ROWS);
            evenC.add(oddC).intoArray(results, to + lane + 2 * Lanes.TILE_ROWS);
            evenD.add(oddD).intoArray(results, to + lane + 3 * Lanes.TILE_ROWS);
        }
    }

    private static FloatVector weights(MemorySegment memory, long at, Width width, int input, int lane) {
        long line = at + ((long) input * Lanes.TILE_ROWS + lane) * width.bytes;
        if (width == Width.FLOAT) {
            return FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER);
        }
        var bits = (IntVector) ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
        return width == Width.BRAIN
                ? bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats()
                : bits.lanewise(VectorOperators.LSHL, 13)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF);
    }
}
