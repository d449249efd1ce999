package io.weighbridge.engine.kernels;

import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import java.lang.foreign.Arena;

/** A linear layer in memory; {@code bias} is empty where there is none. */
record KernelLinear(TiledMatrix weight, float[] bias) {
    static KernelLinear of(Linear stored, WeightBits bits, Arena arena, Workers workers) {
        var weight = switch (bits) {
            case FOUR -> FourBitMatrix.of(stored.weight(), arena, workers);
            case EIGHT -> EightBitMatrix.of(stored.weight(), arena, workers);
        };
        var bias = stored.bias();
        return new KernelLinear(weight, bias == null ? new float[0] : Dequantizer.values(bias));
    }

    int tiles() {
        return weight.tiles;
    }

    /** One tile's outputs for {@code count} tokens from the first on, bias included. */
    void tile(int tile, Rows inputs, int count, float[] scratch, float[] results) {
        weight.tile(tile, inputs, 0, count, scratch, results);
        if (bias.length > 0) {
            for (int token = 0; token < count; token++) {
                Elementwise.add(bias, tile * Lanes.TILE_ROWS, weight.rowsIn(tile), results, token * Lanes.TILE_ROWS);
            }
        }
    }
}
