package io.weighbridge.engine.kernels;

/** One worker's memory for the products of one tile after the other. */
final class TileScratch {
    private static final int GROUPS = TiledMatrix.CHUNK_BLOCKS * Lanes.BLOCK / Scales.GROUP_MIN;

    /** Of a chunk: (groups, rows of a tile). */
    final float[] factors = new float[GROUPS * Lanes.TILE_ROWS];

    /** Of a chunk: (groups, rows of a tile). */
    final float[] minimums = new float[factors.length];

    /** Weights that several tokens share: (inputs, rows of a tile). */
    final float[] weights = new float[TiledMatrix.WIDENED_BLOCKS * Lanes.BLOCK * Lanes.TILE_ROWS];

    /** Sums over even inputs and over odd inputs: (tokens, 2, rows of a tile). */
    final float[] sums = new float[Tokens.MAX * Products.SUMS];

    /** Of no use but that fetching must have a result, see {@link Prefetch}. */
    long fetched;
}
