package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Small whole numbers with {@link Scales}: a tile is block after block of numbers, each with the scales of its groups behind it, so
 * that a core fetches both in one stream; then what the types of two levels have for each 256 inputs.
 */
abstract sealed class QuantizedMatrix extends TiledMatrix permits FourBitMatrix, EightBitMatrix {
    final MemorySegment memory;
    final Scales scales;
    final int groups; // inputs that share a scale, along a row
    final int blockBytes; // from one block's numbers to the next
    private final int numberBytes; // of a block
    private final long tileBytes;

    QuantizedMatrix(Tensor weight, int numberBytes, Scales scales, Arena arena) {
        super(weight);
        this.scales = scales;
        groups = blocks * (Lanes.BLOCK / scales.groupInputs());
        this.numberBytes = numberBytes;
        blockBytes = numberBytes + scales.blockBytes();
        tileBytes = tileBytes(blocks, numberBytes, scales);
        memory = arena.allocate(tiles * tileBytes, 64);
    }

    /** Bytes that {@code weight} takes, padding included. */
    static long bytes(Tensor weight, int numberBytes, Scales scales) {
        long tiles = Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
        int blocks = Math.toIntExact(Math.ceilDiv(weight.shape().get(1), (long) Lanes.BLOCK));
        return tiles * tileBytes(blocks, numberBytes, scales);
    }

    private static long tileBytes(int blocks, int numberBytes, Scales scales) {
        return (long) blocks * (numberBytes + scales.blockBytes()) + scales.superBytes(blocks);
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

    /** Where the scale of a row and group lies in its tile. A minimum follows: a row of bytes, or two bytes, later. */
    final int scaleAt(int group, int lane) {
        int inBlock = Lanes.BLOCK / scales.groupInputs();
        return group / inBlock * blockBytes + numberBytes + scales.at(group % inBlock, lane);
    }

    /** Where the float16 of a row's 256 inputs lies in its tile, and two bytes later that of their minimums. */
    final int superAt(int index, int lane) {
        return blocks * blockBytes + scales.superAt(index, lane);
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
                        memory,
                        at,
                        blocks,
                        blockBytes,
                        numberBytes,
                        scratch,
                        products,
                        inputs,
                        token + done + i,
                        results,
                        to);
            }
            done += together;
        }
    }

    /** Products of the whole numbers from {@code at} on with one token: (groups, rows of a tile). */
    abstract void multiply(long at, Rows inputs, int token, float[] products);

    /** As {@link #multiply} for four tokens, with the same order of operations for each: (tokens, groups, rows of a tile). */
    abstract void multiplyFour(long at, Rows inputs, int token, float[] products);
}
