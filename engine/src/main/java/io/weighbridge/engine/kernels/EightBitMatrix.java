package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of eight-bit weights: {@code scale * q} for each row and group of inputs, with a minimum where the type has one. Types
 * whose values are whole numbers times scales are taken over exactly, except for those of four bits; others are requantized. Inputs stay floats:
 * reading the weights takes longer than converting them.
 *
 * <p>A block is 32 lines of one byte for each row.
 */
final class EightBitMatrix extends QuantizedMatrix {
    private static final int LINE_BYTES = Lanes.TILE_ROWS;
    private static final int NUMBER_BYTES = Lanes.BLOCK * LINE_BYTES;
    private static final int Q_MAX = 127;

    private EightBitMatrix(Tensor weight, Scales scales, Arena arena) {
        super(weight, NUMBER_BYTES, scales, arena);
    }

    /** Whether weights of such a type are taken over exactly. */
    static boolean holds(TensorType type) {
        return StoredBlocks.of(type) != null;
    }

    /** {@code weight} laid out in memory of {@code arena}. */
    static EightBitMatrix of(Tensor weight, Arena arena, WeightLoader loader) {
        var stored = StoredBlocks.of(weight.type());
        var matrix = new EightBitMatrix(weight, scales(stored), arena);
        matrix.fill(loader, (row, lane, scratch) -> {
            if (stored == null) {
                matrix.requantize(weight, row, lane, scratch);
            } else {
                matrix.takeOver(weight, stored, row, lane, scratch);
            }
        });
        return matrix;
    }

    /** Bytes that {@code weight} takes. */
    static long bytes(Tensor weight) {
        return bytes(weight, NUMBER_BYTES, scales(StoredBlocks.of(weight.type())));
    }

    private static Scales scales(@Nullable StoredBlocks stored) {
        return stored == null ? Scales.HALF : stored.scales();
    }

    private void takeOver(Tensor weight, StoredBlocks blocks, int row, int lane, WeightLoader.Scratch scratch) {
        var stored = scratch.storedRow(weight, row);
        var tile = scratch.tile();
        var numbers = scratch.numbers();
        int size = weight.type().blockSize();
        for (int first = 0; first < columns; first += size) {
            blocks.numbers(stored, first / size * weight.type().blockBytes(), numbers);
            for (int j = 0; j < size; j++) {
                tile[numberAt(first + j, lane)] = numbers[j];
            }
        }
        blocks.scales(weight, stored, this, lane, tile);
    }

    private int numberAt(int input, int lane) {
        return numberAt(input / Lanes.BLOCK) + input % Lanes.BLOCK * LINE_BYTES + lane;
    }

    private void requantize(Tensor weight, int row, int lane, WeightLoader.Scratch scratch) {
        var values = scratch.values(weight, row);
        var tile = scratch.tile();
        for (int block = 0; block < blocks; block++) {
            int from = block * Lanes.BLOCK;
            int to = Math.min(columns, from + Lanes.BLOCK);
            float largest = 0;
            for (int j = from; j < to; j++) {
                largest = Math.max(largest, Math.abs(values[j]));
            }
            short scale = WeightLoader.half(weight, largest / Q_MAX);
            float step = Float.float16ToFloat(scale);
            for (int j = from; j < to; j++) {
                int q = step > 0 ? Math.clamp(Math.round(values[j] / step), -Q_MAX, Q_MAX) : 0;
                tile[numberAt(j, lane)] = (byte) q;
            }
            WeightLoader.putShort(tile, scaleAt(block, lane), scale);
        }
    }

    @Override
    void addOne(long at, int blocks, TileScratch scratch, float[] inputs, int from, int blockStep, int sumsAt) {
        addOne(
                memory,
                at,
                blocks * scales.groupsInBlock(),
                scales.groupInputs(),
                scratch.factors,
                scratch.minimums,
                inputs,
                from,
                blockStep,
                scratch.sums,
                sumsAt);
    }

    @Override
    void addTwo(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt) {
        addTwo(
                memory,
                at,
                blocks * scales.groupsInBlock(),
                scales.groupInputs(),
                scratch.factors,
                scratch.minimums,
                inputs,
                from,
                step,
                scratch.sums,
                sumsAt);
    }

    @Override
    void addFour(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt) {
        addFour(
                memory,
                at,
                blocks * scales.groupsInBlock(),
                scales.groupInputs(),
                scratch.factors,
                scratch.minimums,
                inputs,
                from,
                step,
                scratch.sums,
                sumsAt);
    }

    @Override
    void widen(long at, int blocks, TileScratch scratch, int group) {
        widen(
                memory,
                at,
                blocks * scales.groupsInBlock(),
                scales.groupInputs(),
                scratch.factors,
                scratch.minimums,
                group * Lanes.TILE_ROWS,
                scratch.weights);
    }

    // Each loop nest below is one method that calls the Vector API only, see FourBitMatrix.

    private static void addOne(
            MemorySegment memory,
            long at,
            int groups,
            int size,
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
            for (int group = 0; group < groups; group++) {
                int scale = group * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale + length);
                int skipped = group * size / Lanes.BLOCK * (blockStep - Lanes.BLOCK);
                for (int k = group * size; k < (group + 1) * size; k += 2) {
                    int i = skipped + k;
                    long line = at + (long) k * LINE_BYTES + lane;
                    var leftEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + length, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aEven = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = leftEven.fma(aEven, aEven0);
                    aEven1 = rightEven.fma(aEven, aEven1);
                    var leftOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES + length, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = leftOdd.fma(aOdd, aOdd0);
                    aOdd1 = rightOdd.fma(aOdd, aOdd1);
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
            int groups,
            int size,
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
            for (int group = 0; group < groups; group++) {
                int scale = group * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale + length);
                int skipped = group * size / Lanes.BLOCK * (Rows.BLOCK_STEP - Lanes.BLOCK);
                for (int k = group * size; k < (group + 1) * size; k += 2) {
                    int i = skipped + k;
                    long line = at + (long) k * LINE_BYTES + lane;
                    var leftEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + length, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aEven = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = leftEven.fma(aEven, aEven0);
                    aEven1 = rightEven.fma(aEven, aEven1);
                    var bEven = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                    bEven0 = leftEven.fma(bEven, bEven0);
                    bEven1 = rightEven.fma(bEven, bEven1);
                    var leftOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES + length, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = leftOdd.fma(aOdd, aOdd0);
                    aOdd1 = rightOdd.fma(aOdd, aOdd1);
                    var bOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 1]);
                    bOdd0 = leftOdd.fma(bOdd, bOdd0);
                    bOdd1 = rightOdd.fma(bOdd, bOdd1);
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

    /** As {@link #addTwo} for four tokens. */
    private static void addFour(
            MemorySegment memory,
            long at,
            int groups,
            int size,
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
            for (int group = 0; group < groups; group++) {
                int scale = group * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale + length);
                int skipped = group * size / Lanes.BLOCK * (Rows.BLOCK_STEP - Lanes.BLOCK);
                for (int k = group * size; k < (group + 1) * size; k += 2) {
                    int i = skipped + k;
                    long line = at + (long) k * LINE_BYTES + lane;
                    var leftEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightEven = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + length, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aEven = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i]);
                    aEven0 = leftEven.fma(aEven, aEven0);
                    aEven1 = rightEven.fma(aEven, aEven1);
                    var bEven = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i]);
                    bEven0 = leftEven.fma(bEven, bEven0);
                    bEven1 = rightEven.fma(bEven, bEven1);
                    var cEven = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i]);
                    cEven0 = leftEven.fma(cEven, cEven0);
                    cEven1 = rightEven.fma(cEven, cEven1);
                    var dEven = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i]);
                    dEven0 = leftEven.fma(dEven, dEven0);
                    dEven1 = rightEven.fma(dEven, dEven1);
                    var leftOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum);
                    var rightOdd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES + length, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum);
                    var aOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[from + i + 1]);
                    aOdd0 = leftOdd.fma(aOdd, aOdd0);
                    aOdd1 = rightOdd.fma(aOdd, aOdd1);
                    var bOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[atB + i + 1]);
                    bOdd0 = leftOdd.fma(bOdd, bOdd0);
                    bOdd1 = rightOdd.fma(bOdd, bOdd1);
                    var cOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[atC + i + 1]);
                    cOdd0 = leftOdd.fma(cOdd, cOdd0);
                    cOdd1 = rightOdd.fma(cOdd, cOdd1);
                    var dOdd = FloatVector.broadcast(Lanes.FLOATS, inputs[atD + i + 1]);
                    dOdd0 = leftOdd.fma(dOdd, dOdd0);
                    dOdd1 = rightOdd.fma(dOdd, dOdd1);
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

    /** All weights of some groups: (inputs, rows of a tile). */
    private static void widen(
            MemorySegment memory,
            long at,
            int groups,
            int size,
            float[] factors,
            float[] minimums,
            int scalesFrom,
            float[] weights) {
        int length = Lanes.FLOATS.length();
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += 2 * length) {
            for (int group = 0; group < groups; group++) {
                int scale = scalesFrom + group * Lanes.TILE_ROWS + lane;
                var leftFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale);
                var leftMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale);
                var rightFactor = FloatVector.fromArray(Lanes.FLOATS, factors, scale + length);
                var rightMinimum = FloatVector.fromArray(Lanes.FLOATS, minimums, scale + length);
                for (int i = group * size; i < (group + 1) * size; i++) {
                    long line = at + (long) i * LINE_BYTES + lane;
                    int to = i * Lanes.TILE_ROWS + lane;
                    ((FloatVector) ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(leftFactor, leftMinimum)
                            .intoArray(weights, to);
                    ((FloatVector) ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + length, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(rightFactor, rightMinimum)
                            .intoArray(weights, to + length);
                }
            }
        }
    }
}
