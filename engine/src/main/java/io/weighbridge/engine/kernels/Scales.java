package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scales of one tile of a quantized matrix, as they lie after the whole numbers of each block: for each group of inputs, the
 * rows of the tile side by side. Knows how each kind lies in memory and how it meets the sums of products.
 */
enum Scales {
    /** A float16 for each group: Q8_0, Q5_0. */
    HALF(Short.BYTES, 0, 0, 32),
    /** A float16 for each group, of numbers that are 8 too large: Q4_0. */
    CENTERED(Short.BYTES, 0, Inputs.SUMS, 32),
    /** A float16 and a float16 minimum for each group: Q4_1, Q5_1. */
    MINIMUM(Integer.BYTES, 0, Inputs.SUMS, 32),
    /** A byte for each group of 32, times a float16 for each 256 inputs: IQ4_XS. */
    SUPER(Byte.BYTES, Short.BYTES, 0, 32),
    /** A byte for each group of 16, times a float16 for each 256 inputs: Q6_K, Q3_K. */
    SUPER_SHORT(Byte.BYTES, Short.BYTES, 0, 16),
    /** Two bytes for each group of 32, scale and minimum, each times a float16 for each 256 inputs: Q4_K, Q5_K. */
    SUPER_MINIMUM(2 * Byte.BYTES, Integer.BYTES, Inputs.SUMS, 32),
    /** The same for groups of 16: Q2_K. */
    SUPER_MINIMUM_SHORT(2 * Byte.BYTES, Integer.BYTES, Inputs.SUMS_OF_16, 16),
    /** A float for each group: MXFP4. */
    FLOAT(Float.BYTES, 0, 0, 32),
    /** A float for each group of 16: NVFP4. */
    FLOAT_SHORT(Float.BYTES, 0, 0, 16);

    /** Inputs that share a float16 in the kinds that have two levels. */
    static final int SUPER_INPUTS = 256;

    private static final int SUPER_BLOCKS = SUPER_INPUTS / Lanes.BLOCK;

    /** What the numbers of {@link #CENTERED} are too large by. */
    static final int CENTER = 8;

    /** Float16 bits moved into a float's place are too small by the square of this. */
    private static final float LIFT_HALF = 0x1p56f;

    /** Sign, exponent and fraction of a float16 moved into a float. */
    private static final int HALF_BITS = 0x8fffe000;

    private final int groupBytes;
    private final int superBytes;
    private final int needs;
    private final int groupInputs;

    Scales(int groupBytes, int superBytes, int needs, int groupInputs) {
        this.groupBytes = groupBytes;
        this.superBytes = superBytes;
        this.needs = needs;
        this.groupInputs = groupInputs;
    }

    /** What this reads of the inputs beside their products; see {@link Inputs}. */
    int needs() {
        return needs;
    }

    /** Inputs that share a scale. */
    int groupInputs() {
        return groupInputs;
    }

    /** Bytes that follow the numbers of each block of a tile. */
    int blockBytes() {
        return Lanes.TILE_ROWS * groupBytes * (Lanes.BLOCK / groupInputs);
    }

    /** Bytes at the end of a tile of so many blocks. */
    int superBytes(int blocks) {
        return Lanes.TILE_ROWS * superBytes * Math.ceilDiv(blocks * Lanes.BLOCK, SUPER_INPUTS);
    }

    /** Where the scale of a row and a group lies among a block's scales. */
    int at(int groupInBlock, int lane) {
        int width = superBytes == 0 ? groupBytes : Byte.BYTES;
        return groupInBlock * groupBytes * Lanes.TILE_ROWS + lane * width;
    }

    /** Where the float16 of a row's 256 inputs lies among those of a tile. */
    int superAt(int index, int lane) {
        return (index * Lanes.TILE_ROWS + lane) * superBytes;
    }

    /**
     * Adds up what each group contributes to the outputs of a tile, in the order of the groups.
     *
     * @param tileAt where the tile begins
     * @param stride bytes from one block of it to the next, of which {@code numberBytes} are numbers
     * @param products (groups, rows of a tile) from {@code from} on
     */
    void apply(
            MemorySegment memory,
            long tileAt,
            int blocks,
            int stride,
            int numberBytes,
            float[] products,
            int from,
            Rows inputs,
            int token,
            float[] results,
            int to) {
        long at = tileAt + numberBytes;
        long supersAt = tileAt + (long) blocks * stride;
        int sumsAt = token * inputs.blocks;
        switch (this) {
            case HALF -> halves(memory, at, stride, blocks, products, from, results, to);
            case CENTERED -> centered(memory, at, stride, blocks, products, from, inputs.sums, sumsAt, results, to);
            case MINIMUM -> minimums(memory, at, stride, blocks, products, from, inputs.sums, sumsAt, results, to);
            case SUPER -> supers(memory, at, stride, supersAt, blocks, 1, products, from, results, to);
            case SUPER_SHORT -> supers(memory, at, stride, supersAt, blocks, 2, products, from, results, to);
            case SUPER_MINIMUM ->
                superMinimums(
                        memory, at, stride, supersAt, blocks, 1, products, from, inputs.sums, sumsAt, results, to);
            case SUPER_MINIMUM_SHORT ->
                superMinimums(
                        memory,
                        at,
                        stride,
                        supersAt,
                        blocks,
                        2,
                        products,
                        from,
                        inputs.sumsOf16,
                        2 * sumsAt,
                        results,
                        to);
            case FLOAT -> floats(memory, at, stride, blocks, 1, products, from, results, to);
            case FLOAT_SHORT -> floats(memory, at, stride, blocks, 2, products, from, results, to);
        }
    }

    // Each loop nest below is one method that calls the Vector API only, see FourBitMatrix.

    private static void halves(
            MemorySegment memory,
            long at,
            int stride,
            int groups,
            float[] products,
            int from,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var scale = ((IntVector) ShortVector.fromMemorySegment(
                                        Lanes.NARROW_SHORTS,
                                        memory,
                                        at + (long) group * stride + (long) lane * Short.BYTES,
                                        Lanes.ORDER)
                                .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var product = FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void centered(
            MemorySegment memory,
            long at,
            int stride,
            int groups,
            float[] products,
            int from,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var scale = ((IntVector) ShortVector.fromMemorySegment(
                                        Lanes.NARROW_SHORTS,
                                        memory,
                                        at + (long) group * stride + (long) lane * Short.BYTES,
                                        Lanes.ORDER)
                                .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var product = FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane)
                        .sub(sums[sumsAt + group] * CENTER);
                total = scale.fma(product.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void minimums(
            MemorySegment memory,
            long at,
            int stride,
            int groups,
            float[] products,
            int from,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var halves = IntVector.fromMemorySegment(
                        Lanes.INTS, memory, at + (long) group * stride + (long) lane * Integer.BYTES, Lanes.ORDER);
                var scale = halves.lanewise(VectorOperators.LSHL, 16)
                        .lanewise(VectorOperators.ASHR, 3)
                        .and(HALF_BITS)
                        .reinterpretAsFloats();
                var minimum =
                        halves.lanewise(VectorOperators.ASHR, 3).and(HALF_BITS).reinterpretAsFloats();
                var product = FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
                total = minimum.fma(FloatVector.broadcast(Lanes.FLOATS, sums[sumsAt + group] * LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void supers(
            MemorySegment memory,
            long at,
            int stride,
            long supersAt,
            int blocks,
            int inBlock,
            float[] products,
            int from,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int first = 0; first < blocks; first += SUPER_BLOCKS) {
                long superAt = supersAt + ((long) (first / SUPER_BLOCKS) * Lanes.TILE_ROWS + lane) * Short.BYTES;
                var scale = ((IntVector)
                                ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, superAt, Lanes.ORDER)
                                        .convertShape(VectorOperators.S2I, Lanes.INTS, 0))
                        .lanewise(VectorOperators.LSHL, 13)
                        .and(HALF_BITS)
                        .reinterpretAsFloats()
                        .mul(LIFT_HALF)
                        .mul(LIFT_HALF);
                for (int group = first * inBlock; group < (first + SUPER_BLOCKS) * inBlock; group++) {
                    long line = at + (long) (group / inBlock) * stride + group % inBlock * Lanes.TILE_ROWS;
                    var product = FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane);
                    total = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + lane, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .mul(scale)
                            .fma(product, total);
                }
            }
            total.intoArray(results, to + lane);
        }
    }

    private static void superMinimums(
            MemorySegment memory,
            long at,
            int stride,
            long supersAt,
            int blocks,
            int inBlock,
            float[] products,
            int from,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int first = 0; first < blocks; first += SUPER_BLOCKS) {
                long superAt = supersAt + ((long) (first / SUPER_BLOCKS) * Lanes.TILE_ROWS + lane) * Integer.BYTES;
                var halves = IntVector.fromMemorySegment(Lanes.INTS, memory, superAt, Lanes.ORDER);
                var scale = halves.lanewise(VectorOperators.LSHL, 16)
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
                for (int group = first * inBlock; group < (first + SUPER_BLOCKS) * inBlock; group++) {
                    long line = at + (long) (group / inBlock) * stride + group % inBlock * 2L * Lanes.TILE_ROWS;
                    var product = FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane);
                    total = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + lane, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .mul(scale)
                            .fma(product, total);
                    total = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + Lanes.TILE_ROWS + lane, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .mul(minimum)
                            .fma(FloatVector.broadcast(Lanes.FLOATS, sums[sumsAt + group]), total);
                }
            }
            total.intoArray(results, to + lane);
        }
    }

    private static void floats(
            MemorySegment memory,
            long at,
            int stride,
            int blocks,
            int inBlock,
            float[] products,
            int from,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < blocks * inBlock; group++) {
                long line = at
                        + (long) (group / inBlock) * stride
                        + (group % inBlock * Lanes.TILE_ROWS + lane) * (long) Float.BYTES;
                total = FloatVector.fromMemorySegment(Lanes.FLOATS, memory, line, Lanes.ORDER)
                        .fma(
                                FloatVector.fromArray(Lanes.FLOATS, products, from + group * Lanes.TILE_ROWS + lane),
                                total);
            }
            total.intoArray(results, to + lane);
        }
    }
}
