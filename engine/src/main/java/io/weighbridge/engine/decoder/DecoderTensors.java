package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stored tensors of one decoder by their role. Biases are absent where the checkpoint has none; {@code head} is the
 * very tensor {@code embedding} when the weights are tied.
 */
public record DecoderTensors(Tensor embedding, List<Layer> layers, Tensor finalNorm, Linear head) {
    /** {@code weight}: [outputs, inputs]. {@code bias}: [outputs]. */
    public record Linear(Tensor weight, @Nullable Tensor bias) {}

    /** One pre-norm block: attention, then a gated feed-forward. */
    public record Layer(
            Tensor attentionNorm,
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            Tensor feedForwardNorm,
            Linear gate,
            Linear up,
            Linear down) {}
}
