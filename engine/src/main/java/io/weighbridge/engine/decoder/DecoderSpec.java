package io.weighbridge.engine.decoder;

import java.util.List;

/**
 * One decoder-only model as numbers and kinds, free of any family's name. An executor needs this and the
 * {@link DecoderTensors}, nothing else.
 *
 * @param ropeFrequencies one per pair of rotated dimensions, in radians per position, scaling already applied; length
 *     {@code rotaryDimensions / 2}
 * @param ropeLayout which dimensions of a head form a rotated pair
 * @param ropeAttentionFactor what cosines and sines are multiplied with; 1 unless the scaling says otherwise
 * @param attentionScale what query-key products are multiplied with
 * @param contextLength most positions, prompt and completion together
 */
public record DecoderSpec(
        int layerCount,
        int hiddenSize,
        int headCount,
        int kvHeadCount,
        int headDimension,
        int feedForwardSize,
        int vocabularySize,
        int contextLength,
        double normEpsilon,
        List<Double> ropeFrequencies,
        RopeLayout ropeLayout,
        double ropeAttentionFactor,
        double attentionScale,
        Activation activation) {

    /** How a head's dimensions pair up for rotation. */
    public enum RopeLayout {
        /** (i, i + n/2): Hugging Face's weights. */
        HALVES,
        /** (2i, 2i+1): the original Llama's and GGUF's weights. */
        INTERLEAVED
    }

    /** The nonlinearity of the gated feed-forward. */
    public enum Activation {
        SILU
    }
}
