package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Families as GGUF files name them. Sizes come from keys, biases from the tensors that are there, and what files do not state is as in
 * the original model: where llama.cpp computes otherwise (GELU in its approximation, Phi 3's window left out), the original counts.
 */
final class GgufFamilies {
    static final Map<String, Function<Checkpoint, Decoder>> BY_ARCHITECTURE = functions(Map.ofEntries(
            Map.entry("llama", GgufFamilies::llama),
            Map.entry("mistral3", GgufFamilies::llama),
            Map.entry("gpt2", GgufFamilies::gpt2),
            Map.entry("starcoder", GgufFamilies::gpt2),
            Map.entry("bloom", GgufFamilies::bloom),
            Map.entry("gptneox", GgufFamilies::gptNeox),
            Map.entry("falcon", GgufFamilies::falcon),
            Map.entry("phi2", GgufFamilies::phi2),
            Map.entry("phi3", draft -> draft.rotate(RopeLayout.HALVES)),
            Map.entry("gemma", GgufFamilies::gemma),
            Map.entry("gemma2", GgufFamilies::gemma2),
            Map.entry("gemma3", GgufFamilies::gemma3),
            Map.entry("qwen2", draft -> draft.rotate(RopeLayout.HALVES)),
            Map.entry("qwen2moe", GgufFamilies::qwen2Moe),
            Map.entry("qwen3", GgufFamilies::qwen3),
            Map.entry("qwen3moe", GgufFamilies::qwen3),
            Map.entry("olmo2", GgufFamilies::olmo2),
            Map.entry("olmoe", GgufFamilies::olmoe),
            Map.entry("gpt-oss", GgufFamilies::gptOss),
            Map.entry("starcoder2", GgufFamilies::starcoder2),
            Map.entry("granite", GgufFamilies::granite),
            Map.entry("granitemoe", GgufFamilies::granite),
            Map.entry("command-r", GgufFamilies::commandR),
            Map.entry("cohere2", GgufFamilies::cohere2),
            Map.entry("stablelm", GgufFamilies::stablelm),
            Map.entry("smollm3", GgufFamilies::smollm3)));

    /** Layers with a window rotate with this base where Gemma 3's files do not state one. */
    private static final double GEMMA3_LOCAL_BASE = 10_000;

    /** Of so many layers the last has no window. */
    private static final int GEMMA3_PATTERN_DEFAULT = 6;

    private static final int GEMMA2_PATTERN_DEFAULT = 2;
    private static final int GEMMA2_WINDOW_DEFAULT = 4096;
    private static final int GPT_OSS_PATTERN_DEFAULT = 2;
    private static final int OLMO3_PATTERN_DEFAULT = 4;
    private static final int COHERE2_PATTERN_DEFAULT = 4;

    /** Gemma 2 and 3 of 27 billion weights, known by their layers, scale attention by hidden size over heads. */
    private static final int GEMMA2_27B_LAYERS = 46;

    private static final int GEMMA3_27B_LAYERS = 62;

    /** Every so many layers one is not rotated. */
    private static final int SMOLLM3_UNROTATED = 4;

    private GgufFamilies() {}

    private static Map<String, Function<Checkpoint, Decoder>> functions(Map<String, Consumer<GgufDraft>> families) {
        return families.entrySet().stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, family -> checkpoint -> {
                    var keys = new GgufReader((Metadata.Gguf) checkpoint.metadata(), family.getKey());
                    var draft = new GgufDraft(checkpoint, keys);
                    family.getValue().accept(draft);
                    return draft.bind();
                }));
    }

    /** Also Mistral and Mixtral. */
    private static void llama(GgufDraft draft) {
        draft.rotate(RopeLayout.INTERLEAVED);
        draft.experts(true);
    }

    /** Also the first StarCoder. */
    private static void gpt2(GgufDraft draft) {
        draft.unrotated();
        draft.shape.gated = false;
        draft.shape.activation = Activation.GELU_TANH;
    }

    private static void bloom(GgufDraft draft) {
        gpt2(draft);
        draft.shape.alibi = true;
    }

    private static void gptNeox(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.gated = false;
        draft.shape.activation = Activation.GELU_ERF;
        draft.shape.parallel = draft.keys.truth("use_parallel_residual", true);
    }

    private static void falcon(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.gated = false;
        draft.shape.activation = Activation.GELU_ERF;
        draft.shape.parallel = true;
        draft.shape.feedForwardNorm = draft.has("blk.0.attn_norm_2.weight");
    }

    private static void phi2(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.gated = false;
        draft.shape.activation = Activation.GELU_TANH;
        draft.shape.parallel = true;
        draft.shape.feedForwardNorm = false;
    }

    /** The weights of the Gemmas' norms have the 1 already added. */
    private static void gemma(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.embeddingScale = Math.sqrt(draft.shape.hiddenSize);
        draft.shape.activation = Activation.GELU_TANH;
    }

    private static void gemma2(GgufDraft draft) {
        gemma(draft);
        var shape = draft.shape;
        shape.postNorms = true;
        shape.attentionSoftCap = draft.keys.real("attn_logit_softcapping", 50);
        shape.logitSoftCap = draft.keys.real("final_logit_softcapping", 30);
        scaleByLayers(draft, GEMMA2_27B_LAYERS);
        int window = draft.window(GEMMA2_WINDOW_DEFAULT);
        var windowed = draft.keys.pattern("attention.sliding_window_pattern", GEMMA2_PATTERN_DEFAULT);
        shape.layerKind = layer -> new LayerKind(0, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
    }

    private static void gemma3(GgufDraft draft) {
        gemma(draft);
        var shape = draft.shape;
        draft.keys.refuse(List.of("attn_logit_softcapping"));
        shape.logitSoftCap = draft.keys.real("final_logit_softcapping", 0);
        shape.postNorms = true;
        shape.queryKeyNorm = QueryKeyNorm.EACH_HEAD;
        scaleByLayers(draft, GEMMA3_27B_LAYERS);
        if (draft.keys.size("attention.sliding_window", 0) == 0) {
            return;
        }
        var ropes = draft.ropes(RopeLayout.HALVES);
        shape.ropes = List.of(ropes.scaled(), ropes.unscaled(GEMMA3_LOCAL_BASE));
        windowsRotateApart(draft, GEMMA3_PATTERN_DEFAULT);
    }

    private static void scaleByLayers(GgufDraft draft, int layersOf27b) {
        var shape = draft.shape;
        if (shape.layerCount == layersOf27b) {
            shape.attentionScale =
                    draft.keys.real("attention.scale", 1 / Math.sqrt((double) shape.hiddenSize / shape.headCount));
        }
    }

    /** Layers with a window have the second rotation, the others the first. */
    private static void windowsRotateApart(GgufDraft draft, int pattern) {
        int window = draft.window(LayerKind.NO_WINDOW);
        var windowed = draft.keys.pattern("attention.sliding_window_pattern", pattern);
        draft.shape.layerKind =
                layer -> windowed.test(layer) ? new LayerKind(1, window) : new LayerKind(0, LayerKind.NO_WINDOW);
    }

    private static void qwen2Moe(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.experts(false);
    }

    /** Also its mixtures of experts. */
    private static void qwen3(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.queryKeyNorm = QueryKeyNorm.EACH_HEAD;
        draft.experts(true);
    }

    /** Also OLMo 3, which has windows and scales the rotation only of layers without. */
    private static void olmo2(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        var shape = draft.shape;
        shape.queryKeyNorm = QueryKeyNorm.ALL_HEADS;
        shape.feedForwardNorm = false;
        shape.postNorms = true;
        if (draft.keys.size("attention.sliding_window", 0) > 0) {
            var ropes = draft.ropes(RopeLayout.HALVES);
            shape.ropes = List.of(ropes.scaled(), ropes.unscaled(ropes.base()));
            windowsRotateApart(draft, OLMO3_PATTERN_DEFAULT);
        }
    }

    private static void olmoe(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.queryKeyNorm = QueryKeyNorm.ALL_HEADS;
        draft.experts(false);
    }

    private static void gptOss(GgufDraft draft) {
        draft.truncatedYarn = false;
        draft.rotate(RopeLayout.HALVES);
        draft.feedForwardNorm = GgufTable.POST_ATTENTION_NORM;
        draft.shape.sinks = true;
        draft.shape.activation = Activation.CLAMPED_SWIGLU;
        draft.experts(true);
        int window = draft.window(LayerKind.NO_WINDOW);
        var windowed = draft.keys.pattern("attention.sliding_window_pattern", GPT_OSS_PATTERN_DEFAULT);
        draft.shape.layerKind = layer -> new LayerKind(0, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
    }

    private static void starcoder2(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.gated = false;
        draft.shape.activation = Activation.GELU_TANH;
    }

    /** Also its mixtures of experts. */
    private static void granite(GgufDraft draft) {
        llama(draft);
        draft.shape.embeddingScale = draft.keys.real("embedding_scale", 1);
        draft.shape.residualMultiplier = draft.keys.real("residual_scale", 1);
        draft.shape.logitScale = 1 / draft.keys.real("logit_scale", 1);
    }

    private static void commandR(GgufDraft draft) {
        draft.rotate(RopeLayout.INTERLEAVED);
        var shape = draft.shape;
        shape.parallel = true;
        shape.feedForwardNorm = false;
        shape.logitScale = draft.keys.real("logit_scale", 1);
        if (draft.has("blk.0.attn_q_norm.weight")) {
            shape.queryKeyNorm = QueryKeyNorm.EACH_HEAD_APART;
        }
    }

    /** Rotates only layers with a window. */
    private static void cohere2(GgufDraft draft) {
        commandR(draft);
        int window = draft.window(LayerKind.NO_WINDOW);
        var windowed = draft.keys.pattern("attention.sliding_window_pattern", COHERE2_PATTERN_DEFAULT);
        draft.shape.layerKind = layer ->
                windowed.test(layer) ? new LayerKind(0, window) : new LayerKind(LayerKind.NO_ROPE, LayerKind.NO_WINDOW);
    }

    private static void stablelm(GgufDraft draft) {
        draft.rotate(RopeLayout.HALVES);
        draft.shape.feedForwardNorm = draft.has("blk.0.ffn_norm.weight");
        draft.shape.parallel = !draft.shape.feedForwardNorm;
        if (draft.has("blk.0.attn_q_norm.weight")) {
            draft.shape.queryKeyNorm = QueryKeyNorm.EACH_HEAD_APART;
        }
    }

    private static void smollm3(GgufDraft draft) {
        draft.rotate(RopeLayout.INTERLEAVED);
        int window = draft.window(LayerKind.NO_WINDOW);
        draft.shape.layerKind =
                layer -> new LayerKind((layer + 1) % SMOLLM3_UNROTATED == 0 ? LayerKind.NO_ROPE : 0, window);
    }
}
