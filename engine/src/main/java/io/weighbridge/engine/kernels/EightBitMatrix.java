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
        return input / Lanes.BLOCK * blockBytes + input % Lanes.BLOCK * LINE_BYTES + lane;
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
    int needs() {
        return scales.needs();
    }

    @Override
    void multiply(long at, Rows inputs, int token, float[] products) {
        multiply(memory, at, blockBytes, groups, scales.groupInputs(), inputs.values, inputs.at(token), products);
    }

    @Override
    void multiplyFour(long at, Rows inputs, int token, float[] products) {
        multiplyFour(
                memory,
                at,
                blockBytes,
                groups,
                scales.groupInputs(),
                inputs.values,
                inputs.at(token),
                inputs.stride,
                products);
    }

    // Each loop nest below is one method that calls the Vector API only, see FourBitMatrix.

    /** Products of whole numbers with one token: (groups, rows of a tile). */
    private static void multiply(
            MemorySegment memory,
            long tileAt,
            int blockStride,
            int groups,
            int size,
            float[] inputs,
            int from,
            float[] products) {
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int group = 0; group < groups; group++) {
                long at = tileAt
                        + (long) (group * size / Lanes.BLOCK) * blockStride
                        + group * size % Lanes.BLOCK * LINE_BYTES;
                int first = from + group * size;
                var even = FloatVector.zero(Lanes.FLOATS);
                var odd = FloatVector.zero(Lanes.FLOATS);
                for (int j = 0; j < size; j += 2) {
                    long line = at + (long) j * LINE_BYTES;
                    even = ((FloatVector)
                                    ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + lane, Lanes.ORDER)
                                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[first + j]), even);
                    odd = ((FloatVector) ByteVector.fromMemorySegment(
                                            Lanes.NARROW_BYTES, memory, line + LINE_BYTES + lane, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0))
                            .fma(FloatVector.broadcast(Lanes.FLOATS, inputs[first + j + 1]), odd);
                }
                even.add(odd).intoArray(products, group * Lanes.TILE_ROWS + lane);
            }
        }
    }

    /** As {@link #multiply} for four tokens, in the same order of operations for each: (tokens, groups, rows of a tile). */
    private static void multiplyFour(
            MemorySegment memory,
            long tileAt,
            int blockStride,
            int groups,
            int size,
            float[] inputs,
            int from,
            int stride,
            float[] products) {
        int next = groups * Lanes.TILE_ROWS;
        for (int lane = 0; lane < Lanes.TILE_ROWS; lane += Lanes.FLOATS.length()) {
            for (int group = 0; group < groups; group++) {
                long at = tileAt
                        + (long) (group * size / Lanes.BLOCK) * blockStride
                        + group * size % Lanes.BLOCK * LINE_BYTES;
                int first = from + group * size;
                var evenA = FloatVector.zero(Lanes.FLOATS);
                var evenB = FloatVector.zero(Lanes.FLOATS);
                var evenC = FloatVector.zero(Lanes.FLOATS);
                var evenD = FloatVector.zero(Lanes.FLOATS);
                var oddA = FloatVector.zero(Lanes.FLOATS);
                var oddB = FloatVector.zero(Lanes.FLOATS);
                var oddC = FloatVector.zero(Lanes.FLOATS);
                var oddD = FloatVector.zero(Lanes.FLOATS);
                for (int j = 0; j < size; j += 2) {
                    long line = at + (long) j * LINE_BYTES;
                    int i = first + j;
                    var even = ((FloatVector)
                            ByteVector.fromMemorySegment(Lanes.NARROW_BYTES, memory, line + lane, Lanes.ORDER)
                                    .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0));
                    evenA = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i]), evenA);
                    evenB = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride]), evenB);
                    evenC = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride]), evenC);
                    evenD = even.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride]), evenD);
                    var odd = ((FloatVector) ByteVector.fromMemorySegment(
                                    Lanes.NARROW_BYTES, memory, line + LINE_BYTES + lane, Lanes.ORDER)
                            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0));
                    oddA = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 1]), oddA);
                    oddB = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + stride + 1]), oddB);
                    oddC = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 2 * stride + 1]), oddC);
                    oddD = odd.fma(FloatVector.broadcast(Lanes.FLOATS, inputs[i + 3 * stride + 1]), oddD);
                }
                int to = group * Lanes.TILE_ROWS + lane;
                evenA.add(oddA).intoArray(products, to);
                evenB.add(oddB).intoArray(products, to + next);
                evenC.add(oddC).intoArray(products, to + 2 * next);
                evenD.add(oddD).intoArray(products, to + 3 * next);
            }
        }
    }
}
