package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Small whole numbers with {@link Scales}: a tile is the numbers of all its blocks, then the scales of all its groups. */
abstract sealed class QuantizedMatrix extends TiledMatrix permits FourBitMatrix, EightBitMatrix {
    final MemorySegment memory;
    final Scales scales;
    final int groups; // inputs that share a scale, along a row
    final long numberBytes; // of a tile
    private final long tileBytes;

    QuantizedMatrix(Tensor weight, int blockBytes, Scales scales, Arena arena) {
        super(weight);
        this.scales = scales;
        groups = blocks * (Lanes.BLOCK / scales.groupInputs());
        numberBytes = (long) blocks * blockBytes;
        tileBytes = numberBytes + scales.bytes(groups);
        memory = arena.allocate(tiles * tileBytes, 64);
    }

    /** Bytes that {@code weight} takes, padding included. */
    static long bytes(Tensor weight, int blockBytes, Scales scales) {
        long tiles = Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
        int blocks = Math.toIntExact(Math.ceilDiv(weight.shape().get(1), (long) Lanes.BLOCK));
        return tiles * ((long) blocks * blockBytes + scales.bytes(blocks * (Lanes.BLOCK / scales.groupInputs())));
    }

    /** Makes every tile: {@code maker} puts one row into a tile that begins as zeros. */
    final void fill(WeightLoader loader, RowMaker maker) {
        loader.workers().run(tiles, (tile, worker) -> {
            var scratch = loader.scratch(worker);
            scratch.clearTile(tileBytes);
            for (int lane = 0; lane < rowsIn(tile); lane++) {
                maker.make(tile * Lanes.TILE_ROWS + lane, lane, scratch);
            }
            scratch.copyTile(memory, tile * tileBytes, tileBytes);
        });
    }

    /** Where a tile's scales begin. */
    final int scalesAt() {
        return Math.toIntExact(numberBytes);
    }

    /** Puts one row of the stored weight into its lane of a tile. */
    @FunctionalInterface
    interface RowMaker {
        void make(int row, int lane, WeightLoader.Scratch scratch);
    }

    @Override
    final void tile(int tile, Rows inputs, int token, int count, float[] scratch, float[] results) {
        long at = tile * tileBytes;
        for (int done = 0; done < count; ) {
            int together = count - done >= TOGETHER ? TOGETHER : 1;
            if (together == TOGETHER) {
                multiplyFour(at, inputs, token + done, scratch);
            } else {
                multiply(at, inputs, token + done, scratch);
            }
            for (int i = 0; i < together; i++) {
                int products = i * groups * Lanes.TILE_ROWS;
                int to = (done + i) * Lanes.TILE_ROWS;
                scales.apply(
                        memory, at + numberBytes, groups, scratch, products, inputs, token + done + i, results, to);
            }
            done += together;
        }
    }

    /** Products of the whole numbers from {@code at} on with one token: (groups, rows of a tile). */
    abstract void multiply(long at, Rows inputs, int token, float[] products);

    /** As {@link #multiply} for four tokens, with the same order of operations for each: (tokens, groups, rows of a tile). */
    abstract void multiplyFour(long at, Rows inputs, int token, float[] products);
}
