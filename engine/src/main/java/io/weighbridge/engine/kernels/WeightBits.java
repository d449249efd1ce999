package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Tensor;

/** Bits of a weight in the kernels' memory, in blocks of 32 with a float16 scale. */
public enum WeightBits {
    /** With a minimum beside the scale: Q4_0 and Q4_1 exactly. */
    FOUR(FourBitMatrix.BLOCK_BYTES),
    /** Q8_0 exactly. */
    EIGHT(EightBitMatrix.BLOCK_BYTES);

    private final int blockBytes;

    WeightBits(int blockBytes) {
        this.blockBytes = blockBytes;
    }

    /** Bytes that the weight of a linear layer takes in these bits, padding included. */
    public long bytes(Tensor weight) {
        long tiles = Math.ceilDiv(weight.shape().get(0), (long) Lanes.TILE_ROWS);
        return tiles * Math.ceilDiv(weight.shape().get(1), (long) Lanes.BLOCK) * blockBytes;
    }
}
