package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderTensors;
import org.jspecify.annotations.Nullable;

/** The dense feed-forward of all layers, up to what its last linear layer reads; and the memory that it needs for that. */
final class FeedForwardPart {
    private final Crew crew;
    private final Activation activation;
    private final Rows inner; // (tokens, feedForward)

    /** One layer's weights, or one expert's; {@code gate} is null where it is not gated. */
    record Weights(@Nullable KernelLinear gate, KernelLinear up, KernelLinear down) {
        static Weights of(DecoderTensors.Dense stored, WeightBits bits, WeightLoader loader) {
            var gate = stored.gate();
            return new Weights(
                    gate == null ? null : loader.linear(gate, bits),
                    loader.linear(stored.up(), bits),
                    loader.linear(stored.down(), bits));
        }
    }

    FeedForwardPart(Crew crew, Activation activation, int size) {
        this.crew = crew;
        this.activation = activation;
        inner = new Rows(Tokens.MAX, size);
    }

    /** Computes from {@code inputs} what {@link Weights#down} reads. */
    Rows run(int count, Weights weights, Rows inputs) {
        inner.begin(count);
        crew.forTiles(weights.up().tiles(), (tile, worker) -> {
            tile(crew, activation, weights, tile, inputs, 0, count, inner, worker);
        });
        return inner;
    }

    /** One tile of the width between up and down, for {@code count} rows from {@code from} on. */
    static void tile(
            Crew crew,
            Activation activation,
            Weights weights,
            int tile,
            Rows inputs,
            int from,
            int count,
            Rows inner,
            int worker) {
        var gate = weights.gate();
        var active = crew.tile(gate == null ? weights.up() : gate, tile, inputs, from, count, worker);
        var up = gate == null ? active : crew.otherTile(weights.up(), tile, inputs, from, count, worker);
        for (int i = 0; i < count; i++) {
            int at = i * Lanes.TILE_ROWS;
            Elementwise.activate(activation, active, at, crew.spare(worker));
            if (gate != null) {
                Elementwise.gate(activation, active, up, at);
            }
            inner.put(
                    from + i,
                    tile * Lanes.TILE_ROWS,
                    active,
                    at,
                    weights.up().weight().rowsIn(tile));
        }
    }
}
