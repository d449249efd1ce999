package io.weighbridge.engine.kernels;

/** A linear layer in memory; {@code bias} is empty where there is none. */
record KernelLinear(TiledMatrix weight, float[] bias) {
    int tiles() {
        return weight.tiles;
    }

    /** One tile's outputs for {@code count} tokens from {@code token} on, bias included. */
    void tile(int tile, Rows inputs, int token, int count, TileScratch scratch, float[] results) {
        weight.tile(tile, inputs, token, count, scratch, results);
        if (bias.length > 0) {
            for (int i = 0; i < count; i++) {
                Elementwise.add(bias, tile * Lanes.TILE_ROWS, weight.rowsIn(tile), results, i * Lanes.TILE_ROWS);
            }
        }
    }
}
