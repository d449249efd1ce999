package io.weighbridge.engine.kernels;

import java.nio.ByteOrder;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector shapes that all kernels share: the machine's own width, 128 to 512 bits, and what widens to it. Layouts in memory do not
 * depend on it. Also the float operation that must give the same bits interpreted and compiled, which the Vector API's own
 * reduction does not promise.
 */
final class Lanes {
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    /** Rows of a tile: one 512-bit vector of shorts, or two or four narrower ones. */
    static final int TILE_ROWS = 32;

    /** Values that share a scale. */
    static final int BLOCK = 32;

    private static final VectorShape SHAPE = ShortVector.SPECIES_PREFERRED.vectorBitSize() > 512
            ? VectorShape.S_512_BIT
            : ShortVector.SPECIES_PREFERRED.vectorShape();

    static final VectorSpecies<Short> SHORTS = SHAPE.withLanes(short.class);
    static final VectorSpecies<Integer> INTS = SHAPE.withLanes(int.class);
    static final VectorSpecies<Float> FLOATS = SHAPE.withLanes(float.class);

    /** As many shorts as {@link #FLOATS} has lanes. */
    static final VectorSpecies<Short> NARROW_SHORTS =
            VectorShape.forBitSize(SHAPE.vectorBitSize() / 2).withLanes(short.class);

    /**
     * As many bytes as {@link #FLOATS} has lanes, but at least the eight of the narrowest vector: with floats of 128 bits it reads four
     * bytes beyond a line, where there is always something, and drops them.
     */
    static final VectorSpecies<Byte> NARROW_BYTES =
            VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 4)).withLanes(byte.class);

    private Lanes() {}

    /** All of a vector's lanes added, from the first to the last. */
    static float sum(float[] lanes) {
        var sum = lanes[0];
        for (int i = 1; i < lanes.length; i++) {
            sum += lanes[i];
        }
        return sum;
    }
}
