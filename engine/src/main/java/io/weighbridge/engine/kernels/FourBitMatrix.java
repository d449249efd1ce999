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
 * <p>A block is eight lines of one short for each row. Line k holds the nibbles of inputs 4 k to 4 k + 3, lowest first.
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
        int at = numberAt(block) + lane * Short.BYTES;
        putTwoLines(tile, at, first);
        putTwoLines(tile, at + 2 * LINE_BYTES, second);
        putTwoLines(tile, at + 4 * LINE_BYTES, third);
        putTwoLines(tile, at + 6 * LINE_BYTES, fourth);
    }

    private static void putTwoLines(byte[] tile, int at, long nibbles) {
        int packed = (int) Long.compress(nibbles, LOWER);
        WeightLoader.putShort(tile, at, (short) packed);
        WeightLoader.putShort(tile, at + LINE_BYTES, (short) (packed >>> 16));
    }

    @Override
    void addOne(long at, int blocks, TileScratch scratch, float[] inputs, int from, int blockStep, int sumsAt) {
        addOne(memory, at, blocks, scratch.factors, scratch.minimums, inputs, from, blockStep, scratch.sums, sumsAt);
    }

    @Override
    void addTwo(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt) {
        addTwo(memory, at, blocks, scratch.factors, scratch.minimums, inputs, from, step, scratch.sums, sumsAt);
    }

    @Override
    void addFour(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt) {
        addFour(memory, at, blocks, scratch.factors, scratch.minimums, inputs, from, step, scratch.sums, sumsAt);
    }

    @Override
    void widen(long at, int blocks, TileScratch scratch, int group) {
        widen(memory, at, blocks, scratch.factors, scratch.minimums, group * Lanes.TILE_ROWS, scratch.weights);
    }

    // Each loop nest below is one method that calls nothing but the Vector API, whose methods the compiler always
    // inlines. Others it stops inlining once a method has become large, which depends on what was compiled first in
    // this process; the vectors that they take or return are then objects.

    /** One token: nibbles stay where they lie, too large by a power of 16, and their factors are too small by it, which is exact. */
    private static void addOne(
            MemorySegment memory,
            long at,
            int blocks,
            float[] factors,
            float[] minimums,
            float[] inputs,
            int from,
            int blockStep,
            float[] sums,
            int to) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var aEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane);
            var aEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + length);
            var aOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS);
            var aOdd1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS + length);
            for (int block = 0; block < blocks; block++) {
                int group = block * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group);
                var leftFactor1 = leftFactor.mul(0x1p-4f);
                var leftFactor2 = leftFactor.mul(0x1p-8f);
                var leftFactor3 = leftFactor.mul(0x1p-12f);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group + length);
                var rightFactor1 = rightFactor.mul(0x1p-4f);
                var rightFactor2 = rightFactor.mul(0x1p-8f);
                var rightFactor3 = rightFactor.mul(0x1p-12f);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group + length);
                for (int line = 0; line < LINES; line++) {
                    long lineAt = at + (block * LINES + line) * LINE_BYTES + (long) lane * Short.BYTES;
                    int i = block * blockStep + line * 4;
                    var left =
                            (IntVector) ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, lineAt, Lanes.ORDER)
                                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var right = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, lineAt + (long) length * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var left0 = ((FloatVector) left.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right0 = ((FloatVector) right.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a0 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = left0.fma(a0, aEven0);
                    aEven1 = right0.fma(a0, aEven1);
                    var left1 = ((FloatVector) left.and(NIBBLE_MAX << 4).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor1, leftMinimum);
                    var right1 = ((FloatVector) right.and(NIBBLE_MAX << 4).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor1, rightMinimum);
                    var a1 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = left1.fma(a1, aOdd0);
                    aOdd1 = right1.fma(a1, aOdd1);
                    var left2 = ((FloatVector) left.and(NIBBLE_MAX << 8).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor2, leftMinimum);
                    var right2 = ((FloatVector) right.and(NIBBLE_MAX << 8).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor2, rightMinimum);
                    var a2 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 2]);
                    aEven0 = left2.fma(a2, aEven0);
                    aEven1 = right2.fma(a2, aEven1);
                    var left3 = ((FloatVector) left.and(NIBBLE_MAX << 12).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor3, leftMinimum);
                    var right3 = ((FloatVector) right.and(NIBBLE_MAX << 12).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor3, rightMinimum);
                    var a3 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 3]);
                    aOdd0 = left3.fma(a3, aOdd0);
                    aOdd1 = right3.fma(a3, aOdd1);
                }
            }
            aEven0.intoArray(sums, to + lane);
            aEven1.intoArray(sums, to + lane + length);
            aOdd0.intoArray(sums, to + lane + Lanes.TILE_ROWS);
            aOdd1.intoArray(sums, to + lane + Lanes.TILE_ROWS + length);
        }
    }

    /** Two tokens one after the other, in the same order of operations for each; every weight is widened once. */
    private static void addTwo(
            MemorySegment memory,
            long at,
            int blocks,
            float[] factors,
            float[] minimums,
            float[] inputs,
            int from,
            int step,
            float[] sums,
            int to) {
        int length = Lanes.FLOATS.length();
        int atB = from + step;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var aEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane);
            var aEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + length);
            var aOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS);
            var aOdd1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS + length);
            var bEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS);
            var bEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + length);
            var bOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + Lanes.TILE_ROWS);
            var bOdd1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + Lanes.TILE_ROWS + length);
            for (int block = 0; block < blocks; block++) {
                int group = block * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group + length);
                for (int line = 0; line < LINES; line++) {
                    long lineAt = at + (block * LINES + line) * LINE_BYTES + (long) lane * Short.BYTES;
                    int i = block * Rows.BLOCK_STEP + line * 4;
                    var left =
                            (IntVector) ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, lineAt, Lanes.ORDER)
                                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var right = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, lineAt + (long) length * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var left0 = ((FloatVector) left.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right0 = ((FloatVector) right.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a0 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = left0.fma(a0, aEven0);
                    aEven1 = right0.fma(a0, aEven1);
                    var b0 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                    bEven0 = left0.fma(b0, bEven0);
                    bEven1 = right0.fma(b0, bEven1);
                    var left1 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right1 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a1 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = left1.fma(a1, aOdd0);
                    aOdd1 = right1.fma(a1, aOdd1);
                    var b1 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 1]);
                    bOdd0 = left1.fma(b1, bOdd0);
                    bOdd1 = right1.fma(b1, bOdd1);
                    var left2 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right2 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a2 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 2]);
                    aEven0 = left2.fma(a2, aEven0);
                    aEven1 = right2.fma(a2, aEven1);
                    var b2 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 2]);
                    bEven0 = left2.fma(b2, bEven0);
                    bEven1 = right2.fma(b2, bEven1);
                    var left3 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right3 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a3 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 3]);
                    aOdd0 = left3.fma(a3, aOdd0);
                    aOdd1 = right3.fma(a3, aOdd1);
                    var b3 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 3]);
                    bOdd0 = left3.fma(b3, bOdd0);
                    bOdd1 = right3.fma(b3, bOdd1);
                }
            }
            aEven0.intoArray(sums, to + lane);
            aEven1.intoArray(sums, to + lane + length);
            aOdd0.intoArray(sums, to + lane + Lanes.TILE_ROWS);
            aOdd1.intoArray(sums, to + lane + Lanes.TILE_ROWS + length);
            bEven0.intoArray(sums, to + lane + Products.SUMS);
            bEven1.intoArray(sums, to + lane + Products.SUMS + length);
            bOdd0.intoArray(sums, to + lane + Products.SUMS + Lanes.TILE_ROWS);
            bOdd1.intoArray(sums, to + lane + Products.SUMS + Lanes.TILE_ROWS + length);
        }
    }

    /** As {@link #addTwo} for four tokens, whose sums fill half of 32 registers. */
    private static void addFour(
            MemorySegment memory,
            long at,
            int blocks,
            float[] factors,
            float[] minimums,
            float[] inputs,
            int from,
            int step,
            float[] sums,
            int to) {
        int length = Lanes.FLOATS.length();
        int atB = from + step;
        int atC = from + 2 * step;
        int atD = from + 3 * step;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            var aEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane);
            var aEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + length);
            var aOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS);
            var aOdd1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Lanes.TILE_ROWS + length);
            var bEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS);
            var bEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + length);
            var bOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + Lanes.TILE_ROWS);
            var bOdd1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + Products.SUMS + Lanes.TILE_ROWS + length);
            var cEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 2 * Products.SUMS);
            var cEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 2 * Products.SUMS + length);
            var cOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 2 * Products.SUMS + Lanes.TILE_ROWS);
            var cOdd1 =
                    FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 2 * Products.SUMS + Lanes.TILE_ROWS + length);
            var dEven0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 3 * Products.SUMS);
            var dEven1 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 3 * Products.SUMS + length);
            var dOdd0 = FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 3 * Products.SUMS + Lanes.TILE_ROWS);
            var dOdd1 =
                    FloatVector.fromArray(Lanes.FLOATS, sums, to + lane + 3 * Products.SUMS + Lanes.TILE_ROWS + length);
            for (int block = 0; block < blocks; block++) {
                int group = block * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, group + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, group + length);
                for (int line = 0; line < LINES; line++) {
                    long lineAt = at + (block * LINES + line) * LINE_BYTES + (long) lane * Short.BYTES;
                    int i = block * Rows.BLOCK_STEP + line * 4;
                    var left =
                            (IntVector) ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, lineAt, Lanes.ORDER)
                                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var right = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, lineAt + (long) length * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var left0 = ((FloatVector) left.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right0 = ((FloatVector) right.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a0 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = left0.fma(a0, aEven0);
                    aEven1 = right0.fma(a0, aEven1);
                    var b0 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                    bEven0 = left0.fma(b0, bEven0);
                    bEven1 = right0.fma(b0, bEven1);
                    var c0 = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i]);
                    cEven0 = left0.fma(c0, cEven0);
                    cEven1 = right0.fma(c0, cEven1);
                    var d0 = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i]);
                    dEven0 = left0.fma(d0, dEven0);
                    dEven1 = right0.fma(d0, dEven1);
                    var left1 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right1 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a1 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = left1.fma(a1, aOdd0);
                    aOdd1 = right1.fma(a1, aOdd1);
                    var b1 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 1]);
                    bOdd0 = left1.fma(b1, bOdd0);
                    bOdd1 = right1.fma(b1, bOdd1);
                    var c1 = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i + 1]);
                    cOdd0 = left1.fma(c1, cOdd0);
                    cOdd1 = right1.fma(c1, cOdd1);
                    var d1 = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i + 1]);
                    dOdd0 = left1.fma(d1, dOdd0);
                    dOdd1 = right1.fma(d1, dOdd1);
                    var left2 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right2 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a2 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 2]);
                    aEven0 = left2.fma(a2, aEven0);
                    aEven1 = right2.fma(a2, aEven1);
                    var b2 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 2]);
                    bEven0 = left2.fma(b2, bEven0);
                    bEven1 = right2.fma(b2, bEven1);
                    var c2 = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i + 2]);
                    cEven0 = left2.fma(c2, cEven0);
                    cEven1 = right2.fma(c2, cEven1);
                    var d2 = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i + 2]);
                    dEven0 = left2.fma(d2, dEven0);
                    dEven1 = right2.fma(d2, dEven1);
                    var left3 = ((FloatVector) left.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum);
                    var right3 = ((FloatVector) right.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum);
                    var a3 = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 3]);
                    aOdd0 = left3.fma(a3, aOdd0);
                    aOdd1 = right3.fma(a3, aOdd1);
                    var b3 = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 3]);
                    bOdd0 = left3.fma(b3, bOdd0);
                    bOdd1 = right3.fma(b3, bOdd1);
                    var c3 = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i + 3]);
                    cOdd0 = left3.fma(c3, cOdd0);
                    cOdd1 = right3.fma(c3, cOdd1);
                    var d3 = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i + 3]);
                    dOdd0 = left3.fma(d3, dOdd0);
                    dOdd1 = right3.fma(d3, dOdd1);
                }
            }
            aEven0.intoArray(sums, to + lane);
            aEven1.intoArray(sums, to + lane + length);
            aOdd0.intoArray(sums, to + lane + Lanes.TILE_ROWS);
            aOdd1.intoArray(sums, to + lane + Lanes.TILE_ROWS + length);
            bEven0.intoArray(sums, to + lane + Products.SUMS);
            bEven1.intoArray(sums, to + lane + Products.SUMS + length);
            bOdd0.intoArray(sums, to + lane + Products.SUMS + Lanes.TILE_ROWS);
            bOdd1.intoArray(sums, to + lane + Products.SUMS + Lanes.TILE_ROWS + length);
            cEven0.intoArray(sums, to + lane + 2 * Products.SUMS);
            cEven1.intoArray(sums, to + lane + 2 * Products.SUMS + length);
            cOdd0.intoArray(sums, to + lane + 2 * Products.SUMS + Lanes.TILE_ROWS);
            cOdd1.intoArray(sums, to + lane + 2 * Products.SUMS + Lanes.TILE_ROWS + length);
            dEven0.intoArray(sums, to + lane + 3 * Products.SUMS);
            dEven1.intoArray(sums, to + lane + 3 * Products.SUMS + length);
            dOdd0.intoArray(sums, to + lane + 3 * Products.SUMS + Lanes.TILE_ROWS);
            dOdd1.intoArray(sums, to + lane + 3 * Products.SUMS + Lanes.TILE_ROWS + length);
        }
    }

    /** All weights of some blocks: (inputs, rows of a tile). */
    private static void widen(
            MemorySegment memory, long at, int blocks, float[] factors, float[] minimums, int group, float[] weights) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            for (int block = 0; block < blocks; block++) {
                int scale = group + block * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale + length);
                for (int line = 0; line < LINES; line++) {
                    long lineAt = at + (block * LINES + line) * LINE_BYTES + (long) lane * Short.BYTES;
                    int to = (block * Lanes.BLOCK + line * 4) * Lanes.TILE_ROWS + lane;
                    var left =
                            (IntVector) ShortVector.fromMemorySegment(Lanes.NARROW_SHORTS, memory, lineAt, Lanes.ORDER)
                                    .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    var right = (IntVector) ShortVector.fromMemorySegment(
                                    Lanes.NARROW_SHORTS, memory, lineAt + (long) length * Short.BYTES, Lanes.ORDER)
                            .convertShape(VectorOperators.S2I, Lanes.INTS, 0);
                    ((FloatVector) left.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum)
                            .intoArray(weights, to);
                    ((FloatVector) right.and(NIBBLE_MAX).convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum)
                            .intoArray(weights, to + length);
                    ((FloatVector) left.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum)
                            .intoArray(weights, to + Lanes.TILE_ROWS);
                    ((FloatVector) right.lanewise(VectorOperators.LSHR, 4)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum)
                            .intoArray(weights, to + Lanes.TILE_ROWS + length);
                    ((FloatVector) left.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum)
                            .intoArray(weights, to + 2 * Lanes.TILE_ROWS);
                    ((FloatVector) right.lanewise(VectorOperators.LSHR, 8)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum)
                            .intoArray(weights, to + 2 * Lanes.TILE_ROWS + length);
                    ((FloatVector) left.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(leftFactor, leftMinimum)
                            .intoArray(weights, to + 3 * Lanes.TILE_ROWS);
                    ((FloatVector) right.lanewise(VectorOperators.LSHR, 12)
                                    .and(NIBBLE_MAX)
                                    .convert(VectorOperators.I2F, 0))
                            .fma(rightFactor, rightMinimum)
                            .intoArray(weights, to + 3 * Lanes.TILE_ROWS + length);
                }
            }
        }
    }
}
