package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Tensor;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stored tensors of one decoder by their role. What a family does not have is null; {@code head} is the very tensor {@code
 * embedding} when the weights are tied.
 *
 * @param embedding [vocabulary, hidden]
 * @param positions [positions, hidden], added to the embedding; learned
 */
public record DecoderTensors(
        Tensor embedding,
        @Nullable Tensor positions,
        @Nullable Norm embeddingNorm,
        List<Layer> layers,
        Norm finalNorm,
        Linear head) {
    /** {@code weight}: [outputs, inputs]. {@code bias}: [outputs]. */
    public record Linear(Tensor weight, @Nullable Tensor bias) {}

    /** {@code weight} and {@code bias}: one value for each dimension. */
    public record Norm(Tensor weight, @Nullable Tensor bias) {}

    /**
     * One block. Norms come before a part, after it ("post", before the sum), or both.
     *
     * @param sinks [heads]
     */
    public record Layer(
            @Nullable Norm attentionNorm,
            Linear query,
            Linear key,
            Linear value,
            @Nullable Norm queryNorm,
            @Nullable Norm keyNorm,
            @Nullable Tensor sinks,
            Linear output,
            @Nullable Norm postAttentionNorm,
            @Nullable Norm feedForwardNorm,
            FeedForward feedForward,
            @Nullable Norm postFeedForwardNorm) {
        /** All linear layers. */
        public Stream<Linear> linears() {
            return Stream.concat(Stream.of(query, key, value, output), feedForward.linears());
        }
    }

    /** Either dense or a mixture of experts. */
    public sealed interface FeedForward {
        Stream<Linear> linears();
    }

    /** One feed-forward; {@code gate} is null where it is not gated. */
    public record Dense(@Nullable Linear gate, Linear up, Linear down) implements FeedForward {
        @Override
        public Stream<Linear> linears() {
            return gate == null ? Stream.of(up, down) : Stream.of(gate, up, down);
        }
    }

    /**
     * A router, [experts, hidden], and the experts it chooses from.
     *
     * @param shared what every token goes through besides; null for none
     * @param sharedGate [1, hidden]: the sigmoid of its product is what the shared expert's output is multiplied with; null for 1
     */
    public record Mixture(
            Linear router,
            List<Dense> experts,
            @Nullable Dense shared,
            @Nullable Linear sharedGate) implements FeedForward {
        public Mixture(Linear router, List<Dense> experts) {
            this(router, experts, null, null);
        }

        /** Those of the experts; router and gate are small and stay wide. */
        @Override
        public Stream<Linear> linears() {
            return Stream.concat(experts.stream(), Stream.ofNullable(shared)).flatMap(Dense::linears);
        }
    }
}
