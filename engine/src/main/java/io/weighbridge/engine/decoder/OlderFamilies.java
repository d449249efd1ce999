package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
import io.weighbridge.engine.decoder.DecoderSpec.Rope;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;

/**
 * Families from before Llama: layer norms, plain feed-forwards, queries, keys and values joined in one tensor, names of their own. Published
 * files may lack the prefix that transformers writes.
 */
final class OlderFamilies {
    static final Map<String, Function<Checkpoint, Decoder>> BY_MODEL_TYPE = Map.of(
            "gpt2", OlderFamilies::gpt2,
            "bloom", OlderFamilies::bloom,
            "gpt_neox", OlderFamilies::gptNeox,
            "opt", OlderFamilies::opt,
            "falcon", OlderFamilies::falcon,
            "gpt_bigcode", OlderFamilies::gptBigCode,
            "gptj", OlderFamilies::gptJ,
            "gpt_neo", OlderFamilies::gptNeo,
            "phi", OlderFamilies::phi);

    /** BLOOM was trained with this context; its positions have no end of their own. */
    private static final int BLOOM_CONTEXT_DEFAULT = 2048;

    /** OPT's learned positions begin with two rows that no token uses. */
    private static final int OPT_POSITION_OFFSET = 2;

    private OlderFamilies() {}

    private static Decoder gpt2(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "n_embd", "n_layer", "n_head");
        config.require("scale_attn_by_inverse_layer_idx", false);
        unscaled(draft, config);
        draft.contextLength = config.sizeOf("n_positions", "n_ctx");
        draft.feedForwardSize = config.size("n_inner", 4 * draft.hiddenSize);
        draft.activation = FolderFamilies.activation(config, "activation_function", Activation.GELU_TANH);
        draft.learnedPositions = true;
        draft.biases(true);
        var table = new TensorTable(checkpoint, prefix(checkpoint, "wte.weight", "transformer."));
        table.move("embedding", "wte");
        table.move("positions", "wpe");
        table.move("final_norm", "ln_f");
        int hidden = draft.hiddenSize;
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "ln_1");
            table.move(layer + ".feed_forward_norm", at + "ln_2");
            transposed(table, at + "attn.c_attn");
            joined(table, layer, at + "attn.c_attn", hidden, hidden, run(0), run(hidden), run(2 * hidden));
            for (var names : List.of(
                    List.of(".output", "attn.c_proj"), List.of(".up", "mlp.c_fc"), List.of(".down", "mlp.c_proj"))) {
                transposed(table, at + names.get(1));
                table.move(layer + names.get(0), at + names.get(1));
            }
        }
        head(checkpoint, table, draft);
        return bind(draft, table, OlderFamilies::isMask);
    }

    private static void unscaled(DecoderDraft draft, ConfigReader config) {
        if (!config.truth("scale_attn_weights", true)) {
            draft.attentionScale = 1;
        }
    }

    /** Old files store the causal mask. */
    private static boolean isMask(String name) {
        return name.endsWith(".bias") && name.contains("attn.") && !name.contains("proj") && !name.contains("c_attn");
    }

    /** A head of its own lies outside of what the prefix is for. */
    private static void head(Checkpoint checkpoint, TensorTable table, DecoderDraft draft) {
        if (!draft.tied) {
            table.put("head.weight", new TensorTable(checkpoint, name -> name).take("lm_head.weight"));
            table.use("lm_head.weight");
        }
    }

    /** GPT-2 whose heads may share one key and value, with weights as other families store them. */
    private static Decoder gptBigCode(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "n_embd", "n_layer", "n_head");
        unscaled(draft, config);
        boolean multiQuery = config.truth("multi_query", true);
        draft.kvHeadCount = multiQuery ? 1 : draft.headCount;
        draft.contextLength = config.size("n_positions");
        draft.feedForwardSize = config.size("n_inner", 4 * draft.hiddenSize);
        draft.activation = FolderFamilies.activation(config, "activation_function", Activation.GELU_TANH);
        draft.learnedPositions = true;
        draft.biases(true);
        var table = new TensorTable(checkpoint, prefix(checkpoint, "wte.weight", "transformer."));
        table.move("embedding", "wte");
        table.move("positions", "wpe");
        table.move("final_norm", "ln_f");
        int hidden = draft.hiddenSize;
        int dimension = draft.headDimension;
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "ln_1");
            table.move(layer + ".feed_forward_norm", at + "ln_2");
            if (multiQuery) {
                var name = at + "attn.c_attn";
                joined(table, layer, name, hidden, dimension, run(0), run(hidden), run(hidden + dimension));
            } else {
                byHead(table, draft, layer, at + "attn.c_attn");
            }
            table.move(layer + ".output", at + "attn.c_proj");
            table.move(layer + ".up", at + "mlp.c_fc");
            table.move(layer + ".down", at + "mlp.c_proj");
        }
        head(checkpoint, table, draft);
        return bind(draft, table, OlderFamilies::isMask);
    }

    private static Decoder gptJ(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "n_embd", "n_layer", "n_head");
        draft.tied = config.truth("tie_word_embeddings", false);
        draft.headBias = true;
        draft.contextLength = config.size("n_positions");
        draft.feedForwardSize = config.size("n_inner", 4 * draft.hiddenSize);
        draft.activation = FolderFamilies.activation(config, "activation_function", Activation.GELU_TANH);
        draft.parallel = true;
        draft.feedForwardNorm = false;
        draft.feedForwardBiases = true;
        int rotated = config.size("rotary_dim", draft.headDimension);
        if (rotated > draft.headDimension) {
            throw new CheckpointException("config.json: rotary_dim is %d, but heads have only %d dimensions"
                    .formatted(rotated, draft.headDimension));
        }
        draft.ropes = List.of(
                new Rope(RopeFrequencies.unscaled(RopeFrequencies.BASE_DEFAULT, rotated), RopeLayout.INTERLEAVED, 1));
        draft.layerKind = _ -> new LayerKind(0, LayerKind.NO_WINDOW);
        var table = new TensorTable(checkpoint, prefix(checkpoint, "wte.weight", "transformer."));
        table.move("embedding", "wte");
        table.move("final_norm", "ln_f");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "ln_1");
            projections(table, layer, at + "attn.", "out_proj");
            table.move(layer + ".up", at + "mlp.fc_in");
            table.move(layer + ".down", at + "mlp.fc_out");
        }
        head(checkpoint, table, draft);
        table.put("head.bias", new TensorTable(checkpoint, name -> name).take("lm_head.bias"));
        table.use("lm_head.bias");
        return bind(draft, table, OlderFamilies::isMask);
    }

    /** Attention without a scale, in every other layer over a window. */
    private static Decoder gptNeo(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "hidden_size", "num_layers", "num_heads");
        draft.attentionScale = 1;
        draft.contextLength = config.size("max_position_embeddings");
        draft.feedForwardSize = config.size("intermediate_size", 4 * draft.hiddenSize);
        draft.activation = FolderFamilies.activation(config, "activation_function", Activation.GELU_TANH);
        draft.learnedPositions = true;
        draft.outputBias = true;
        draft.feedForwardBiases = true;
        int stated = config.size("window_size", 256);
        int window = stated < draft.contextLength ? stated : LayerKind.NO_WINDOW;
        var kinds = config.texts("attention_layers");
        if (kinds == null || kinds.size() < draft.layerCount) {
            throw config.wrong("attention_layers", "a list of global and local, one for each layer");
        }
        draft.layerKind = layer ->
                new LayerKind(LayerKind.NO_ROPE, kinds.get(layer).equals("local") ? window : LayerKind.NO_WINDOW);
        var table = new TensorTable(checkpoint, prefix(checkpoint, "wte.weight", "transformer."));
        table.move("embedding", "wte");
        table.move("positions", "wpe");
        table.move("final_norm", "ln_f");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "ln_1");
            table.move(layer + ".feed_forward_norm", at + "ln_2");
            projections(table, layer, at + "attn.attention.", "out_proj");
            table.move(layer + ".up", at + "mlp.c_fc");
            table.move(layer + ".down", at + "mlp.c_proj");
        }
        head(checkpoint, table, draft);
        return bind(draft, table, name -> name.endsWith(".attention.bias") || isMask(name));
    }

    /** Phi 1, 1.5 and 2. */
    private static Decoder phi(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "hidden_size", "num_hidden_layers", "num_attention_heads");
        config.require("qk_layernorm", false);
        draft.kvHeadCount = config.size("num_key_value_heads", draft.headCount);
        draft.tied = config.truth("tie_word_embeddings", false);
        draft.headBias = true;
        draft.contextLength = config.size("max_position_embeddings", 2048);
        draft.feedForwardSize = config.size("intermediate_size");
        draft.normEpsilon = config.real("layer_norm_eps", 1e-5);
        draft.activation = FolderFamilies.activation(config, "hidden_act", Activation.GELU_TANH);
        draft.parallel = true;
        draft.feedForwardNorm = false;
        draft.biases(true);
        rotated(draft, config, 0);
        var table = new TensorTable(checkpoint, name -> name);
        table.move("embedding", "model.embed_tokens");
        table.move("final_norm", "model.final_layernorm");
        table.move("head", "lm_head");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "model.layers.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "input_layernorm");
            projections(table, layer, at + "self_attn.", "dense");
            table.move(layer + ".up", at + "mlp.fc1");
            table.move(layer + ".down", at + "mlp.fc2");
        }
        return bind(draft, table, _ -> false);
    }

    private static void projections(TensorTable table, int layer, String at, String output) {
        table.move(layer + ".query", at + "q_proj");
        table.move(layer + ".key", at + "k_proj");
        table.move(layer + ".value", at + "v_proj");
        table.move(layer + ".output", at + output);
    }

    private static Decoder bloom(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = config.has("n_embed")
                ? draft(config, "n_embed", "n_layer", "n_head")
                : draft(config, "hidden_size", "n_layer", "n_head");
        config.require("apply_residual_connection_post_layernorm", false);
        draft.contextLength = config.size("seq_length", BLOOM_CONTEXT_DEFAULT);
        draft.feedForwardSize = 4 * draft.hiddenSize;
        draft.activation = Activation.GELU_TANH;
        draft.embeddingNorm = true;
        draft.alibi = true;
        draft.biases(true);
        var table = new TensorTable(checkpoint, prefix(checkpoint, "word_embeddings.weight", "transformer."));
        table.move("embedding", "word_embeddings");
        table.move("embedding_norm", "word_embeddings_layernorm");
        table.move("final_norm", "ln_f");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "input_layernorm");
            table.move(layer + ".feed_forward_norm", at + "post_attention_layernorm");
            byHead(table, draft, layer, at + "self_attention.query_key_value");
            table.move(layer + ".output", at + "self_attention.dense");
            table.move(layer + ".up", at + "mlp.dense_h_to_4h");
            table.move(layer + ".down", at + "mlp.dense_4h_to_h");
        }
        head(checkpoint, table, draft);
        return bind(draft, table, _ -> false);
    }

    private static Decoder gptNeox(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "hidden_size", "num_hidden_layers", "num_attention_heads");
        draft.tied = config.truth("tie_word_embeddings", false);
        draft.contextLength = config.size("max_position_embeddings");
        draft.feedForwardSize = config.size("intermediate_size");
        draft.normEpsilon = config.real("layer_norm_eps", 1e-5);
        draft.activation = FolderFamilies.activation(config, "hidden_act", Activation.GELU_ERF);
        draft.parallel = config.truth("use_parallel_residual", true);
        rotated(draft, config, config.has("rotary_emb_base") ? config.real("rotary_emb_base") : 0);
        draft.biases(true);
        boolean attentionBias = config.truth("attention_bias", true);
        draft.queryKeyValueBiases = attentionBias;
        draft.outputBias = attentionBias;
        var table = new TensorTable(checkpoint, prefix(checkpoint, "embed_in.weight", "gpt_neox."));
        table.move("embedding", "embed_in");
        table.move("final_norm", "final_layer_norm");
        if (!draft.tied) {
            // transformers 5 may name it as others do.
            boolean newer = checkpoint.tensor("lm_head.weight").isPresent();
            var name = newer ? "lm_head.weight" : "embed_out.weight";
            table.put("head.weight", new TensorTable(checkpoint, stored -> stored).take(name));
            table.use(name);
        }
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "layers.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "input_layernorm");
            table.move(layer + ".feed_forward_norm", at + "post_attention_layernorm");
            byHead(table, draft, layer, at + "attention.query_key_value");
            table.move(layer + ".output", at + "attention.dense");
            table.move(layer + ".up", at + "mlp.dense_h_to_4h");
            table.move(layer + ".down", at + "mlp.dense_4h_to_h");
        }
        return bind(
                draft,
                table,
                name -> name.equals("embed_out.weight") && draft.tied
                        || name.endsWith(".attention.bias")
                        || name.endsWith(".attention.masked_bias")
                        || name.endsWith(".rotary_emb.inv_freq"));
    }

    private static Decoder opt(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "hidden_size", "num_hidden_layers", "num_attention_heads");
        config.require("do_layer_norm_before", true);
        config.require("_remove_final_layer_norm", false);
        config.require("layer_norm_elementwise_affine", true);
        if (config.size("word_embed_proj_dim", draft.hiddenSize) != draft.hiddenSize) {
            throw new CheckpointException(
                    "config.json: a word_embed_proj_dim other than hidden_size (%d) is not supported"
                            .formatted(draft.hiddenSize));
        }
        draft.contextLength = config.size("max_position_embeddings");
        draft.feedForwardSize = config.size("ffn_dim");
        draft.normEpsilon = 1e-5;
        draft.activation = FolderFamilies.activation(config, "activation_function", Activation.RELU);
        draft.learnedPositions = true;
        draft.positionOffset = OPT_POSITION_OFFSET;
        draft.biases(config.truth("enable_bias", true));
        var table = new TensorTable(checkpoint, prefix(checkpoint, "decoder.embed_tokens.weight", "model."));
        table.move("embedding", "decoder.embed_tokens");
        table.move("positions", "decoder.embed_positions");
        table.move("final_norm", "decoder.final_layer_norm");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "decoder.layers.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "self_attn_layer_norm");
            table.move(layer + ".feed_forward_norm", at + "final_layer_norm");
            table.move(layer + ".query", at + "self_attn.q_proj");
            table.move(layer + ".key", at + "self_attn.k_proj");
            table.move(layer + ".value", at + "self_attn.v_proj");
            table.move(layer + ".output", at + "self_attn.out_proj");
            table.move(layer + ".up", at + "fc1");
            table.move(layer + ".down", at + "fc2");
        }
        head(checkpoint, table, draft);
        return bind(draft, table, name -> draft.tied && name.equals("lm_head.weight"));
    }

    private static Decoder falcon(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = config.has("num_hidden_layers")
                ? draft(config, "hidden_size", "num_hidden_layers", "num_attention_heads")
                : draft(config, "hidden_size", "n_layer", "n_head");
        boolean alibi = config.truth("alibi", false);
        boolean grouped = config.truth("new_decoder_architecture", false);
        boolean multiQuery = config.truth("multi_query", true);
        draft.kvHeadCount = grouped ? config.sizeOf("num_kv_heads", "n_head_kv") : multiQuery ? 1 : draft.headCount;
        draft.contextLength = config.size("max_position_embeddings", 2048);
        draft.feedForwardSize = config.size("ffn_hidden_size", 4 * draft.hiddenSize);
        draft.activation = FolderFamilies.activation(config, "activation", Activation.GELU_ERF);
        draft.biases(config.truth("bias", false));
        draft.parallel = grouped || config.truth("parallel_attn", true);
        boolean twoNorms = grouped && config.size("num_ln_in_parallel_attn", 2) == 2;
        draft.feedForwardNorm = !draft.parallel || twoNorms;
        if (alibi) {
            draft.alibi = true;
            draft.alibiScale = draft.attentionScale;
        } else {
            rotated(draft, config, 0);
        }
        var table = new TensorTable(checkpoint, prefix(checkpoint, "word_embeddings.weight", "transformer."));
        table.move("embedding", "word_embeddings");
        table.move("final_norm", "ln_f");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "h.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + (twoNorms ? "ln_attn" : "input_layernorm"));
            if (draft.feedForwardNorm) {
                table.move(layer + ".feed_forward_norm", at + (twoNorms ? "ln_mlp" : "post_attention_layernorm"));
            }
            byGroup(table, draft, layer, at + "self_attention.query_key_value");
            table.move(layer + ".output", at + "self_attention.dense");
            table.move(layer + ".up", at + "mlp.dense_h_to_4h");
            table.move(layer + ".down", at + "mlp.dense_4h_to_h");
        }
        head(checkpoint, table, draft);
        return bind(draft, table, name -> draft.tied && name.equals("lm_head.weight"));
    }

    private static DecoderDraft draft(ConfigReader config, String hidden, String layers, String heads) {
        FolderFamilies.refuseQuantized(config);
        var draft = new DecoderDraft();
        draft.hiddenSize = config.size(hidden);
        draft.layerCount = config.size(layers);
        DecoderLimits.layers(draft.layerCount);
        draft.headCount = config.size(heads);
        draft.kvHeadCount = draft.headCount;
        draft.headDimension = DecoderLimits.divide(hidden, draft.hiddenSize, heads, draft.headCount);
        draft.attentionScale = 1 / Math.sqrt(draft.headDimension);
        draft.vocabularySize = config.size("vocab_size");
        draft.norm = Norm.Kind.LAYER;
        draft.normEpsilon = config.real("layer_norm_epsilon", 1e-5);
        draft.normBiases = true;
        draft.gated = false;
        draft.tied = config.truth("tie_word_embeddings", true);
        draft.layerKind = _ -> new LayerKind(LayerKind.NO_ROPE, LayerKind.NO_WINDOW);
        return draft;
    }

    private static void rotated(DecoderDraft draft, ConfigReader config, double base) {
        var rope = config.rope();
        var options = rope.options();
        var based = base > 0 && !options.has("rope_theta") ? rope.withBase(base) : rope;
        draft.ropes = List.of(RopeFrequencies.of(based, draft.headDimension, RopeLayout.HALVES));
        draft.layerKind = _ -> new LayerKind(0, LayerKind.NO_WINDOW);
    }

    private static java.util.function.UnaryOperator<String> prefix(Checkpoint checkpoint, String probe, String prefix) {
        return checkpoint.tensor(probe).isPresent() ? name -> name : name -> prefix + name;
    }

    /** Keeps [inputs, outputs] weights as [outputs, inputs]. */
    private static void transposed(TensorTable table, String name) {
        var stored = table.take(name + ".weight");
        table.replace(name + ".weight", TensorViews.transposed(stored, stored.name()));
    }

    /** Queries, keys and values of each head beside each other: (heads, 3, dimension). */
    private static void byHead(TensorTable table, DecoderDraft draft, int layer, String name) {
        int dimension = draft.headDimension;
        int rows = draft.headCount * dimension;
        joined(
                table,
                layer,
                name,
                rows,
                rows,
                row -> row / dimension * 3 * dimension + row % dimension,
                row -> (row / dimension * 3 + 1) * dimension + row % dimension,
                row -> (row / dimension * 3 + 2) * dimension + row % dimension);
    }

    /** For each key-value head its queries, then its key, then its value. */
    private static void byGroup(TensorTable table, DecoderDraft draft, int layer, String name) {
        int dimension = draft.headDimension;
        int group = DecoderLimits.divide("heads", draft.headCount, "key-value heads", draft.kvHeadCount);
        int stride = (group + 2) * dimension;
        joined(
                table,
                layer,
                name,
                draft.headCount * dimension,
                draft.kvHeadCount * dimension,
                row -> row / (group * dimension) * stride + row % (group * dimension),
                row -> row / dimension * stride + group * dimension + row % dimension,
                row -> row / dimension * stride + (group + 1) * dimension + row % dimension);
    }

    private static IntUnaryOperator run(int first) {
        return row -> first + row;
    }

    private static void joined(
            TensorTable table,
            int layer,
            String name,
            int queries,
            int keys,
            IntUnaryOperator query,
            IntUnaryOperator key,
            IntUnaryOperator value) {
        for (var part : List.of(".weight", ".bias")) {
            if (!table.has(name + part)) {
                continue;
            }
            var whole = table.take(name + part);
            if (whole.shape().getFirst() != (long) queries + 2L * keys) {
                throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %d rows"
                        .formatted(whole.name(), whole.shape(), (long) queries + 2L * keys));
            }
            table.put(layer + ".query" + part, TensorViews.gathered(whole, whole.name(), queries, query));
            table.put(layer + ".key" + part, TensorViews.gathered(whole, whole.name(), keys, key));
            table.put(layer + ".value" + part, TensorViews.gathered(whole, whole.name(), keys, value));
        }
    }

    private static Decoder bind(DecoderDraft draft, TensorTable table, java.util.function.Predicate<String> harmless) {
        var decoder = draft.bind(table);
        table.refuseUnused(name -> harmless.test(name) || draft.tied && name.equals("lm_head.weight"));
        return decoder;
    }
}
