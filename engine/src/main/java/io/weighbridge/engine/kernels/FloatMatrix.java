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
        super(weight, (long) blocks(weight) * blockBytes(width), 0, arena);
        this.width = width;
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
        return tiles(weight) * blocks(weight) * blockBytes(width);
    }

    private static int blockBytes(Width width) {
        return Lanes.BLOCK * Lanes.TILE_ROWS * width.bytes;
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
        long at = tile * tileBytes + (long) lane * width.bytes;
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

    @Override
    void chunk(int tile, int block, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch) {
        long at = tile * tileBytes + (long) block * blockBytes(width);
        if (count == 1) {
            switch (width) {
                case FLOAT -> addFloats(memory, at, chunkBlocks, inputs.values, from, inputs.blockStep(), scratch.sums);
                case HALF -> addHalves(memory, at, chunkBlocks, inputs.values, from, inputs.blockStep(), scratch.sums);
                case BRAIN -> addBrains(memory, at, chunkBlocks, inputs.values, from, inputs.blockStep(), scratch.sums);
            }
            return;
        }
        for (int done = 0; done < chunkBlocks; done += WIDENED_BLOCKS) {
            int some = Math.min(WIDENED_BLOCKS, chunkBlocks - done);
            int values = some * Lanes.BLOCK * Lanes.TILE_ROWS;
            switch (width) {
                case FLOAT -> widenFloats(memory, at, values, scratch.weights);
                case HALF -> widenHalves(memory, at, values, scratch.weights);
                case BRAIN -> widenBrains(memory, at, values, scratch.weights);
            }
            Products.add(scratch.weights, some, inputs, from + done * Rows.BLOCK_STEP, count, scratch.sums);
            at += (long) values * width.bytes;
        }
    }

    // Each kernel is written out whole: a method that returns a vector may not be inlined, and makes an object of each
    // then. All keep to the order of sums that TiledMatrix says.

    private static void addFloats(
            MemorySegment memory, long at, int blocks, float[] inputs, int from, int step, float[] sums) {
        int length = Lanes.FLOATS.length();
        long row = (long) Lanes.TILE_ROWS * Float.BYTES;
        long right = (long) length * Float.BYTES;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var even0 = FloatVector.fromArray(Lanes.FLOATS, sums, lane);
            var even1 = FloatVector.fromArray(Lanes.FLOATS, sums, lane + length);
            var odd0 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane);
            var odd1 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane + length);
            for (int i = 0; i < blocks * Lanes.BLOCK; i += 2) {
                long line = at + i * row + (long) lane * Float.BYTES;
                int first = from + i / Lanes.BLOCK * step + i % Lanes.BLOCK;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[first]);
                var next = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 1]);
                even0 = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER)
                        .fma(input, even0);
                even1 = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + right, Lanes.ORDER)
                        .fma(input, even1);
                odd0 = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + row, Lanes.ORDER)
                        .fma(next, odd0);
                odd1 = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line + row + right, Lanes.ORDER)
                        .fma(next, odd1);
            }
            even0.intoArray(sums, lane);
            even1.intoArray(sums, lane + length);
            odd0.intoArray(sums, Lanes.TILE_ROWS + lane);
            odd1.intoArray(sums, Lanes.TILE_ROWS + lane + length);
        }
    }

    private static void widenFloats(MemorySegment memory, long at, int count, float[] result) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            FloatVector.fromMemorySegment(Lanes.FLOATS, memory, at + (long) i * Float.BYTES, Lanes.ORDER)
                    .intoArray(result, i);
        }
    }

    private static void addHalves(
            MemorySegment memory, long at, int blocks, float[] inputs, int from, int step, float[] sums) {
        int length = Lanes.FLOATS.length();
        long row = (long) Lanes.TILE_ROWS * Short.BYTES;
        long right = (long) length * Short.BYTES;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var even0 = FloatVector.fromArray(Lanes.FLOATS, sums, lane);
            var even1 = FloatVector.fromArray(Lanes.FLOATS, sums, lane + length);
            var odd0 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane);
            var odd1 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane + length);
            for (int i = 0; i < blocks * Lanes.BLOCK; i += 2) {
                long line = at + i * row + (long) lane * Short.BYTES;
                int first = from + i / Lanes.BLOCK * step + i % Lanes.BLOCK;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[first]);
                var next = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 1]);
                even0 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF)
                        .fma(input, even0);
                even1 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + right, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF)
                        .fma(input, even1);
                odd0 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + row, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF)
                        .fma(next, odd0);
                odd1 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + row + right, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 13)
                        .lanewise(VectorOperators.AND, HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF)
                        .fma(next, odd1);
            }
            even0.intoArray(sums, lane);
            even1.intoArray(sums, lane + length);
            odd0.intoArray(sums, Lanes.TILE_ROWS + lane);
            odd1.intoArray(sums, Lanes.TILE_ROWS + lane + length);
        }
    }

    private static void widenHalves(MemorySegment memory, long at, int count, float[] result) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, at + (long) i * Short.BYTES, Lanes.ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                    .lanewise(VectorOperators.LSHL, 13)
                    .lanewise(VectorOperators.AND, HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .intoArray(result, i);
        }
    }

    private static void addBrains(
            MemorySegment memory, long at, int blocks, float[] inputs, int from, int step, float[] sums) {
        int length = Lanes.FLOATS.length();
        long row = (long) Lanes.TILE_ROWS * Short.BYTES;
        long right = (long) length * Short.BYTES;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var even0 = FloatVector.fromArray(Lanes.FLOATS, sums, lane);
            var even1 = FloatVector.fromArray(Lanes.FLOATS, sums, lane + length);
            var odd0 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane);
            var odd1 = FloatVector.fromArray(Lanes.FLOATS, sums, Lanes.TILE_ROWS + lane + length);
            for (int i = 0; i < blocks * Lanes.BLOCK; i += 2) {
                long line = at + i * row + (long) lane * Short.BYTES;
                int first = from + i / Lanes.BLOCK * step + i % Lanes.BLOCK;
                var input = FloatVector.broadcast(Lanes.FLOATS, inputs[first]);
                var next = FloatVector.broadcast(Lanes.FLOATS, inputs[first + 1]);
                even0 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(input, even0);
                even1 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + right, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(input, even1);
                odd0 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + row, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(next, odd0);
                odd1 = ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, line + row + right, Lanes.ORDER)
                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                        .lanewise(VectorOperators.LSHL, 16)
                        .reinterpretAsFloats()
                        .fma(next, odd1);
            }
            even0.intoArray(sums, lane);
            even1.intoArray(sums, lane + length);
            odd0.intoArray(sums, Lanes.TILE_ROWS + lane);
            odd1.intoArray(sums, Lanes.TILE_ROWS + lane + length);
        }
    }

    private static void widenBrains(MemorySegment memory, long at, int count, float[] result) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, at + (long) i * Short.BYTES, Lanes.ORDER)
                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0)
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .intoArray(result, i);
        }
    }
}
