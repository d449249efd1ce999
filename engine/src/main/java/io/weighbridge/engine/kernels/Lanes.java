package io.weighbridge.engine.kernels;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vector shapes that all kernels share: the machine's own width, 128 to 512 bits, and what widens to it. Layouts in memory do not
 * depend on it. Also the float operations that must give the same bits interpreted and compiled, which the Vector API's own
 * reductions and exponential do not promise.
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

    /** As many bytes as {@link #FLOATS} has lanes, but at least the eight of the narrowest vector. */
    static final VectorSpecies<Byte> NARROW_BYTES =
            VectorShape.forBitSize(Math.max(64, SHAPE.vectorBitSize() / 4)).withLanes(byte.class);

    private static final float LOG2_E = 1.442695040f;
    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;

    /** Added and taken away again, it leaves the nearest whole number, ties to even. */
    static final float ROUNDING = 12582912f;

    /** Below it, e^x is a subnormal float. */
    private static final float EXP_MIN = -87f;

    private static final float EXP_MAX = 88f;

    private Lanes() {}

    static FloatVector load(float[] values, int offset) {
        return FloatVector.fromArray(FLOATS, values, offset);
    }

    static IntVector ints(ShortVector narrow) {
        return (IntVector) narrow.convertShape(VectorOperators.S2I, INTS, 0);
    }

    static FloatVector floats(ByteVector narrow, int part) {
        return (FloatVector) narrow.convertShape(VectorOperators.B2F, FLOATS, part);
    }

    /** The bytes of {@code line} from {@code lane} on, as many as {@link #FLOATS} has lanes, as floats. */
    static FloatVector bytes(MemorySegment memory, long line, int lane) {
        if (NARROW_BYTES.length() == FLOATS.length()) {
            return floats(ByteVector.fromMemorySegment(NARROW_BYTES, memory, line + lane, ORDER), 0);
        }
        // The narrowest byte vector has eight lanes, twice those of a 128-bit vector of floats.
        var bytes = ByteVector.fromMemorySegment(NARROW_BYTES, memory, line + (lane & -NARROW_BYTES.length()), ORDER);
        return (lane & FLOATS.length()) == 0 ? floats(bytes, 0) : floats(bytes, 1);
    }

    /** All lanes added, from the first to the last. */
    static float sum(FloatVector vector) {
        var lanes = vector.toArray();
        var sum = lanes[0];
        for (int i = 1; i < lanes.length; i++) {
            sum += lanes[i];
        }
        return sum;
    }

    /** e^x within two units in the last place for x from -87 to 88; outside, its value at the nearer bound. */
    static FloatVector exp(FloatVector exponent) {
        var x = exponent.max(EXP_MIN).min(EXP_MAX);
        var whole = x.mul(LOG2_E).add(ROUNDING).sub(ROUNDING);
        var rest = whole.mul(-LN2_LOW).add(whole.mul(-LN2_HIGH).add(x));
        var powers = FloatVector.broadcast(FLOATS, 1.9875691500e-4f);
        powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 1.3981999507e-3f));
        powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 8.3334519073e-3f));
        powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 4.1665795894e-2f));
        powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 1.6666665459e-1f));
        powers = powers.fma(rest, FloatVector.broadcast(FLOATS, 0.5f));
        powers = powers.fma(rest.mul(rest), rest).add(1f);
        var scale = ((IntVector) whole.convert(VectorOperators.F2I, 0))
                .add(127)
                .lanewise(VectorOperators.LSHL, 23)
                .reinterpretAsFloats();
        return powers.mul(scale);
    }
}
