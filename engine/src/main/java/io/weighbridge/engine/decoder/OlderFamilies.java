package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.Norm;
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
            "falcon", OlderFamilies::falcon);

    /** BLOOM was trained with this context; its positions have no end of their own. */
    private static final int BLOOM_CONTEXT_DEFAULT = 2048;

    /** OPT's learned positions begin with two rows that no token uses. */
    private static final int OPT_POSITION_OFFSET = 2;

    private OlderFamilies() {}

    private static Decoder gpt2(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = draft(config, "n_embd", "n_layer", "n_head");
        config.require("scale_attn_by_inverse_layer_idx", false);
        config.require("scale_attn_weights", true);
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
        return bind(draft, table, name -> name.endsWith(".attn.bias") || name.endsWith(".attn.masked_bias"));
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
            var head = new TensorTable(checkpoint, name -> name).take("embed_out.weight");
            table.put("head.weight", head);
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
                name -> name.equals("embed_out.weight")
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
        return bind(draft, table, "lm_head.weight"::equals);
    }

    private static Decoder falcon(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = config.has("num_hidden_layers")
                ? draft(config, "hidden_size", "num_hidden_layers", "num_attention_heads")
                : draft(config, "hidden_size", "n_layer", "n_head");
        config.require("alibi", false);
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
        rotated(draft, config, 0);
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
        return bind(draft, table, "lm_head.weight"::equals);
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
        var based = base > 0 && !options.has("rope_theta") ? new ConfigReader.Rope(options, base, rope.share()) : rope;
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
