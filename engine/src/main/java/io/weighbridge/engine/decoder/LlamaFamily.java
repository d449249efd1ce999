package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import io.weighbridge.engine.decoder.TensorBinder.Biases;
import java.util.List;
import java.util.Set;

/**
 * Llama and what is built like it: pre-norm blocks with RMS norms, rotary positions over the whole head, grouped-query
 * attention, a gated SiLU feed-forward. Mistral is the same unless its attention window is in use.
 */
final class LlamaFamily {
    private static final TensorNames FOLDER_NAMES = new TensorNames(
            "model.embed_tokens",
            "model.norm",
            "lm_head",
            "model.layers.%d.input_layernorm",
            "model.layers.%d.self_attn.q_proj",
            "model.layers.%d.self_attn.k_proj",
            "model.layers.%d.self_attn.v_proj",
            "model.layers.%d.self_attn.o_proj",
            "model.layers.%d.post_attention_layernorm",
            "model.layers.%d.mlp.gate_proj",
            "model.layers.%d.mlp.up_proj",
            "model.layers.%d.mlp.down_proj");

    private static final TensorNames GGUF_NAMES = new TensorNames(
            "token_embd",
            "output_norm",
            "output",
            "blk.%d.attn_norm",
            "blk.%d.attn_q",
            "blk.%d.attn_k",
            "blk.%d.attn_v",
            "blk.%d.attn_output",
            "blk.%d.ffn_norm",
            "blk.%d.ffn_gate",
            "blk.%d.ffn_up",
            "blk.%d.ffn_down");

    private static final String ROPE_FACTORS = "rope_freqs.weight";

    /** The window that Mistral's configuration class assumes when config.json does not speak of one. */
    private static final int MISTRAL_WINDOW_DEFAULT = 4096;

    private LlamaFamily() {}

    /** Reads config.json as transformers 4 and 5 write it; defaults are those of its LlamaConfig. */
    static Decoder fromFolder(Checkpoint checkpoint) {
        var config = new ConfigReader(((Metadata.HuggingFace) checkpoint.metadata()).config());
        refuseUnsupported(config);
        int hiddenSize = config.size("hidden_size");
        int headCount = config.size("num_attention_heads");
        int headDimension = config.has("head_dim")
                ? config.size("head_dim")
                : DecoderLimits.divide("hidden_size", hiddenSize, "num_attention_heads", headCount);
        int contextLength = config.size("max_position_embeddings");
        refuseWindow(config, contextLength);
        var spec = new DecoderSpec(
                config.size("num_hidden_layers"),
                hiddenSize,
                headCount,
                config.has("num_key_value_heads") ? config.size("num_key_value_heads") : headCount,
                headDimension,
                config.size("intermediate_size"),
                config.size("vocab_size"),
                contextLength,
                config.real("rms_norm_eps", 1e-6),
                RopeFrequencies.of(config.rope(), headDimension),
                RopeLayout.HALVES,
                1,
                1 / Math.sqrt(headDimension),
                Activation.SILU);
        DecoderLimits.check(spec);
        var biases = new Biases(config.truth("attention_bias", false), config.truth("mlp_bias", false));
        boolean tied = config.truth("tie_word_embeddings", false);
        var binder = new TensorBinder(checkpoint, FOLDER_NAMES, spec);
        var tensors = binder.bind(biases, tied);
        // A tied head may be stored once more; old checkpoints store the unscaled rotation frequencies.
        binder.refuseUnused(
                name -> tied && name.equals("lm_head.weight") || name.endsWith(".self_attn.rotary_emb.inv_freq"));
        return new Decoder(spec, tensors);
    }

    private static void refuseUnsupported(ConfigReader config) {
        if (config.has("quantization_config")) {
            throw new CheckpointException("config.json has a quantization_config ('%s'), which is not supported in "
                            .formatted(config.text("quantization_config", "quant_method", "unknown"))
                    + "safetensors; use the unquantized checkpoint or a GGUF file");
        }
        var activation = config.text("hidden_act", "silu");
        if (!Set.of("silu", "swish").contains(activation)) {
            throw new CheckpointException(
                    "config.json: hidden_act '%s' is not supported; supported: silu".formatted(activation));
        }
    }

    private static void refuseWindow(ConfigReader config, int contextLength) {
        boolean mistral = config.text("model_type", "").equals("mistral");
        int window = Integer.MAX_VALUE;
        if (config.has("sliding_window")) {
            window = config.size("sliding_window");
        } else if (mistral && !config.mentions("sliding_window")) {
            window = MISTRAL_WINDOW_DEFAULT;
        }
        if (window < contextLength && config.truth("use_sliding_window", true)) {
            throw new CheckpointException(
                    "config.json: a sliding_window of %d in a context of %d is not supported; only full attention is"
                            .formatted(window, contextLength));
        }
    }

    /** Reads GGUF metadata under "llama."; defaults are llama.cpp's. */
    static Decoder fromGguf(Checkpoint checkpoint) {
        var keys = new GgufReader((Metadata.Gguf) checkpoint.metadata(), "llama");
        refuseUnsupported(keys);
        int hiddenSize = keys.size("embedding_length");
        int headCount = keys.size("attention.head_count");
        int headDimension = headDimension(keys, hiddenSize, headCount);
        var embedding = checkpoint
                .tensor("token_embd.weight")
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor 'token_embd.weight'"));
        var spec = new DecoderSpec(
                keys.size("block_count"),
                hiddenSize,
                headCount,
                keys.has("attention.head_count_kv") ? keys.size("attention.head_count_kv") : headCount,
                headDimension,
                keys.size("feed_forward_length"),
                DecoderLimits.size(
                        "rows of token_embd.weight", embedding.shape().getFirst()),
                keys.size("context_length"),
                keys.real("attention.layer_norm_rms_epsilon"),
                ropeFrequencies(checkpoint, keys, headDimension),
                RopeLayout.INTERLEAVED,
                1,
                1 / Math.sqrt(headDimension),
                Activation.SILU);
        DecoderLimits.check(spec);
        var binder = new TensorBinder(checkpoint, GGUF_NAMES, spec);
        var biases = new Biases(
                checkpoint.tensor("blk.0.attn_q.bias").isPresent(),
                checkpoint.tensor("blk.0.ffn_gate.bias").isPresent());
        var tensors = binder.bind(biases, checkpoint.tensor("output.weight").isEmpty());
        binder.refuseUnused(ROPE_FACTORS::equals);
        return new Decoder(spec, tensors);
    }

    private static void refuseUnsupported(GgufReader keys) {
        var kind = keys.metadata().string("general.type").orElse("model");
        if (!kind.equals("model")) {
            throw new CheckpointException("the GGUF file holds a '%s' (general.type), not a model".formatted(kind));
        }
        for (var option : List.of("expert_count", "attention.sliding_window")) {
            if (keys.has(option) && keys.metadata().integer("llama." + option).orElse(0L) != 0) {
                throw new CheckpointException("llama.%s of %s is not supported"
                        .formatted(option, keys.metadata().values().get("llama." + option)));
            }
        }
        if (!keys.metadata().truth("llama.attention.causal").orElse(true)) {
            throw new CheckpointException("llama.attention.causal = false is not supported: this is no decoder");
        }
    }

    private static int headDimension(GgufReader keys, int hiddenSize, int headCount) {
        int headDimension = keys.has("attention.key_length")
                ? keys.size("attention.key_length")
                : DecoderLimits.divide("llama.embedding_length", hiddenSize, "llama.attention.head_count", headCount);
        for (var same : List.of("attention.value_length", "rope.dimension_count")) {
            if (keys.has(same) && keys.size(same) != headDimension) {
                throw new CheckpointException("llama.%s is %d, but heads have %d dimensions; this is not supported"
                        .formatted(same, keys.size(same), headDimension));
            }
        }
        return headDimension;
    }

    private static List<Double> ropeFrequencies(Checkpoint checkpoint, GgufReader keys, int headDimension) {
        double base = keys.has("rope.freq_base") ? keys.real("rope.freq_base") : RopeFrequencies.BASE_DEFAULT;
        var frequencies = RopeFrequencies.unscaled(base, headDimension);
        var scaling = keys.metadata().string("llama.rope.scaling.type").orElse("none");
        if (scaling.equals("linear") || keys.has("rope.scale_linear")) {
            double factor = keys.has("rope.scaling.factor")
                    ? keys.real("rope.scaling.factor")
                    : keys.has("rope.scale_linear") ? keys.real("rope.scale_linear") : 1;
            frequencies = RopeFrequencies.linear(frequencies, factor);
        } else if (!scaling.equals("none")) {
            throw new CheckpointException(
                    "llama.rope.scaling.type '%s' is not supported; supported: none, linear".formatted(scaling));
        }
        var factors = checkpoint.tensor(ROPE_FACTORS);
        return factors.isPresent() ? divided(frequencies, factors.get()) : frequencies;
    }

    /** llama3's scaling comes as one divisor per frequency. */
    private static List<Double> divided(List<Double> frequencies, Tensor factors) {
        TensorBinder.requireShape(factors, List.of((long) frequencies.size()));
        TensorBinder.requirePlain(factors);
        var divisors = Dequantizer.values(factors);
        var divided = new Double[divisors.length];
        for (int i = 0; i < divisors.length; i++) {
            if (!(divisors[i] > 0) || Float.isInfinite(divisors[i])) {
                throw new CheckpointException(
                        "tensor '%s' has a value of %s; all must be above 0".formatted(ROPE_FACTORS, divisors[i]));
            }
            divided[i] = frequencies.get(i) / divisors[i];
        }
        return List.of(divided);
    }
}
