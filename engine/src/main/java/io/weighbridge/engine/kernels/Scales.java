package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scales of a quantized matrix, as they lie before the whole numbers of each chunk of a tile: for each group of inputs, the rows of
 * the tile side by side; before them what the types of two levels have for a whole chunk. Knows how each kind lies in memory and what
 * factor and what minimum it comes to: a weight is {@code number * factor + minimum}.
 */
enum Scales {
    /** A float16 for each group: Q8_0, Q5_0. */
    HALF(Short.BYTES, 0, 32),
    /** A float16 for each group, of numbers that are 8 too large: Q4_0. */
    CENTERED(Short.BYTES, 0, 32),
    /** A float16 and a float16 minimum for each group: Q4_1, Q5_1. */
    MINIMUM(Integer.BYTES, 0, 32),
    /** A byte for each group of 32, times a float16 for each 256 inputs: IQ4_XS. */
    SUPER(Byte.BYTES, Short.BYTES, 32),
    /** A byte for each group of 16, times a float16 for each 256 inputs: Q6_K, Q3_K. */
    SUPER_SHORT(Byte.BYTES, Short.BYTES, 16),
    /** Two bytes for each group of 32, scale and minimum, each times a float16 for each 256 inputs: Q4_K, Q5_K. */
    SUPER_MINIMUM(2 * Byte.BYTES, Integer.BYTES, 32),
    /** The same for groups of 16: Q2_K. */
    SUPER_MINIMUM_SHORT(2 * Byte.BYTES, Integer.BYTES, 16),
    /** A float for each group: MXFP4. */
    FLOAT(Float.BYTES, 0, 32),
    /** A float for each group of 16: NVFP4. */
    FLOAT_SHORT(Float.BYTES, 0, 16);

    /** Inputs that share a float16 in the kinds that have two levels: those of a chunk. */
    static final int SUPER_INPUTS = TiledMatrix.CHUNK_BLOCKS * Lanes.BLOCK;

    /** Inputs of the smallest group. */
    static final int GROUP_MIN = 16;

    /** What the numbers of {@link #CENTERED} are too large by. */
    private static final int CENTER = 8;

    /** Float16 bits moved into a float's place are too small by the square of this. */
    private static final float LIFT_HALF = 0x1p56f;

    /** Sign, exponent and fraction of a float16 moved into a float. */
    private static final int HALF_BITS = 0x8fffe000;

    private final int groupBytes;
    private final int superBytes;
    private final int groupInputs;

    Scales(int groupBytes, int superBytes, int groupInputs) {
        this.groupBytes = groupBytes;
        this.superBytes = superBytes;
        this.groupInputs = groupInputs;
    }

    /** Inputs that share a scale. */
    int groupInputs() {
        return groupInputs;
    }

    /** Groups of a block. */
    int groupsInBlock() {
        return Lanes.BLOCK / groupInputs;
    }

    /** Bytes before the numbers of a chunk of so many blocks. */
    int bytes(int blocks) {
        return Lanes.TILE_ROWS * (superBytes + groupBytes * groupsInBlock() * blocks);
    }

    /** Where the scale of a row and a group lies in a chunk. A minimum follows: two bytes later, or a row of bytes. */
    int at(int groupInChunk, int lane) {
        int width = superBytes == 0 ? groupBytes : Byte.BYTES;
        return Lanes.TILE_ROWS * (superBytes + groupInChunk * groupBytes) + lane * width;
    }

    /** Where the float16 of a row lies in a chunk, and two bytes later that of its minimums. */
    int superAt(int lane) {
        return lane * superBytes;
    }

    /** Widens what lies at {@code at} for the first {@code groups} of a chunk: (groups, rows of a tile) each. */
    void widen(MemorySegment memory, long at, int groups, float[] factors, float[] minimums) {
        long from = at + (long) Lanes.TILE_ROWS * superBytes;
        int count = groups * Lanes.TILE_ROWS;
        switch (this) {
            case HALF -> halves(memory, from, count, 0, factors, minimums);
            case CENTERED -> halves(memory, from, count, -CENTER, factors, minimums);
            case MINIMUM -> pairs(memory, from, count, factors, minimums);
            case SUPER, SUPER_SHORT -> supers(memory, at, from, groups, factors, minimums);
            case SUPER_MINIMUM, SUPER_MINIMUM_SHORT -> superPairs(memory, at, from, groups, factors, minimums);
            case FLOAT, FLOAT_SHORT -> floats(memory, from, count, factors, minimums);
        }
    }

    // Each loop nest below is one method that calls the Vector API only, see FourBitMatrix.

    private static void halves(
            MemorySegment memory, long at, int count, float shift, float[] factors, float[] minimums) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            var factor = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, at + (long) i * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF);
            factor.intoArray(factors, i);
            factor.mul(shift).intoArray(minimums, i);
        }
    }

    private static void pairs(MemorySegment memory, long at, int count, float[] factors, float[] minimums) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            var halves = IntVector.fromMemorySegment(Lanes.INTS, memory, at + (long) i * Integer.BYTES, Lanes.ORDER);
            halves.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF)
                    .intoArray(factors, i);
            halves.lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF)
                    .intoArray(minimums, i);
        }
    }

    private static void supers(
            MemorySegment memory, long supersAt, long at, int groups, float[] factors, float[] minimums) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var factor = ((IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, supersAt + (long) lane * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF);
            for (int i = lane; i < groups * Lanes.TILE_ROWS; i += Lanes.TILE_ROWS) {
                ((FloatVector) ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, at + i, Lanes.ORDER)
                                .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                        .mul(factor)
                        .intoArray(factors, i);
                FloatVector.zero(Lanes.FLOATS).intoArray(minimums, i);
            }
        }
    }

    private static void superPairs(
            MemorySegment memory, long supersAt, long at, int groups, float[] factors, float[] minimums) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var halves = IntVector.fromMemorySegment(
                    Lanes.INTS, memory, supersAt + (long) lane * Integer.BYTES, Lanes.ORDER);
            var factor = halves.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF);
            var minimum = halves.lanewise(VectorOperators.ASHR, 3)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(LIFT_HALF)
                    .mul(LIFT_HALF);
            for (int i = lane; i < groups * Lanes.TILE_ROWS; i += Lanes.TILE_ROWS) {
                long line = at + 2L * i - lane;
                ((FloatVector) ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line, Lanes.ORDER)
                                .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                        .mul(factor)
                        .intoArray(factors, i);
                ((FloatVector) ByteVector.fromMemorySegment(
                                        Lanes.NARROW_BYTES, memory, line + Lanes.TILE_ROWS, Lanes.ORDER)
                                .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                        .mul(minimum)
                        .intoArray(minimums, i);
            }
        }
    }

    private static void floats(MemorySegment memory, long at, int count, float[] factors, float[] minimums) {
        for (int i = 0; i < count; i += Lanes.FLOATS.length()) {
            FloatVector.fromMemorySegment(Lanes.FLOATS, memory, at + (long) i * Float.BYTES, Lanes.ORDER)
                    .intoArray(factors, i);
            FloatVector.zero(Lanes.FLOATS).intoArray(minimums, i);
        }
    }
}
