package io.weighbridge.engine.decoder;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One decoder-only model as numbers and kinds, free of any family's name. An executor needs this and the
 * {@link DecoderTensors}, nothing else.
 *
 * @param contextLength most positions, prompt and completion together
 * @param embeddingScale what embeddings are multiplied with
 * @param positionOffset first row of the learned positions that is used; 0 where there are none
 * @param ropes the rotations that layers choose from; empty if positions are not rotated
 * @param layers one for each layer
 */
public record DecoderSpec(
        int hiddenSize,
        int headCount,
        int kvHeadCount,
        int headDimension,
        int vocabularySize,
        int contextLength,
        double embeddingScale,
        int positionOffset,
        Norm norm,
        List<Rope> ropes,
        List<LayerKind> layers,
        Attention attention,
        FeedForward feedForward,
        Residual residual,
        Output output) {
    public DecoderSpec {
        ropes = List.copyOf(ropes);
        layers = List.copyOf(layers);
    }

    /** Number of layers. */
    public int layerCount() {
        return layers.size();
    }

    /**
     * The same for sequences of at most {@code tokens}. Where a rotation has other frequencies for later positions, one of the two holds
     * for all positions: a sequence that begins with the one and goes on with the other is only for comparison with transformers.
     */
    public DecoderSpec servedUpTo(int tokens) {
        return new DecoderSpec(
                hiddenSize,
                headCount,
                kvHeadCount,
                headDimension,
                vocabularySize,
                contextLength,
                embeddingScale,
                positionOffset,
                norm,
                ropes.stream().map(rope -> rope.servedUpTo(tokens)).toList(),
                layers,
                attention,
                feedForward,
                residual,
                output);
    }

    /** How vectors are normalized. */
    public record Norm(Kind kind, double epsilon) {
        /** The two kinds. */
        public enum Kind {
            /** By the root of the mean square. */
            RMS,
            /** By mean and variance. */
            LAYER
        }
    }

    /**
     * One way of rotating queries and keys by their position.
     *
     * @param frequencies one per pair of rotated dimensions, in radians per position, scaling already applied; the first {@code 2
     *     * frequencies.size()} dimensions of a head are rotated
     * @param layout which dimensions of a head form a rotated pair
     * @param attentionFactor what cosines and sines are multiplied with; 1 unless the scaling says otherwise
     * @param later other frequencies for later positions; null where all positions have the same
     */
    public record Rope(
            List<Double> frequencies,
            RopeLayout layout,
            double attentionFactor,
            @Nullable Later later) {
        public Rope {
            frequencies = List.copyOf(frequencies);
        }

        /** The same frequencies at every position. */
        public Rope(List<Double> frequencies, RopeLayout layout, double attentionFactor) {
            this(frequencies, layout, attentionFactor, null);
        }

        Rope servedUpTo(int tokens) {
            return later == null
                    ? this
                    : new Rope(tokens > later.from() ? later.frequencies() : frequencies, layout, attentionFactor);
        }

        /** Radians per position of pair {@code pair} for the token at {@code position}. */
        public double frequency(int pair, int position) {
            return later != null && position >= later.from()
                    ? later.frequencies().get(pair)
                    : frequencies.get(pair);
        }
    }

    /**
     * The frequencies of positions from {@code from} on: longrope stretches sequences that outgrow the context of the first training.
     */
    public record Later(List<Double> frequencies, int from) {
        public Later {
            frequencies = List.copyOf(frequencies);
        }
    }

    /** How a head's dimensions pair up for rotation. */
    public enum RopeLayout {
        /** (i, i + n/2): Hugging Face's weights. */
        HALVES,
        /** (2i, 2i+1): the original Llama's and GGUF's weights. */
        INTERLEAVED
    }

    /**
     * What differs between layers.
     *
     * @param rope which of the ropes; {@link #NO_ROPE} for none
     * @param window how many positions a query sees, its own among them; {@link #NO_WINDOW} for all
     */
    public record LayerKind(int rope, int window) {
        public static final int NO_ROPE = -1;
        public static final int NO_WINDOW = 0;
    }

    /**
     * Attention, the same in all layers.
     *
     * @param scale what query-key products are multiplied with
     * @param softCap scores s become softCap * tanh(s / softCap); 0 for none
     * @param alibi whether scores sink linearly with distance, steeper from head to head
     * @param sinks whether each head has a score of its own that takes part in the softmax and leads nowhere
     * @param queryKeyNorm norms of queries and keys before they are rotated
     * @param alibiScale what ALiBi's slopes are multiplied with; 1 but in Falcon
     */
    public record Attention(
            double scale, double softCap, boolean alibi, boolean sinks, QueryKeyNorm queryKeyNorm, double alibiScale) {
        public static Attention scaled(double scale) {
            return new Attention(scale, 0, false, false, QueryKeyNorm.NONE, 1);
        }
    }

    /** What queries and keys are normalized over. */
    public enum QueryKeyNorm {
        NONE,
        /** Each head by itself, with the same weight for all heads. */
        EACH_HEAD,
        /** All heads together. */
        ALL_HEADS,
        /** Each head by itself, by mean and variance, with a weight of its own: [heads, head dimension]. */
        EACH_HEAD_APART
    }

    /**
     * The feed-forward part.
     *
     * @param size width between up and down, of one expert where there are experts
     * @param gated whether up is multiplied with an activated gate
     */
    public record FeedForward(
            int size,
            boolean gated,
            Activation activation,
            @Nullable Experts experts) {}

    /** The nonlinearity of the feed-forward. */
    public enum Activation {
        SILU,
        /** GELU in its approximation with tanh. */
        GELU_TANH,
        /** GELU with the error function. */
        GELU_ERF,
        RELU,
        /** min(gate, 7) * sigmoid(1.702 * gate), times up in -7 to 7 plus 1: gpt-oss. */
        CLAMPED_SWIGLU
    }

    /**
     * A mixture of experts.
     *
     * @param used experts that each token goes through
     * @param normalized whether the weights of the chosen experts add up to 1
     * @param denseSize width of the layers that have no experts (their {@link DecoderTensors.FeedForward} is dense); 0 if all have
     * @param sharedSize width of an expert beside the others that every token goes through; 0 for none
     */
    public record Experts(int count, int used, boolean normalized, int denseSize, int sharedSize) {
        /** Experts in all layers, none shared. */
        public Experts(int count, int used, boolean normalized) {
            this(count, used, normalized, 0, 0);
        }

        /** Whether all feed-forwards are of {@link FeedForward#size} and chosen by the router. */
        public boolean plain() {
            return denseSize == 0 && sharedSize == 0;
        }
    }

    /**
     * How parts join the residual stream.
     *
     * @param normBefore whether parts read the stream normalized; the feed-forward of a parallel block may share attention's norm
     * @param normAfter whether the result of each part is normalized before it is added
     * @param parallel attention and feed-forward both read what the layer got; otherwise the feed-forward reads attention's sum
     * @param multiplier what the result of each part is multiplied with before it is added
     */
    public record Residual(boolean normBefore, boolean normAfter, boolean parallel, double multiplier) {
        public static final Residual PLAIN = new Residual(true, false, false, 1);
    }

    /**
     * From the last norm to logits.
     *
     * @param scale what logits are multiplied with
     * @param softCap as in {@link Attention}; 0 for none
     */
    public record Output(double scale, double softCap) {
        public static final Output PLAIN = new Output(1, 0);
    }
}
