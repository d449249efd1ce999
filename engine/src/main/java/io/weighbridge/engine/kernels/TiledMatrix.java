package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The weight of a linear layer, laid out for reading from front to back: tiles of {@value Lanes#TILE_ROWS} output rows, in each
 * tile the blocks of {@value Lanes#BLOCK} inputs, in each block one input after the other with the rows of the tile side by side.
 * Missing rows and inputs of the last tile and block are zeros. Immutable once made; any number of threads may read it.
 */
abstract sealed class TiledMatrix permits FourBitMatrix, EightBitMatrix {
    final String name;
    final int rows;
    final int columns;
    final int blocks;
    final int tiles;
    final MemorySegment memory;
    private final int blockBytes;

    TiledMatrix(Tensor weight, int blockBytes, Arena arena) {
        name = weight.name();
        rows = Math.toIntExact(weight.shape().get(0));
        columns = Math.toIntExact(weight.shape().get(1));
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        tiles = Math.ceilDiv(rows, Lanes.TILE_ROWS);
        this.blockBytes = blockBytes;
        memory = arena.allocate((long) tiles * blocks * blockBytes, 64);
    }

    /** Computes what {@link #tile} needs of a row beside its floats. */
    abstract void prepare(Rows inputs, int token);

    /**
     * Products of one tile's rows with {@code count} tokens from {@code token} on, {@value Lanes#TILE_ROWS} for each token, into
     * {@code results}. {@code scratch} is as long as {@link #scratchFloats} says. A token's products do not depend on which tokens come with it.
     */
    abstract void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results);

    /** Floats that one worker needs to compute tiles of so many blocks. */
    static int scratchFloats(int blocks) {
        return FourBitMatrix.TOGETHER * blocks * Lanes.TILE_ROWS;
    }

    /** Rows of a tile that exist. */
    final int rowsIn(int tile) {
        return Math.min(Lanes.TILE_ROWS, rows - tile * Lanes.TILE_ROWS);
    }

    final long tileAt(int tile) {
        return (long) tile * blocks * blockBytes;
    }

    final long blockAt(int row, int block) {
        return tileAt(row / Lanes.TILE_ROWS) + (long) block * blockBytes;
    }

    /** A row's blocks as they lie in the file, for block types. */
    final MemorySegment storedRow(Tensor weight, int row) {
        return weight.data().asSlice((long) row * blocks * weight.type().blockBytes());
    }

    static boolean isStoredAs(Tensor weight, TensorType... types) {
        for (var type : types) {
            if (weight.type() == type) {
                return true;
            }
        }
        return false;
    }

    /** {@code value} as a float16, or refused. */
    final short half(float value) {
        var half = Float.floatToFloat16(value);
        if (!Float.isFinite(Float.float16ToFloat(half))) {
            throw new CheckpointException(
                    "tensor '%s' holds values that fit no float16 scale; load it as f32 or bf16".formatted(name));
        }
        return half;
    }
}
