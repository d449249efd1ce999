package io.weighbridge.engine.decoder;

import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.Attention;
import io.weighbridge.engine.decoder.DecoderSpec.Experts;
import io.weighbridge.engine.decoder.DecoderSpec.FeedForward;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.Output;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.Residual;
import io.weighbridge.engine.decoder.DecoderSpec.Rope;
import io.weighbridge.engine.decoder.TensorBinder.Presence;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * A decoder in the making: begins as Llama is (pre-norm blocks with RMS norms, rotated positions, gated SiLU feed-forward, no biases),
 * and a family changes what it has otherwise. Package-private and short-lived, hence plain fields.
 */
final class DecoderDraft {
    int layerCount;
    int hiddenSize;
    int headCount;
    int kvHeadCount;
    int headDimension;
    int vocabularySize;
    int contextLength;
    double embeddingScale = 1;
    int positionOffset;
    Norm.Kind norm = Norm.Kind.RMS;
    double normEpsilon = 1e-6;
    List<Rope> ropes = List.of();
    IntFunction<LayerKind> layerKind = layer -> new LayerKind(0, LayerKind.NO_WINDOW);
    double attentionScale;
    double attentionSoftCap;
    boolean alibi;
    double alibiScale = 1;
    boolean sinks;
    QueryKeyNorm queryKeyNorm = QueryKeyNorm.NONE;
    int feedForwardSize;
    boolean gated = true;
    Activation activation = Activation.SILU;

    @Nullable
    Experts experts;

    boolean parallel;
    double residualMultiplier = 1;
    double logitScale = 1;
    double logitSoftCap;

    boolean tied;
    boolean learnedPositions;
    boolean embeddingNorm;
    boolean normBiases;
    boolean attentionNorm = true;
    boolean queryKeyValueBiases;
    boolean outputBias;
    boolean postNorms;
    boolean feedForwardNorm = true;
    boolean feedForwardBiases;
    boolean routerBias;
    boolean headBias;
    boolean sharedGate;
    IntPredicate dense = layer -> false;

    /** All linear layers of the blocks have biases, or none. */
    void biases(boolean all) {
        queryKeyValueBiases = all;
        outputBias = all;
        feedForwardBiases = all;
    }

    DecoderSpec spec() {
        DecoderLimits.layers(layerCount);
        var layers = new ArrayList<LayerKind>();
        for (int layer = 0; layer < layerCount; layer++) {
            layers.add(layerKind.apply(layer));
        }
        var spec = new DecoderSpec(
                hiddenSize,
                headCount,
                kvHeadCount,
                headDimension,
                vocabularySize,
                contextLength,
                embeddingScale,
                positionOffset,
                new Norm(norm, normEpsilon),
                ropes,
                layers,
                new Attention(attentionScale, attentionSoftCap, alibi, sinks, queryKeyNorm, alibiScale),
                new FeedForward(feedForwardSize, gated, activation, experts),
                new Residual(attentionNorm, postNorms, parallel, residualMultiplier),
                new Output(logitScale, logitSoftCap));
        DecoderLimits.check(spec);
        return spec;
    }

    Decoder bind(TensorTable table) {
        var spec = spec();
        var presence = new Presence(
                tied,
                learnedPositions,
                embeddingNorm,
                normBiases,
                attentionNorm,
                queryKeyValueBiases,
                outputBias,
                postNorms,
                feedForwardNorm,
                feedForwardBiases,
                routerBias,
                headBias,
                sharedGate,
                dense);
        return new Decoder(spec, new TensorBinder(table, spec, presence).bind());
    }
}
