package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

    /**
     * Blocks that are widened at once for several tokens: a third of a first cache of 48 KiB, half of one of 32 KiB; the inputs of a group of
     * tokens that belong to them are a quarter of that.
     */
    static final int WIDENED_BLOCKS = 4;

    /** Most bytes that are {@linkplain Prefetch fetched} before the products with them: they and all inputs fit into a core's second cache. */
    private static final int FETCHED_MAX = 32 * 1024;

    /** Fewest tokens for which weights are fetched: with one or two, products themselves ask for memory as fast as it comes. */
    private static final int FETCH_TOKENS = 3;

    final int rows;
    final int columns;
    final int blocks; // of BLOCK inputs
    final int tiles;
    final long tileBytes;
    final MemorySegment memory;
    private final int fetchedBlocks;

    /** Takes memory for all tiles, and {@code tailBytes} behind them that kernels may read but do not use. */
    TiledMatrix(Tensor weight, long tileBytes, int tailBytes, Arena arena) {
        rows = Math.toIntExact(weight.shape().get(0));
        columns = Math.toIntExact(weight.shape().get(1));
        blocks = blocks(weight);
        tiles = Math.toIntExact(tiles(weight));
        this.tileBytes = tileBytes;
        memory = arena.allocate(tiles * tileBytes + tailBytes, 64);
        fetchedBlocks =
                Math.max(1, Math.toIntExact(FETCHED_MAX * (long) blocks / tileBytes / CHUNK_BLOCKS)) * CHUNK_BLOCKS;
    }

    static int blocks(Tensor weight) {
        return Math.toIntExact(Math.ceilDiv(weight.shape().get(1), (long) Lanes.BLOCK));
    }

    static long tiles(Tensor weight) {
        return Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
    }

    /**
     * Products of one tile's rows with {@code count} tokens from {@code token} on, {@value Lanes#TILE_ROWS} for each token, into
     * {@code results}. A token's products do not depend on which tokens come with it.
     *
     * @param token the first of a group, see {@link Rows}
     */
    final void tile(int tile, Rows inputs, int token, int count, TileScratch scratch, float[] results) {
        Arrays.fill(scratch.sums, 0, Products.padded(count) * Products.SUMS, 0);
        for (int block = 0; block < blocks; block += CHUNK_BLOCKS) {
            if (count >= FETCH_TOKENS && block % fetchedBlocks == 0) {
                scratch.fetched += Prefetch.read(memory, fetchFrom(tile, block), fetchEnd(tile, block));
            }
            int from = inputs.at(token) + block * inputs.blockStep();
            chunk(tile, block, Math.min(CHUNK_BLOCKS, blocks - block), inputs, from, count, scratch);
        }
        Products.finish(scratch.sums, count, results);
    }

    /**
     * Adds to the scratch's sums what {@code count} tokens' inputs in {@code chunkBlocks} blocks from {@code block} on contribute, {@code from}
     * is the first token's first of these inputs.
     */
    abstract void chunk(int tile, int block, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch);

    /** Rows of a tile that exist. */
    final int rowsIn(int tile) {
        return Math.min(Lanes.TILE_ROWS, rows - tile * Lanes.TILE_ROWS);
    }

    /** About where a block's numbers and scales begin. */
    private long fetchFrom(int tile, int block) {
        return tile * tileBytes + tileBytes * block / blocks;
    }

    private long fetchEnd(int tile, int block) {
        return tile * tileBytes + tileBytes * Math.min(blocks, block + fetchedBlocks) / blocks;
    }
}
