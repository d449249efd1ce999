package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A matrix of four-bit weights: {@code scale * nibble + minimum} for each row and block. Q4_0, Q4_1 and Q4_K are taken over
 * exactly; other types are requantized. Inputs stay floats: rounding them to eight bits is faster but changes answers.
 *
 * <p>A block is eight lines of one short for each row. Line k holds the nibbles of inputs k, k + 8, k + 16 and k + 24, lowest
 * first; they are masked but not shifted, {@link Rows} makes up for it. The minimum meets the sum of the block's inputs, which is the same
 * for all rows.
 */
final class FourBitMatrix extends QuantizedMatrix {
    private static final int LINES = 8;
    private static final int LINE_BYTES = Lanes.TILE_ROWS * Short.BYTES;
    private static final int NUMBER_BYTES = LINES * LINE_BYTES;
    private static final int NIBBLE_MAX = 15;

    /** The lower halves of eight bytes. */
    private static final long LOWER = 0x0f0f0f0f0f0f0f0fL;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, Lanes.ORDER);

    private FourBitMatrix(Tensor weight, Scales scales, Arena arena) {
        super(weight, NUMBER_BYTES, scales, arena);
    }

    /** Whether weights of such a type are taken over exactly. */
    static boolean holds(TensorType type) {
        return type == TensorType.Q4_0 || type == TensorType.Q4_1 || type == TensorType.Q4_K;
    }

    /** {@code weight} laid out in memory of {@code arena}. */
    static FourBitMatrix of(Tensor weight, Arena arena, WeightLoader loader) {
        var matrix = new FourBitMatrix(weight, scales(weight.type()), arena);
        matrix.fill(loader, (row, lane, scratch) -> {
            switch (weight.type()) {
                case Q4_0, Q4_1 -> matrix.takeOver(weight, row, lane, scratch);
                case Q4_K -> matrix.takeOverSuperBlocks(weight, row, lane, scratch);
                default -> matrix.requantize(weight, row, lane, scratch);
            }
        });
        return matrix;
    }

    /** Bytes that {@code weight} takes. */
    static long bytes(Tensor weight) {
        return bytes(weight, NUMBER_BYTES, scales(weight.type()));
    }

    private static Scales scales(TensorType type) {
        return switch (type) {
            case Q4_0 -> Scales.CENTERED;
            case Q4_K -> Scales.SUPER_MINIMUM;
            default -> Scales.MINIMUM;
        };
    }

    private void takeOver(Tensor weight, int row, int lane, WeightLoader.Scratch scratch) {
        var stored = scratch.storedRow(weight, row);
        var tile = scratch.tile();
        int storedBytes = weight.type().blockBytes();
        boolean minimum = weight.type() == TensorType.Q4_1;
        for (int block = 0; block < blocks; block++) {
            int at = block * storedBytes;
            int pairs = at + storedBytes - Lanes.BLOCK / 2;
            long first = (long) LONG.get(stored, pairs);
            long second = (long) LONG.get(stored, pairs + 8);
            put(tile, block, lane, first & LOWER, second & LOWER, first >>> 4 & LOWER, second >>> 4 & LOWER);
            int to = scaleAt(block, lane);
            WeightLoader.putShort(tile, to, WeightLoader.finite(weight, WeightLoader.shortAt(stored, at)));
            if (minimum) {
                WeightLoader.putShort(
                        tile, to + 2, WeightLoader.finite(weight, WeightLoader.shortAt(stored, at + Short.BYTES)));
            }
        }
    }

    private void takeOverSuperBlocks(Tensor weight, int row, int lane, WeightLoader.Scratch scratch) {
        var stored = scratch.storedRow(weight, row);
        var tile = scratch.tile();
        for (int block = 0; block < blocks; block++) {
            int at = block / 8 * weight.type().blockBytes();
            int quants = at + 16 + block % 8 / 2 * Lanes.BLOCK;
            int shift = block % 2 * 4;
            put(
                    tile,
                    block,
                    lane,
                    (long) LONG.get(stored, quants) >>> shift & LOWER,
                    (long) LONG.get(stored, quants + 8) >>> shift & LOWER,
                    (long) LONG.get(stored, quants + 16) >>> shift & LOWER,
                    (long) LONG.get(stored, quants + 24) >>> shift & LOWER);
        }
        StoredBlocks.sixBitScales(weight, stored, this, lane, tile);
    }

    private void requantize(Tensor weight, int row, int lane, WeightLoader.Scratch scratch) {
        var values = scratch.values(weight, row);
        var nibbles = scratch.numbers();
        for (int block = 0; block < blocks; block++) {
            int from = block * Lanes.BLOCK;
            int count = Math.min(Lanes.BLOCK, columns - from);
            float low = values[from];
            float high = values[from];
            for (int j = 1; j < count; j++) {
                low = Math.min(low, values[from + j]);
                high = Math.max(high, values[from + j]);
            }
            short scale = WeightLoader.half(weight, (high - low) / NIBBLE_MAX);
            short minimum = WeightLoader.half(weight, low);
            float step = Float.float16ToFloat(scale);
            for (int j = 0; j < Lanes.BLOCK; j++) {
                float steps = j < count && step > 0 ? (values[from + j] - Float.float16ToFloat(minimum)) / step : 0;
                nibbles[j] = (byte) Math.clamp(Math.round(steps), 0, NIBBLE_MAX);
            }
            put(
                    scratch.tile(),
                    block,
                    lane,
                    (long) LONG.get(nibbles, 0),
                    (long) LONG.get(nibbles, 8),
                    (long) LONG.get(nibbles, 16),
                    (long) LONG.get(nibbles, 24));
            int to = scaleAt(block, lane);
            WeightLoader.putShort(scratch.tile(), to, scale);
            WeightLoader.putShort(scratch.tile(), to + 2, minimum);
        }
    }

    /** One row of a block; eight nibbles in the bytes of each of the four. */
    private void put(byte[] tile, int block, int lane, long first, long second, long third, long fourth) {
        long low = first | second << 4;
        long high = third | fourth << 4;
        int at = block * blockBytes + lane * Short.BYTES;
        for (int line = 0; line < LINES; line++) {
            int four = (int) (low >>> 8 * line & 0xff | (high >>> 8 * line & 0xff) << 8);
            WeightLoader.putShort(tile, at + line * LINE_BYTES, (short) four);
        }
    }

    @Override
    int needs() {
        return Inputs.SCALED | scales.needs();
    }

    @Override
    void multiply(long at, Rows inputs, int token, float[] products) {
        multiply(memory, at, blockBytes, blocks, inputs.scaled, inputs.at(token), products);
    }

    @Override
    void multiplyFour(long at, Rows inputs, int token, float[] products) {
        multiplyFour(memory, at, blockBytes, blocks, inputs.scaled, inputs.at(token), inputs.stride, products);
    }

    // Each loop nest below is one method that calls nothing but the Vector API, whose methods the compiler always
    // inlines. Others it stops inlining once a method has become large, which depends on what was compiled first in
    // this process; the vectors that they take or return are then objects.

    // A nibble of each row stays where it lies: too large by a power of 16, and its input too small by it.

    /** Products of nibbles with one token: (blocks, rows of a tile). */
    private static void multiply(
            MemorySegment memory,
            long tileAt,
            int blockStride,
            int blocks,
            float[] inputs,
            int from,
            float[] products) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * blockStride;
                int first = from + block * Lanes.BLOCK;
                var even = FloatVector.zero(Lanes.FLOATS);
                var odd = FloatVector.zero(Lanes.FLOATS);
                for (int line = 0; line < LINES; line++) {
                    var four = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS,
                                    memory,
                                    at + line * LINE_BYTES + (long) lane * Short.BYTES,
                                    Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    int i = first + line;
                    even = ((FloatVector) four.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), even);
                    odd = ((FloatVector) four.and(NIBBLE_MAX << 4).convert(VectorOperators.I2F, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 8]), odd);
                    even = ((FloatVector) four.and(NIBBLE_MAX << 8).convert(VectorOperators.I2F, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 16]), even);
                    odd = ((FloatVector) four.and(NIBBLE_MAX << 12).convert(VectorOperators.I2F, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 24]), odd);
                }
                even.add(odd).intoArray(products, block * Lanes.TILE_ROWS + lane);
            }
        }
    }

    /**
     * As {@link #multiply} for four tokens one after the other, in the same order of operations for each; every weight is widened
     * once: (tokens, blocks, rows of a tile).
     */
    private static void multiplyFour(
            MemorySegment memory,
            long tileAt,
            int blockStride,
            int blocks,
            float[] inputs,
            int from,
            int stride,
            float[] products) {
        int next = blocks * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int block = 0; block < blocks; block++) {
                long at = tileAt + (long) block * blockStride;
                int first = from + block * Lanes.BLOCK;
                var evenA = FloatVector.zero(Lanes.FLOATS);
                var evenB = FloatVector.zero(Lanes.FLOATS);
                var evenC = FloatVector.zero(Lanes.FLOATS);
                var evenD = FloatVector.zero(Lanes.FLOATS);
                var oddA = FloatVector.zero(Lanes.FLOATS);
                var oddB = FloatVector.zero(Lanes.FLOATS);
                var oddC = FloatVector.zero(Lanes.FLOATS);
                var oddD = FloatVector.zero(Lanes.FLOATS);
                for (int line = 0; line < LINES; line++) {
                    var four = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS,
                                    memory,
                                    at + line * LINE_BYTES + (long) lane * Short.BYTES,
                                    Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    for (int half = 0; half < 2; half++) {
                        int i = first + line + 16 * half;
                        var even =
                                (FloatVector) four.and(NIBBLE_MAX << 8 * half).convert(VectorOperators.I2F, 0);
                        evenA = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), evenA);
                        evenB = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride]), evenB);
                        evenC = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride]), evenC);
                        evenD = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride]), evenD);
                        var odd = (FloatVector)
                                four.and(NIBBLE_MAX << 8 * half + 4).convert(VectorOperators.I2F, 0);
                        oddA = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 8]), oddA);
                        oddB = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride + 8]), oddB);
                        oddC = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride + 8]), oddC);
                        oddD = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride + 8]), oddD);
                    }
                }
                int to = block * Lanes.TILE_ROWS + lane;
                evenA.add(oddA).intoArray(products, to);
                evenB.add(oddB).intoArray(products, to + next);
                evenC.add(oddC).intoArray(products, to + 2 * next);
                evenD.add(oddD).intoArray(products, to + 3 * next);
            }
        }
    }
}
