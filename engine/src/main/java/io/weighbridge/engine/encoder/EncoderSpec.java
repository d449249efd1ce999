package io.weighbridge.engine.encoder;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;

/**
 * What an encoder computes: embeddings of token, position and token type, a layer norm, then blocks of full attention and a plain
 * feed-forward, each followed by its sum with the input and a layer norm.
 *
 * @param contextLength most tokens of one input, special tokens included
 * @param positionOffset row of the position table that the first token takes
 * @param positionCount rows of the position table
 * @param relativeBuckets rows of the table of biases by distance (T5's kind, as MPNet has it), or 0
 */
public record EncoderSpec(
        int hiddenSize,
        int layerCount,
        int headCount,
        int feedForwardSize,
        int vocabularySize,
        int contextLength,
        int positionOffset,
        int positionCount,
        double normEpsilon,
        Activation activation,
        int relativeBuckets) {
    public int headDimension() {
        return hiddenSize / headCount;
    }
}
