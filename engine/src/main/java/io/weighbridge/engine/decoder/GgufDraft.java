package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.DecoderSpec.Experts;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;

/** A decoder in the making together with the GGUF file it is read from. Begins with what all architectures say by the same keys. */
final class GgufDraft {
    private static final List<String> REFUSED = List.of(
            "attention.temperature_scale",
            "attention.clamp_kqv",
            "expert_group_count",
            "leading_dense_block_count",
            "nextn_predict_layers");

    /** The gating function of a softmax; the others are sigmoids. */
    private static final long GATING_SOFTMAX = 1;

    final Checkpoint checkpoint;
    final GgufReader keys;
    final DecoderDraft shape = new DecoderDraft();

    /** Name of the norm before the feed-forward, within a layer. */
    String feedForwardNorm = "ffn_norm";

    /** See {@link GgufRopes}. */
    boolean truncatedYarn = true;

    GgufDraft(Checkpoint checkpoint, GgufReader keys) {
        this.checkpoint = checkpoint;
        this.keys = keys;
        refuse();
        sizes();
        presence();
    }

    private void refuse() {
        var kind = keys.metadata().string("general.type").orElse("model");
        if (!kind.equals("model")) {
            throw new CheckpointException("the GGUF file holds a '%s' (general.type), not a model".formatted(kind));
        }
        keys.refuse(REFUSED);
        if (!keys.truth("attention.causal", true)) {
            throw new CheckpointException(
                    "%s = false is not supported: this is no decoder".formatted(keys.named("attention.causal")));
        }
    }

    private void sizes() {
        shape.layerCount = keys.size("block_count");
        DecoderLimits.layers(shape.layerCount);
        shape.hiddenSize = keys.size("embedding_length");
        shape.headCount = keys.size("attention.head_count");
        shape.kvHeadCount = keys.size("attention.head_count_kv", shape.headCount);
        shape.headDimension = keys.has("attention.key_length")
                ? keys.size("attention.key_length")
                : DecoderLimits.divide(
                        keys.named("embedding_length"),
                        shape.hiddenSize,
                        keys.named("attention.head_count"),
                        shape.headCount);
        if (keys.size("attention.value_length", shape.headDimension) != shape.headDimension) {
            throw new CheckpointException("%s is %d, but keys have %d dimensions; this is not supported"
                    .formatted(
                            keys.named("attention.value_length"),
                            keys.size("attention.value_length"),
                            shape.headDimension));
        }
        var embedding = checkpoint
                .tensor("token_embd.weight")
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor 'token_embd.weight'"));
        shape.vocabularySize = DecoderLimits.size(
                "rows of token_embd.weight", embedding.shape().getFirst());
        shape.contextLength = keys.size("context_length");
        shape.attentionScale = keys.real("attention.scale", 1 / Math.sqrt(shape.headDimension));
        shape.feedForwardSize = keys.size("feed_forward_length", 4 * shape.hiddenSize);
    }

    private void presence() {
        shape.tied = !has("output.weight");
        shape.headBias = has("output.bias");
        shape.learnedPositions = has("position_embd.weight");
        shape.embeddingNorm = has("token_embd_norm.weight");
        shape.normBiases = has("output_norm.bias");
        shape.attentionNorm = has("blk.0.attn_norm.weight");
        shape.queryKeyValueBiases = has("blk.0.attn_q.bias") || has("blk.0.attn_qkv.bias");
        shape.outputBias = has("blk.0.attn_output.bias");
        shape.feedForwardBiases = has("blk.0.ffn_up.bias");
        boolean layerNorm = keys.has("attention.layer_norm_epsilon");
        shape.norm = layerNorm ? Norm.Kind.LAYER : Norm.Kind.RMS;
        shape.normEpsilon = keys.real(layerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon");
    }

    boolean has(String tensor) {
        return checkpoint.tensor(tensor).isPresent();
    }

    /** Rotates all layers; a window that the file states is on all of them. */
    void rotate(RopeLayout layout) {
        shape.ropes = List.of(ropes(layout).scaled());
        var kind = new LayerKind(0, window(LayerKind.NO_WINDOW));
        shape.layerKind = _ -> kind;
    }

    GgufRopes ropes(RopeLayout layout) {
        return new GgufRopes(checkpoint, keys, shape, layout, truncatedYarn);
    }

    /** The stated window; one as long as the context is none. */
    int window(int absent) {
        int window = keys.size("attention.sliding_window", absent);
        return window < shape.contextLength ? window : LayerKind.NO_WINDOW;
    }

    /** No positions are rotated. */
    void unrotated() {
        keys.refuse(List.of("attention.sliding_window"));
        shape.layerKind = _ -> new LayerKind(LayerKind.NO_ROPE, LayerKind.NO_WINDOW);
    }

    /** A mixture of experts, where the file states one. */
    void experts(boolean normalized) {
        int count = keys.size("expert_count", 0);
        if (count == 0) {
            return;
        }
        if (keys.metadata().integer(keys.named("expert_gating_func")).orElse(GATING_SOFTMAX) > GATING_SOFTMAX
                || keys.real("expert_weights_scale", 1) != 1) {
            throw new CheckpointException("%s or %s is not supported: experts are weighed by a softmax"
                    .formatted(keys.named("expert_gating_func"), keys.named("expert_weights_scale")));
        }
        shape.feedForwardSize = keys.size("expert_feed_forward_length", shape.feedForwardSize);
        var shared = checkpoint.tensor("blk.0.ffn_up_shexp.weight");
        int sharedSize = shared.isEmpty()
                ? 0
                : DecoderLimits.size(
                        "rows of blk.0.ffn_up_shexp.weight",
                        shared.get().shape().getFirst());
        shape.sharedGate = has("blk.0.ffn_gate_inp_shexp.weight");
        shape.routerBias = has("blk.0.ffn_gate_inp.bias");
        shape.feedForwardBiases = has("blk.0.ffn_up_exps.bias");
        shape.experts = new Experts(
                count, keys.size("expert_used_count"), keys.truth("expert_weights_norm", normalized), 0, sharedSize);
    }

    Decoder bind() {
        if (shape.experts == null && keys.size("expert_count", 0) != 0) {
            throw new CheckpointException("%s of %d is not supported in this architecture"
                    .formatted(keys.named("expert_count"), keys.size("expert_count")));
        }
        var table = GgufTable.of(checkpoint, shape, feedForwardNorm);
        var decoder = shape.bind(table);
        table.refuseUnused(GgufRopes::isDivisors);
        return decoder;
    }
}
