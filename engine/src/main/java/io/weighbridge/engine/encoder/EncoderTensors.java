package io.weighbridge.engine.encoder;

import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderTensors.Linear;
import io.weighbridge.engine.decoder.DecoderTensors.Norm;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stored tensors of one encoder by their role.
 *
 * @param embedding [vocabulary, hidden]
 * @param positions [positions, hidden], added to the embedding
 * @param tokenTypes [types, hidden], of which row 0 is added; null where the family has none
 * @param relativeBias [buckets, heads], added to attention scores by distance; null where the family has none
 */
public record EncoderTensors(
        Tensor embedding,
        Tensor positions,
        @Nullable Tensor tokenTypes,
        Norm embeddingNorm,
        @Nullable Tensor relativeBias,
        List<Layer> layers) {
    /** One block; each norm comes after its part's sum with what went in. */
    public record Layer(
            Linear query,
            Linear key,
            Linear value,
            Linear output,
            Norm attentionNorm,
            Linear up,
            Linear down,
            Norm feedForwardNorm) {
        /** All linear layers. */
        public Stream<Linear> linears() {
            return Stream.of(query, key, value, output, up, down);
        }
    }
}
