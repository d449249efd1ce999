package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The scales of one tile of a quantized matrix, as they lie after the tile's whole numbers: for each group of inputs, the rows of
 * the tile side by side. Knows how each kind lies in memory and how it meets the sums of products.
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

    /** Bytes for a tile of so many groups. */
    long bytes(int groups) {
        int supers = Math.ceilDiv(groups * groupInputs, SUPER_INPUTS);
        return (long) Lanes.TILE_ROWS * ((long) groups * groupBytes + (long) supers * superBytes);
    }

    /** Where the scale of a row and group lies among a tile's scales. A minimum follows: a row of bytes, or two bytes, later. */
    int at(int group, int lane) {
        int width = superBytes == 0 ? groupBytes : Byte.BYTES;
        return group * groupBytes * Lanes.TILE_ROWS + lane * width;
    }

    /** Where the float16 of a row's 256 inputs lies, and two bytes later that of their minimums. */
    int superAt(int groups, int index, int lane) {
        return groups * groupBytes * Lanes.TILE_ROWS + (index * Lanes.TILE_ROWS + lane) * superBytes;
    }

    /**
     * Adds up what each group contributes to the outputs of a tile, in the order of the groups.
     *
     * @param at where the tile's scales begin
     * @param products (groups, rows of a tile) from {@code productsAt} on
     */
    void apply(
            MemorySegment memory,
            long at,
            int groups,
            float[] products,
            int productsAt,
            Rows inputs,
            int token,
            float[] results,
            int to) {
        int sumsAt = token * inputs.blocks;
        switch (this) {
            case HALF -> halves(memory, at, groups, products, productsAt, results, to);
            case CENTERED -> centered(memory, at, groups, products, productsAt, inputs.sums, sumsAt, results, to);
            case MINIMUM -> minimums(memory, at, groups, products, productsAt, inputs.sums, sumsAt, results, to);
            case SUPER, SUPER_SHORT ->
                supers(memory, at, groups, SUPER_INPUTS / groupInputs, products, productsAt, results, to);
            case SUPER_MINIMUM ->
                superMinimums(memory, at, groups, 8, products, productsAt, inputs.sums, sumsAt, results, to);
            case SUPER_MINIMUM_SHORT ->
                superMinimums(memory, at, groups, 16, products, productsAt, inputs.sumsOf16, 2 * sumsAt, results, to);
            case FLOAT, FLOAT_SHORT -> floats(memory, at, groups, products, productsAt, results, to);
        }
    }

    // Each loop nest below is one method without vectors as parameters, see FourBitMatrix.

    private static void halves(
            MemorySegment memory, long at, int groups, float[] products, int productsAt, float[] results, int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var scale = half(memory, at + ((long) group * Lanes.TILE_ROWS + lane) * Short.BYTES);
                var product = Lanes.load(products, productsAt + group * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void centered(
            MemorySegment memory,
            long at,
            int groups,
            float[] products,
            int productsAt,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var scale = half(memory, at + ((long) group * Lanes.TILE_ROWS + lane) * Short.BYTES);
                var product = Lanes.load(products, productsAt + group * Lanes.TILE_ROWS + lane)
                        .sub(sums[sumsAt + group] * CENTER);
                total = scale.fma(product.mul(LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void minimums(
            MemorySegment memory,
            long at,
            int groups,
            float[] products,
            int productsAt,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                var halves = IntVector.fromMemorySegment(
                        Lanes.INTS, memory, at + ((long) group * Lanes.TILE_ROWS + lane) * Integer.BYTES, Lanes.ORDER);
                var scale = lower(halves);
                var minimum = upper(halves);
                var product = Lanes.load(products, productsAt + group * Lanes.TILE_ROWS + lane);
                total = scale.fma(product.mul(LIFT_HALF), total);
                total = minimum.fma(FloatVector.broadcast(Lanes.FLOATS, sums[sumsAt + group] * LIFT_HALF), total);
            }
            total.mul(LIFT_HALF).intoArray(results, to + lane);
        }
    }

    private static void supers(
            MemorySegment memory,
            long at,
            int groups,
            int perSuper,
            float[] products,
            int productsAt,
            float[] results,
            int to) {
        long supersAt = at + (long) groups * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int first = 0; first < groups; first += perSuper) {
                long superAt = supersAt + ((long) (first / perSuper) * Lanes.TILE_ROWS + lane) * Short.BYTES;
                var scale = half(memory, superAt).mul(LIFT_HALF).mul(LIFT_HALF);
                for (int group = first; group < first + perSuper; group++) {
                    var product = Lanes.load(products, productsAt + group * Lanes.TILE_ROWS + lane);
                    total = Lanes.bytes(memory, at + (long) group * Lanes.TILE_ROWS, lane)
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
            int groups,
            int perSuper,
            float[] products,
            int productsAt,
            float[] sums,
            int sumsAt,
            float[] results,
            int to) {
        long supersAt = at + 2L * groups * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int first = 0; first < groups; first += perSuper) {
                long superAt = supersAt + ((long) (first / perSuper) * Lanes.TILE_ROWS + lane) * Integer.BYTES;
                var halves = IntVector.fromMemorySegment(Lanes.INTS, memory, superAt, Lanes.ORDER);
                var scale = lower(halves).mul(LIFT_HALF).mul(LIFT_HALF);
                var minimum = upper(halves).mul(LIFT_HALF).mul(LIFT_HALF);
                for (int group = first; group < first + perSuper; group++) {
                    long line = at + 2L * group * Lanes.TILE_ROWS;
                    var product = Lanes.load(products, productsAt + group * Lanes.TILE_ROWS + lane);
                    total = Lanes.bytes(memory, line, lane).mul(scale).fma(product, total);
                    total = Lanes.bytes(memory, line + Lanes.TILE_ROWS, lane)
                            .mul(minimum)
                            .fma(FloatVector.broadcast(Lanes.FLOATS, sums[sumsAt + group]), total);
                }
            }
            total.intoArray(results, to + lane);
        }
    }

    private static void floats(
            MemorySegment memory, long at, int groups, float[] products, int productsAt, float[] results, int to) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            var total = FloatVector.zero(Lanes.FLOATS);
            for (int group = 0; group < groups; group++) {
                int index = group * Lanes.TILE_ROWS + lane;
                total = FloatVector.fromMemorySegment(
                                Lanes.FLOATS, memory, at + (long) index * Float.BYTES, Lanes.ORDER)
                        .fma(Lanes.load(products, productsAt + index), total);
            }
            total.intoArray(results, to + lane);
        }
    }

    private static FloatVector half(MemorySegment memory, long at) {
        return Lanes.ints(ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, at, Lanes.ORDER))
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats();
    }

    private static FloatVector lower(IntVector halves) {
        return halves.lanewise(VectorOperators.LSHL, 16)
                .lanewise(VectorOperators.ASHR, 3)
                .and(HALF_BITS)
                .reinterpretAsFloats();
    }

    private static FloatVector upper(IntVector halves) {
        return halves.lanewise(VectorOperators.ASHR, 3).and(HALF_BITS).reinterpretAsFloats();
    }
}
