package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;

/**
 * The weight of a linear layer, laid out for reading from front to back: tiles of {@value Lanes#TILE_ROWS} output rows, in each
 * tile one input after the other with the rows of the tile side by side. Missing rows and inputs of the last tile and block are
 * zeros. Immutable once made; any number of threads may read it.
 */
abstract sealed class TiledMatrix permits QuantizedMatrix, FloatMatrix {
    /** Tokens that share one widening of a tile. */
    static final int TOGETHER = 4;

    final int rows;
    final int columns;
    final int blocks; // of BLOCK inputs
    final int tiles;

    TiledMatrix(Tensor weight) {
        rows = Math.toIntExact(weight.shape().get(0));
        columns = Math.toIntExact(weight.shape().get(1));
        blocks = Math.ceilDiv(columns, Lanes.BLOCK);
        tiles = Math.ceilDiv(rows, Lanes.TILE_ROWS);
    }

    /** What {@link Rows#prepare} must have computed of the inputs. */
    abstract int needs();

    /**
     * Products of one tile's rows with {@code count} tokens from {@code token} on, {@value Lanes#TILE_ROWS} for each token, into
     * {@code results}. {@code scratch} is as long as {@link #scratchFloats} says. A token's products do not depend on which tokens come with it.
     */
    abstract void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results);

    /** Floats that one worker needs to compute tiles of so many blocks: products of groups of 16 inputs. */
    static int scratchFloats(int blocks) {
        return TOGETHER * 2 * blocks * Lanes.TILE_ROWS;
    }

    /** Rows of a tile that exist. */
    final int rowsIn(int tile) {
        return Math.min(Lanes.TILE_ROWS, rows - tile * Lanes.TILE_ROWS);
    }
}
