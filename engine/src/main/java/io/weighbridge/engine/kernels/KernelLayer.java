package io.weighbridge.engine.kernels;

import io.weighbridge.engine.decoder.DecoderSpec;
import io.weighbridge.engine.decoder.DecoderTensors;
import org.jspecify.annotations.Nullable;

/** One block's weights; what a family does not have is null. Either {@code dense} or {@code experts} is there. */
record KernelLayer(
        @Nullable KernelNorm attentionNorm,
        AttentionPart.Weights attention,
        KernelLinear output,
        @Nullable KernelNorm postAttentionNorm,
        @Nullable KernelNorm feedForwardNorm,
        FeedForwardPart.@Nullable Weights dense,
        ExpertsPart.@Nullable Weights experts,
        @Nullable KernelNorm postFeedForwardNorm) {
    static KernelLayer of(
            DecoderSpec spec, DecoderTensors.Layer stored, WeightBits bits, WeightLoader loader, int stride) {
        return new KernelLayer(
                KernelNorm.of(spec.norm(), stored.attentionNorm(), stride),
                AttentionPart.Weights.of(stored, bits, loader),
                loader.linear(stored.output(), bits),
                KernelNorm.of(spec.norm(), stored.postAttentionNorm(), stride),
                KernelNorm.of(spec.norm(), stored.feedForwardNorm(), stride),
                stored.feedForward() instanceof DecoderTensors.Dense dense
                        ? FeedForwardPart.Weights.of(dense, bits, loader)
                        : null,
                stored.feedForward() instanceof DecoderTensors.Mixture mixture
                        ? ExpertsPart.Weights.of(mixture, bits, loader)
                        : null,
                KernelNorm.of(spec.norm(), stored.postFeedForwardNorm(), stride));
    }
}
