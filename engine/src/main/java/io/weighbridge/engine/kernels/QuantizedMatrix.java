package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;
import java.lang.foreign.Arena;

/**
 * Small whole numbers with {@link Scales}: a chunk is its scales, then block after block of numbers. A tile is read strictly from front to
 * back, since a core's prefetcher gives up where reading leaves out lines or turns back: reading scales of a whole tile first, or in a
 * second pass, made decode up to twice as slow.
 */
abstract sealed class QuantizedMatrix extends TiledMatrix permits FourBitMatrix, EightBitMatrix {
    /** Most tokens for which weights are widened in registers, four tokens at a time; for more they are widened once, in memory. */
    private static final int IN_REGISTERS_MAX = Lanes.FLOATS.length() == 16 ? Rows.GROUP : 2;

    /** What vectors of 128 bits may read behind the last number, see {@link Lanes#NARROW_BYTES}. */
    private static final int TAIL_BYTES = 4;

    final Scales scales;
    final int groups; // inputs that share a scale, along a row
    private final int numberBytes; // of a block

    QuantizedMatrix(Tensor weight, int numberBytes, Scales scales, Arena arena) {
        super(weight, tileBytes(blocks(weight), numberBytes, scales), TAIL_BYTES, arena);
        this.scales = scales;
        groups = blocks * scales.groupsInBlock();
        this.numberBytes = numberBytes;
    }

    /** Bytes that {@code weight} takes, padding included. */
    static long bytes(Tensor weight, int numberBytes, Scales scales) {
        return tiles(weight) * tileBytes(blocks(weight), numberBytes, scales) + TAIL_BYTES;
    }

    private static long tileBytes(int blocks, int numberBytes, Scales scales) {
        int rest = blocks % CHUNK_BLOCKS;
        return (long) (blocks / CHUNK_BLOCKS) * chunkBytes(CHUNK_BLOCKS, numberBytes, scales)
                + (rest == 0 ? 0 : chunkBytes(rest, numberBytes, scales));
    }

    private static int chunkBytes(int blocks, int numberBytes, Scales scales) {
        return scales.bytes(blocks) + blocks * numberBytes;
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

    /** Where the chunk with a block lies in its tile. */
    private int chunkAt(int block) {
        return block / CHUNK_BLOCKS * chunkBytes(CHUNK_BLOCKS, numberBytes, scales);
    }

    /** Where a block's numbers lie in their tile. */
    final int numberAt(int block) {
        int inChunk = Math.min(CHUNK_BLOCKS, blocks - block / CHUNK_BLOCKS * CHUNK_BLOCKS);
        return chunkAt(block) + scales.bytes(inChunk) + block % CHUNK_BLOCKS * numberBytes;
    }

    /** Where the scale of a row and group lies in its tile. A minimum follows: a row of bytes, or two bytes, later. */
    final int scaleAt(int group, int lane) {
        int inChunk = CHUNK_BLOCKS * scales.groupsInBlock();
        return chunkAt(group / scales.groupsInBlock()) + scales.at(group % inChunk, lane);
    }

    /** Where the float16 of a row's 256 inputs lies in its tile, and two bytes later that of their minimums. */
    final int superAt(int index, int lane) {
        return chunkAt(index * CHUNK_BLOCKS) + scales.superAt(lane);
    }

    /** Puts one row of the stored weight into its lane of a tile. */
    @FunctionalInterface
    interface RowMaker {
        void make(int row, int lane, WeightLoader.Scratch scratch);
    }

    @Override
    final void chunk(int tile, int block, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch) {
        long at = tile * tileBytes + chunkAt(block);
        scales.widen(memory, at, chunkBlocks * scales.groupsInBlock(), scratch.factors, scratch.minimums);
        at += scales.bytes(chunkBlocks);
        if (count <= IN_REGISTERS_MAX) {
            inRegisters(at, chunkBlocks, inputs, from, count, scratch);
        } else {
            inMemory(at, chunkBlocks, inputs, from, count, scratch);
        }
    }

    private void inRegisters(long at, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch) {
        int step = inputs.tokenStep;
        for (int token = 0; token < count; ) {
            int first = from + token * step;
            int sumsAt = token * Products.SUMS;
            switch (count - token) {
                case 1 -> {
                    addOne(at, chunkBlocks, scratch, inputs.values, first, inputs.blockStep(), sumsAt);
                    token++;
                }
                case 2 -> {
                    addTwo(at, chunkBlocks, scratch, inputs.values, first, step, sumsAt);
                    token += 2;
                }
                default -> {
                    addFour(at, chunkBlocks, scratch, inputs.values, first, step, sumsAt);
                    token += 4;
                }
            }
        }
    }

    private void inMemory(long at, int chunkBlocks, Rows inputs, int from, int count, TileScratch scratch) {
        for (int done = 0; done < chunkBlocks; done += WIDENED_BLOCKS) {
            int some = Math.min(WIDENED_BLOCKS, chunkBlocks - done);
            widen(at + (long) done * numberBytes, some, scratch, done * scales.groupsInBlock());
            Products.add(scratch.weights, some, inputs, from + done * Rows.BLOCK_STEP, count, scratch.sums);
        }
    }

    /**
     * Adds one token's products with the numbers from {@code at} on to its sums; {@code from} is its first input, {@code blockStep} as
     * {@link Rows#blockStep}.
     */
    abstract void addOne(long at, int blocks, TileScratch scratch, float[] inputs, int from, int blockStep, int sumsAt);

    abstract void addTwo(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt);

    abstract void addFour(long at, int blocks, TileScratch scratch, float[] inputs, int from, int step, int sumsAt);

    /** Widens the numbers from {@code at} on, the first of {@code group} in their chunk. */
    abstract void widen(long at, int blocks, TileScratch scratch, int group);
}
