package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import java.util.Arrays;

/**
 * The weight of a linear layer, laid out for reading from front to back, each byte once: tiles of {@value Lanes#TILE_ROWS} output rows, in
 * each tile chunks of {@value #CHUNK_BLOCKS} blocks, in a chunk one input after the other with the rows of the tile side by side. Missing rows
 * and inputs of the last tile and block are zeros. Immutable once made; any number of threads may read it.
 *
 * <p>A token's product with a row is the sum over even inputs plus the sum over odd inputs, each in the order of inputs, by fused
 * multiply-adds of the widened weight. All ways to compute it keep to that, so they give the same bits.
 */
abstract sealed class TiledMatrix permits QuantizedMatrix, FloatMatrix {
    /** Blocks of a chunk: as many inputs as the types of two levels scale together. */
    static final int CHUNK_BLOCKS = 8;

    /** Blocks that are widened at once for several tokens: with their inputs they fill less than half of a core's first cache. */
    static final int WIDENED_BLOCKS = 2;

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

    /**
     * Products of one tile's rows with {@code count} tokens from {@code token} on, {@value Lanes#TILE_ROWS} for each token, into
     * {@code results}. A token's products do not depend on which tokens come with it.
     */
    final void tile(int tile, Rows inputs, int token, int count, TileScratch scratch, float[] results) {
        Arrays.fill(scratch.sums, 0, Products.padded(count) * Products.SUMS, 0);
        for (int block = 0; block < blocks; block += CHUNK_BLOCKS) {
            chunk(tile, block, Math.min(CHUNK_BLOCKS, blocks - block), inputs, inputs.at(token), count, scratch);
        }
        Products.finish(scratch.sums, count, results);
    }

    /**
     * Adds to the scratch's sums what {@code count} tokens' inputs in {@code chunkBlocks} blocks from {@code block} on contribute, {@code from}
     * is the first token's first input.
     */
    abstract void chunk(int tile, int block, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch);

    /** Rows of a tile that exist. */
    final int rowsIn(int tile) {
        return Math.min(Lanes.TILE_ROWS, rows - tile * Lanes.TILE_ROWS);
    }
}
