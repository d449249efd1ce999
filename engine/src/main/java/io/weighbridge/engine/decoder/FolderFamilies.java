package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;

/**
 * Families that name their tensors as Llama does, from config.json as transformers 4 and 5 write it. Each method says what a family has
 * otherwise than Llama; defaults are those of its configuration class.
 */
final class FolderFamilies {
    /** The window that Mistral's configuration class assumes when config.json does not speak of one. */
    private static final int MISTRAL_WINDOW_DEFAULT = 4096;

    /** Which rotate layers with a window otherwise than those without. */
    private static final List<String> TWO_ROPES = List.of("gemma3_text", "olmo3");

    static final Map<String, Function<Checkpoint, Decoder>> BY_MODEL_TYPE = Map.ofEntries(
            Map.entry("llama", FolderFamilies::llama),
            Map.entry("mistral", FolderFamilies::mistral),
            Map.entry("qwen2", FolderFamilies::qwen2),
            Map.entry("qwen3", FolderFamilies::qwen3),
            Map.entry("smollm3", FolderFamilies::smollm3),
            Map.entry("granite", FolderFamilies::granite),
            Map.entry("olmo2", FolderFamilies::olmo2),
            Map.entry("gemma2", FolderFamilies::gemma2),
            Map.entry("gemma3_text", FolderFamilies::gemma3),
            Map.entry("cohere", FolderFamilies::cohere),
            Map.entry("stablelm", FolderFamilies::stablelm),
            Map.entry("phi3", FolderFamilies::phi3),
            Map.entry("starcoder2", FolderFamilies::starcoder2),
            Map.entry("gemma", FolderFamilies::gemma),
            Map.entry("cohere2", FolderFamilies::cohere2),
            Map.entry("olmo3", FolderFamilies::olmo3));

    private FolderFamilies() {}

    private static Decoder llama(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.feedForwardBiases = config.truth("mlp_bias", false);
        refuseWindow(config, draft);
        return bind(draft, table(checkpoint, draft));
    }

    /** The reference does not know of a window here and ignores it; whoever wrote one meant something else. */
    private static void refuseWindow(ConfigReader config, DecoderDraft draft) {
        int window = config.size("sliding_window", Integer.MAX_VALUE);
        if (window < draft.contextLength && config.truth("use_sliding_window", true)) {
            throw new CheckpointException(
                    "config.json: a sliding_window of %d in a context of %d is not supported in llama; only full attention is"
                            .formatted(window, draft.contextLength));
        }
    }

    private static Decoder mistral(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        int absent = config.mentions("sliding_window") ? Integer.MAX_VALUE : MISTRAL_WINDOW_DEFAULT;
        windowOnAllLayers(draft, config.size("sliding_window", absent));
        return bind(draft, table(checkpoint, draft));
    }

    private static Decoder qwen2(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        draft.queryKeyValueBiases = true;
        qwenWindow(draft, config);
        return bind(draft, table(checkpoint, draft));
    }

    private static Decoder qwen3(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = qwen3Draft(config);
        return bind(draft, table(checkpoint, draft));
    }

    static DecoderDraft qwen3Draft(ConfigReader config) {
        var draft = draft(config, 128);
        draft.queryKeyNorm = QueryKeyNorm.EACH_HEAD;
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        qwenWindow(draft, config);
        return draft;
    }

    private static Decoder smollm3(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        draft.tied = config.truth("tie_word_embeddings", true);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.feedForwardBiases = config.truth("mlp_bias", false);
        var withRope = config.integers("no_rope_layers");
        int interval = config.size("no_rope_layer_interval", 4);
        IntPredicate rotated = withRope == null
                ? layer -> (layer + 1) % interval != 0
                : layer -> element("no_rope_layers", withRope, layer) != 0;
        int window = config.truth("use_sliding_window", false)
                ? window(draft, config.size("sliding_window", 4096))
                : LayerKind.NO_WINDOW;
        var windowed = windowed(config, layer -> !rotated.test(layer));
        draft.layerKind = layer -> new LayerKind(
                rotated.test(layer) ? 0 : LayerKind.NO_ROPE, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
        return bind(draft, table(checkpoint, draft));
    }

    private static Decoder granite(Checkpoint checkpoint) {
        var draft = graniteDraft(config(checkpoint));
        return bind(draft, table(checkpoint, draft));
    }

    static DecoderDraft graniteDraft(ConfigReader config) {
        var draft = draft(config);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.feedForwardBiases = config.truth("mlp_bias", false);
        draft.embeddingScale = config.real("embedding_multiplier", 1);
        draft.attentionScale = config.real("attention_multiplier", 1);
        draft.residualMultiplier = config.real("residual_multiplier", 1);
        draft.logitScale = 1 / config.real("logits_scaling", 1);
        return draft;
    }

    private static Decoder olmo2(Checkpoint checkpoint) {
        var config = config(checkpoint);
        return olmo(checkpoint, config, draft(config));
    }

    /** OLMo 2 with windows; only layers without one have a scaled rotation. */
    private static Decoder olmo3(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        int window = window(draft, config.size("sliding_window", 4096));
        var windowed = windowed(config, layer -> (layer + 1) % 4 != 0);
        var full = config.rope("full_attention");
        var local = config.nestedRope("sliding_attention")
                ? config.rope("sliding_attention")
                : config.unscaledRope(full.base());
        draft.ropes = List.of(
                RopeFrequencies.of(full, draft.headDimension, RopeLayout.HALVES),
                RopeFrequencies.of(local, draft.headDimension, RopeLayout.HALVES));
        draft.layerKind =
                layer -> windowed.test(layer) ? new LayerKind(1, window) : new LayerKind(0, LayerKind.NO_WINDOW);
        return olmo(checkpoint, config, draft);
    }

    private static Decoder olmo(Checkpoint checkpoint, ConfigReader config, DecoderDraft draft) {
        draft.normEpsilon = config.real("rms_norm_eps", 1e-5);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.queryKeyNorm = QueryKeyNorm.ALL_HEADS;
        draft.attentionNorm = false;
        draft.feedForwardNorm = false;
        draft.postNorms = true;
        var table = table(checkpoint, draft);
        postNorms(table, draft, "post_attention_layernorm");
        return bind(draft, table);
    }

    private static Decoder gemma(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = gemmaDraft(config);
        draft.attentionScale = 1 / Math.sqrt(draft.headDimension);
        // Early files say gelu and mean its approximation.
        draft.activation = Activation.GELU_TANH;
        draft.postNorms = false;
        var table = table(checkpoint, draft);
        table.changeNorms(TensorViews::plusOne);
        return bind(draft, table);
    }

    private static Decoder gemma2(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = gemmaDraft(config);
        draft.attentionSoftCap = config.real("attn_logit_softcapping", 50);
        draft.logitSoftCap = config.real("final_logit_softcapping", 30);
        int window = window(draft, config.size("sliding_window", 4096));
        var windowed = windowed(config, layer -> layer % 2 == 0);
        draft.layerKind = layer -> new LayerKind(0, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
        return bind(draft, gemmaTable(checkpoint, draft));
    }

    private static Decoder gemma3(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = gemmaDraft(config);
        draft.attentionSoftCap = config.real("attn_logit_softcapping", 0);
        draft.logitSoftCap = config.real("final_logit_softcapping", 0);
        config.require("use_bidirectional_attention", false);
        draft.queryKeyNorm = QueryKeyNorm.EACH_HEAD;
        int window = window(draft, config.size("sliding_window", 4096));
        int pattern = config.size("sliding_window_pattern", config.size("_sliding_window_pattern", 6));
        var windowed = windowed(config, layer -> (layer + 1) % pattern != 0);
        var local = config.has("rope_local_base_freq") || !config.has("rope_parameters")
                ? config.unscaledRope(config.real("rope_local_base_freq", 10_000))
                : config.rope("sliding_attention");
        draft.ropes = List.of(
                RopeFrequencies.of(config.rope("full_attention"), draft.headDimension, RopeLayout.HALVES),
                RopeFrequencies.of(local, draft.headDimension, RopeLayout.HALVES));
        draft.layerKind =
                layer -> windowed.test(layer) ? new LayerKind(1, window) : new LayerKind(0, LayerKind.NO_WINDOW);
        return bind(draft, gemmaTable(checkpoint, draft));
    }

    private static DecoderDraft gemmaDraft(ConfigReader config) {
        var draft = draft(config, 256);
        draft.tied = config.truth("tie_word_embeddings", true);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.embeddingScale = Math.sqrt(draft.hiddenSize);
        draft.attentionScale = 1 / Math.sqrt(config.real("query_pre_attn_scalar", 256));
        draft.activation = activation(config, "hidden_activation", Activation.GELU_TANH);
        draft.postNorms = true;
        return draft;
    }

    /** Gemma stores the weights of its norms less 1. */
    private static TensorTable gemmaTable(Checkpoint checkpoint, DecoderDraft draft) {
        var table = table(checkpoint, draft);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            table.move(layer + ".feed_forward_norm", "model.layers.%d.pre_feedforward_layernorm".formatted(layer));
        }
        postNorms(table, draft, "post_attention_layernorm");
        table.changeNorms(TensorViews::plusOne);
        return table;
    }

    private static Decoder cohere(Checkpoint checkpoint) {
        var draft = cohereDraft(config(checkpoint));
        return bind(draft, table(checkpoint, draft));
    }

    /** Rotates only layers with a window. */
    private static Decoder cohere2(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = cohereDraft(config);
        int window = window(draft, config.size("sliding_window", 4096));
        int pattern = config.size("sliding_window_pattern", config.size("_sliding_window_pattern", 4));
        var windowed = windowed(config, layer -> (layer + 1) % pattern != 0);
        draft.layerKind = layer ->
                windowed.test(layer) ? new LayerKind(0, window) : new LayerKind(LayerKind.NO_ROPE, LayerKind.NO_WINDOW);
        return bind(draft, table(checkpoint, draft));
    }

    private static DecoderDraft cohereDraft(ConfigReader config) {
        var draft = draft(config);
        if (config.truth("use_qk_norm", false)) {
            draft.queryKeyNorm = QueryKeyNorm.EACH_HEAD_APART;
        }
        draft.tied = config.truth("tie_word_embeddings", true);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.norm = Norm.Kind.LAYER;
        draft.normEpsilon = config.real("layer_norm_eps", 1e-5);
        draft.parallel = true;
        draft.feedForwardNorm = false;
        draft.logitScale = config.real("logit_scale", 0.0625);
        draft.ropes = List.of(RopeFrequencies.of(config.rope(), draft.headDimension, RopeLayout.INTERLEAVED));
        return draft;
    }

    private static Decoder stablelm(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        boolean normed = config.truth("qk_layernorm", false);
        draft.queryKeyNorm = normed ? QueryKeyNorm.EACH_HEAD_APART : QueryKeyNorm.NONE;
        draft.norm = Norm.Kind.LAYER;
        draft.normEpsilon = config.real("layer_norm_eps", 1e-5);
        draft.normBiases = true;
        draft.queryKeyValueBiases = config.truth("use_qkv_bias", false);
        draft.parallel = config.truth("use_parallel_residual", false);
        draft.feedForwardNorm = !draft.parallel;
        var table = table(checkpoint, draft);
        for (int layer = 0; normed && layer < draft.layerCount; layer++) {
            var at = "model.layers.%d.self_attn.".formatted(layer);
            table.stack(layer + ".query_norm.weight", at + "q_layernorm.norms.%d.weight", draft.headCount);
            table.stack(layer + ".key_norm.weight", at + "k_layernorm.norms.%d.weight", draft.kvHeadCount);
        }
        return bind(draft, table);
    }

    private static Decoder phi3(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        draft.normEpsilon = config.real("rms_norm_eps", 1e-5);
        windowOnAllLayers(draft, config.size("sliding_window", Integer.MAX_VALUE));
        var table = table(checkpoint, draft);
        int queries = draft.headCount * draft.headDimension;
        int keys = draft.kvHeadCount * draft.headDimension;
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "model.layers.%d.".formatted(layer);
            table.split(
                    at + "self_attn.qkv_proj.weight",
                    Map.of(
                            layer + ".query.weight", new int[] {0, queries},
                            layer + ".key.weight", new int[] {queries, keys},
                            layer + ".value.weight", new int[] {queries + keys, keys}));
            table.split(
                    at + "mlp.gate_up_proj.weight",
                    Map.of(
                            layer + ".gate.weight", new int[] {0, draft.feedForwardSize},
                            layer + ".up.weight", new int[] {draft.feedForwardSize, draft.feedForwardSize}));
        }
        return bind(draft, table);
    }

    private static Decoder starcoder2(Checkpoint checkpoint) {
        var config = config(checkpoint);
        var draft = draft(config);
        draft.tied = config.truth("tie_word_embeddings", true);
        draft.norm = Norm.Kind.LAYER;
        draft.normEpsilon = config.real("norm_epsilon", 1e-5);
        draft.normBiases = true;
        draft.biases(config.truth("use_bias", true));
        draft.gated = false;
        draft.activation = activation(config, "hidden_act", Activation.GELU_TANH);
        windowOnAllLayers(draft, config.size("sliding_window", Integer.MAX_VALUE));
        var table = table(checkpoint, draft);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            table.move(layer + ".up", "model.layers.%d.mlp.c_fc".formatted(layer));
            table.move(layer + ".down", "model.layers.%d.mlp.c_proj".formatted(layer));
        }
        return bind(draft, table);
    }

    static ConfigReader config(Checkpoint checkpoint) {
        return new ConfigReader(((Metadata.HuggingFace) checkpoint.metadata()).config());
    }

    static DecoderDraft draft(ConfigReader config) {
        return draft(config, 0);
    }

    /** @param headDimension where the configuration gives none; 0: the hidden size divided by the heads */
    static DecoderDraft draft(ConfigReader config, int headDimension) {
        refuseQuantized(config);
        var draft = new DecoderDraft();
        draft.layerCount = config.size("num_hidden_layers");
        draft.hiddenSize = config.size("hidden_size");
        draft.headCount = config.size("num_attention_heads");
        draft.kvHeadCount = config.size("num_key_value_heads", draft.headCount);
        draft.headDimension = config.has("head_dim")
                ? config.size("head_dim")
                : headDimension > 0
                        ? headDimension
                        : DecoderLimits.divide("hidden_size", draft.hiddenSize, "num_attention_heads", draft.headCount);
        draft.feedForwardSize = config.size("intermediate_size");
        draft.vocabularySize = config.size("vocab_size");
        draft.contextLength = config.size("max_position_embeddings");
        draft.normEpsilon = config.real("rms_norm_eps", 1e-6);
        draft.attentionScale = 1 / Math.sqrt(draft.headDimension);
        draft.tied = config.truth("tie_word_embeddings", false);
        draft.activation = activation(config, "hidden_act", Activation.SILU);
        if (!TWO_ROPES.contains(config.text("model_type", ""))) {
            draft.ropes = List.of(RopeFrequencies.of(config.rope(), draft.headDimension, RopeLayout.HALVES));
        }
        return draft;
    }

    /** Only published in this form for gpt-oss, whose blocks are read as they are. */
    static void refuseQuantized(ConfigReader config) {
        if (config.has("quantization_config")
                && !config.text("quantization_config", "quant_method", "unknown")
                        .equals("mxfp4")) {
            throw new CheckpointException("config.json has a quantization_config ('%s'), which is not supported in "
                            .formatted(config.text("quantization_config", "quant_method", "unknown"))
                    + "safetensors; use the unquantized checkpoint or a GGUF file");
        }
    }

    /** The activation under {@code key}, which must be one that gated families use. */
    static Activation activation(ConfigReader config, String key, Activation absent) {
        var name = config.text(key, config.text("hidden_act", ""));
        return switch (name) {
            case "" -> absent;
            case "silu", "swish" -> Activation.SILU;
            case "gelu_pytorch_tanh", "gelu_new", "gelu_fast" -> Activation.GELU_TANH;
            case "gelu" -> Activation.GELU_ERF;
            case "relu" -> Activation.RELU;
            default ->
                throw new CheckpointException(
                        "config.json: %s '%s' is not supported; supported: silu, gelu, gelu_new, gelu_pytorch_tanh, relu"
                                .formatted(key, name));
        };
    }

    /** A window that is as long as the context is none. */
    static int window(DecoderDraft draft, int window) {
        return window < draft.contextLength ? window : LayerKind.NO_WINDOW;
    }

    static void windowOnAllLayers(DecoderDraft draft, int window) {
        var kind = new LayerKind(0, window(draft, window));
        draft.layerKind = _ -> kind;
    }

    static void qwenWindow(DecoderDraft draft, ConfigReader config) {
        if (!config.truth("use_sliding_window", false)) {
            return;
        }
        int window = window(draft, config.size("sliding_window", 4096));
        int first = config.count("max_window_layers", 28);
        var windowed = windowed(config, layer -> layer >= first);
        draft.layerKind = layer -> new LayerKind(0, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
    }

    /** Which layers have a window: layer_types where given, else the family's rule. */
    static IntPredicate windowed(ConfigReader config, IntPredicate rule) {
        var types = config.texts("layer_types");
        if (types == null) {
            return rule;
        }
        return layer -> switch (element("layer_types", types, layer)) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default ->
                throw new CheckpointException(
                        "config.json: layer_types '%s' is not supported; supported: sliding_attention,"
                                        .formatted(types.get(layer))
                                + " full_attention");
        };
    }

    private static <T> T element(String key, List<T> list, int layer) {
        if (layer >= list.size()) {
            throw new CheckpointException(
                    "config.json: %s has %d entries, too few for layer %d".formatted(key, list.size(), layer));
        }
        return list.get(layer);
    }

    static TensorTable table(Checkpoint checkpoint, DecoderDraft draft) {
        DecoderLimits.layers(draft.layerCount);
        var table = new TensorTable(checkpoint, name -> name);
        table.move("embedding", "model.embed_tokens");
        table.move("final_norm", "model.norm");
        if (!draft.tied) {
            table.move("head", "lm_head");
        }
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "model.layers.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "input_layernorm");
            table.move(layer + ".query", at + "self_attn.q_proj");
            table.move(layer + ".key", at + "self_attn.k_proj");
            table.move(layer + ".value", at + "self_attn.v_proj");
            table.move(layer + ".query_norm", at + "self_attn.q_norm");
            table.move(layer + ".key_norm", at + "self_attn.k_norm");
            table.move(layer + ".output", at + "self_attn.o_proj");
            if (!draft.postNorms) {
                table.move(layer + ".feed_forward_norm", at + "post_attention_layernorm");
            }
            table.move(layer + ".gate", at + "mlp.gate_proj");
            table.move(layer + ".up", at + "mlp.up_proj");
            table.move(layer + ".down", at + "mlp.down_proj");
        }
        return table;
    }

    private static void postNorms(TensorTable table, DecoderDraft draft, String attention) {
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "model.layers.%d.".formatted(layer);
            table.move(layer + ".post_attention_norm", at + attention);
            table.move(layer + ".post_feed_forward_norm", at + "post_feedforward_layernorm");
        }
    }

    static Decoder bind(DecoderDraft draft, TensorTable table) {
        var decoder = draft.bind(table);
        // A tied head may be stored once more; old checkpoints store the unscaled rotation frequencies.
        table.refuseUnused(
                name -> draft.tied && name.equals("lm_head.weight") || name.endsWith(".self_attn.rotary_emb.inv_freq"));
        return decoder;
    }
}
