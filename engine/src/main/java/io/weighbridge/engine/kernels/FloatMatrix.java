package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/** A matrix of floats, of 32 bits or of the 16 that they are stored in. For routers, for what a quantized checkpoint leaves wide,
 * and for all of a checkpoint whose answers have to be reproducible in floats. */
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

    private FloatMatrix(Tensor weight, Width width, Arena arena) {
        super(weight);
        this.width = width;
        memory = arena.allocate((long) tiles * tileBytes(), 64);
    }

    /** Whether values of such a type are held here without loss and without growing. */
    static boolean holds(TensorType type) {
        return type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16;
    }

    /** Whether {@link #brains} keeps all values of such a type. */
    static boolean fitsBrains(TensorType type) {
        return type == TensorType.BF16 || type == TensorType.F8_E4M3 || type == TensorType.F8_E5M2;
    }

    /** Bytes that {@code weight} takes in its own width, padding included. */
    static long bytes(Tensor weight) {
        return bytes(weight, Width.of(weight.type()));
    }

    /** Bytes that it takes as {@link #brains}. */
    static long brainBytes(Tensor weight) {
        return bytes(weight, Width.BRAIN);
    }

    private static long bytes(Tensor weight, Width width) {
        long tiles = Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
        return tiles * Lanes.TILE_ROWS * weight.shape().get(1) * width.bytes;
    }

    /** {@code weight} laid out in memory of {@code arena}; types other than those of 16 bits are widened to 32. */
    static FloatMatrix of(Tensor weight, Arena arena, WeightLoader loader) {
        return of(weight, Width.of(weight.type()), arena, loader);
    }

    /** The same in bfloat16, rounded to the nearest where more is stored. */
    static FloatMatrix brains(Tensor weight, Arena arena, WeightLoader loader) {
        return of(weight, Width.BRAIN, arena, loader);
    }

    private static FloatMatrix of(Tensor weight, Width width, Arena arena, WeightLoader loader) {
        var matrix = new FloatMatrix(weight, width, arena);
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
        } else if (width != Width.of(weight.type())) {
            var values = scratch.values(weight, row);
            for (int i = 0; i < columns; i++) {
                memory.set(SHORT, at + (long) i * Lanes.TILE_ROWS * Short.BYTES, brain(values[i]));
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

    /** To the nearest, ties to even; what is not a number stays so. */
    static short brain(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? (short) (bits >>> 16 | 0x40) : (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
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
                switch (width) {
                    case FLOAT -> fourOfFloats(memory, at, columns, inputs.values, from, inputs.stride, results, to);
                    case HALF -> fourOfHalves(memory, at, columns, inputs.values, from, inputs.stride, results, to);
                    case BRAIN -> fourOfBrains(memory, at, columns, inputs.values, from, inputs.stride, results, to);
                }
            } else {
                switch (width) {
                    case FLOAT -> oneOfFloats(memory, at, columns, inputs.values, from, results, to);
                    case HALF -> oneOfHalves(memory, at, columns, inputs.values, from, results, to);
                    case BRAIN -> oneOfBrains(memory, at, columns, inputs.values, from, results, to);
                }
            }
            done += together;
        }
    }

    // Each kernel is written out whole: a method that returns a vector may not be inlined, and makes an object of each
    // then. All add
    // the products of a row in the order of its inputs, so that a token's sums are the same bits alone and among four.

    private static void oneOfFloats(
            MemorySegment memory, long at, int columns, float[] inputs, int from, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var low = FloatVector.zero(Lanes.FLOATS);
            var high = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Float.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Float.BYTES) {
                var lowWeights = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER);
                var highWeights = FloatVector.fromMemorySegment(
                        Lanes.FLOATS, memory, line + (long) length * Float.BYTES, Lanes.ORDER);
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                low = lowWeights.fma(input, low);
                high = highWeights.fma(input, high);
            }
            low.intoArray(results, to + lane);
            high.intoArray(results, to + lane + length);
        }
    }

    private static void fourOfFloats(
            MemorySegment memory, long at, int columns, float[] inputs, int from, int stride, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var lowA = FloatVector.zero(Lanes.FLOATS);
            var lowB = FloatVector.zero(Lanes.FLOATS);
            var lowC = FloatVector.zero(Lanes.FLOATS);
            var lowD = FloatVector.zero(Lanes.FLOATS);
            var highA = FloatVector.zero(Lanes.FLOATS);
            var highB = FloatVector.zero(Lanes.FLOATS);
            var highC = FloatVector.zero(Lanes.FLOATS);
            var highD = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Float.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Float.BYTES) {
                var low = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER);
                var high = FloatVector.fromMemorySegment(
                        Lanes.FLOATS, memory, line + (long) length * Float.BYTES, Lanes.ORDER);
                int x = from + i;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[x]);
                lowA = low.fma(input, lowA);
                highA = high.fma(input, highA);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + stride]);
                lowB = low.fma(input, lowB);
                highB = high.fma(input, highB);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 2 * stride]);
                lowC = low.fma(input, lowC);
                highC = high.fma(input, highC);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 3 * stride]);
                lowD = low.fma(input, lowD);
                highD = high.fma(input, highD);
            }
            lowA.intoArray(results, to + lane);
            lowB.intoArray(results, to + lane + Lanes.TILE_ROWS);
            lowC.intoArray(results, to + lane + 2 * Lanes.TILE_ROWS);
            lowD.intoArray(results, to + lane + 3 * Lanes.TILE_ROWS);
            highA.intoArray(results, to + lane + length);
            highB.intoArray(results, to + lane + length + Lanes.TILE_ROWS);
            highC.intoArray(results, to + lane + length + 2 * Lanes.TILE_ROWS);
            highD.intoArray(results, to + lane + length + 3 * Lanes.TILE_ROWS);
        }
    }

    private static void oneOfHalves(
            MemorySegment memory, long at, int columns, float[] inputs, int from, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var low = FloatVector.zero(Lanes.FLOATS);
            var high = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Short.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Short.BYTES) {
                var lowWeights = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF);
                var highWeights = ShortVector.fromMemorySegment(
                                Lanes.NARROW_SHORTS, memory, line + (long) length * Short.BYTES, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF);
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                low = lowWeights.fma(input, low);
                high = highWeights.fma(input, high);
            }
            low.intoArray(results, to + lane);
            high.intoArray(results, to + lane + length);
        }
    }

    private static void fourOfHalves(
            MemorySegment memory, long at, int columns, float[] inputs, int from, int stride, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var lowA = FloatVector.zero(Lanes.FLOATS);
            var lowB = FloatVector.zero(Lanes.FLOATS);
            var lowC = FloatVector.zero(Lanes.FLOATS);
            var lowD = FloatVector.zero(Lanes.FLOATS);
            var highA = FloatVector.zero(Lanes.FLOATS);
            var highB = FloatVector.zero(Lanes.FLOATS);
            var highC = FloatVector.zero(Lanes.FLOATS);
            var highD = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Short.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Short.BYTES) {
                var low = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF);
                var high = ShortVector.fromMemorySegment(
                                Lanes.NARROW_SHORTS, memory, line + (long) length * Short.BYTES, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF);
                int x = from + i;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[x]);
                lowA = low.fma(input, lowA);
                highA = high.fma(input, highA);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + stride]);
                lowB = low.fma(input, lowB);
                highB = high.fma(input, highB);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 2 * stride]);
                lowC = low.fma(input, lowC);
                highC = high.fma(input, highC);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 3 * stride]);
                lowD = low.fma(input, lowD);
                highD = high.fma(input, highD);
            }
            lowA.intoArray(results, to + lane);
            lowB.intoArray(results, to + lane + Lanes.TILE_ROWS);
            lowC.intoArray(results, to + lane + 2 * Lanes.TILE_ROWS);
            lowD.intoArray(results, to + lane + 3 * Lanes.TILE_ROWS);
            highA.intoArray(results, to + lane + length);
            highB.intoArray(results, to + lane + length + Lanes.TILE_ROWS);
            highC.intoArray(results, to + lane + length + 2 * Lanes.TILE_ROWS);
            highD.intoArray(results, to + lane + length + 3 * Lanes.TILE_ROWS);
        }
    }

    private static void oneOfBrains(
            MemorySegment memory, long at, int columns, float[] inputs, int from, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var low = FloatVector.zero(Lanes.FLOATS);
            var high = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Short.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Short.BYTES) {
                var lowWeights = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats();
                var highWeights = ShortVector.fromMemorySegment(
                                Lanes.NARROW_SHORTS, memory, line + (long) length * Short.BYTES, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats();
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                low = lowWeights.fma(input, low);
                high = highWeights.fma(input, high);
            }
            low.intoArray(results, to + lane);
            high.intoArray(results, to + lane + length);
        }
    }

    private static void fourOfBrains(
            MemorySegment memory, long at, int columns, float[] inputs, int from, int stride, float[] results, int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var lowA = FloatVector.zero(Lanes.FLOATS);
            var lowB = FloatVector.zero(Lanes.FLOATS);
            var lowC = FloatVector.zero(Lanes.FLOATS);
            var lowD = FloatVector.zero(Lanes.FLOATS);
            var highA = FloatVector.zero(Lanes.FLOATS);
            var highB = FloatVector.zero(Lanes.FLOATS);
            var highC = FloatVector.zero(Lanes.FLOATS);
            var highD = FloatVector.zero(Lanes.FLOATS);
            long line = at + (long) lane * Short.BYTES;
            for (int i = 0; i < columns; i++, line += (long) Lanes.TILE_ROWS * Short.BYTES) {
                var low = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats();
                var high = ShortVector.fromMemorySegment(
                                Lanes.NARROW_SHORTS, memory, line + (long) length * Short.BYTES, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats();
                int x = from + i;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[x]);
                lowA = low.fma(input, lowA);
                highA = high.fma(input, highA);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + stride]);
                lowB = low.fma(input, lowB);
                highB = high.fma(input, highB);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 2 * stride]);
                lowC = low.fma(input, lowC);
                highC = high.fma(input, highC);
                input = FloatVector.broadcast(Lanes.FLOATS, inputs[x + 3 * stride]);
                lowD = low.fma(input, lowD);
                highD = high.fma(input, highD);
            }
            lowA.intoArray(results, to + lane);
            lowB.intoArray(results, to + lane + Lanes.TILE_ROWS);
            lowC.intoArray(results, to + lane + 2 * Lanes.TILE_ROWS);
            lowD.intoArray(results, to + lane + 3 * Lanes.TILE_ROWS);
            highA.intoArray(results, to + lane + length);
            highB.intoArray(results, to + lane + length + Lanes.TILE_ROWS);
            highC.intoArray(results, to + lane + length + 2 * Lanes.TILE_ROWS);
            highD.intoArray(results, to + lane + length + 3 * Lanes.TILE_ROWS);
        }
    }
}
