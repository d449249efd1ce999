package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import io.weighbridge.engine.decoder.DecoderSpec.Rope;
import io.weighbridge.engine.decoder.DecoderSpec.RopeLayout;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Families as GGUF files name them; defaults are llama.cpp's. */
final class GgufFamilies {
    static final Map<String, Function<Checkpoint, Decoder>> BY_ARCHITECTURE =
            Map.of("llama", GgufFamilies::llama, "gemma3", GgufFamilies::gemma3);

    private static final String ROPE_FACTORS = "rope_freqs.weight";

    /** Gemma 3's layers with a window rotate with this base, which files do not state. */
    private static final double GEMMA3_LOCAL_BASE = 10_000;

    /** Of so many of Gemma 3's layers the last has no window. */
    private static final int GEMMA3_PATTERN_DEFAULT = 6;

    private GgufFamilies() {}

    private static Decoder llama(Checkpoint checkpoint) {
        var keys = new GgufReader((Metadata.Gguf) checkpoint.metadata(), "llama");
        refuse(keys, List.of("expert_count", "attention.sliding_window"));
        var draft = draft(checkpoint, keys);
        requireWholeHeads(keys, draft.headDimension);
        draft.queryKeyValueBiases = checkpoint.tensor("blk.0.attn_q.bias").isPresent();
        draft.outputBias = draft.queryKeyValueBiases;
        draft.feedForwardBiases = checkpoint.tensor("blk.0.ffn_gate.bias").isPresent();
        draft.ropes =
                List.of(new Rope(ropeFrequencies(checkpoint, keys, draft.headDimension), RopeLayout.INTERLEAVED, 1));
        return bind(draft, table(checkpoint, draft));
    }

    /** The weights of its norms have the 1 already added. */
    private static Decoder gemma3(Checkpoint checkpoint) {
        var keys = new GgufReader((Metadata.Gguf) checkpoint.metadata(), "gemma3");
        refuse(keys, List.of("expert_count", "attn_logit_softcapping", "final_logit_softcapping"));
        var draft = draft(checkpoint, keys);
        requireWholeHeads(keys, draft.headDimension);
        draft.embeddingScale = Math.sqrt(draft.hiddenSize);
        draft.activation = Activation.GELU_TANH;
        draft.postNorms = true;
        draft.queryKeyNorm = QueryKeyNorm.EACH_HEAD;
        var global = ropeFrequencies(checkpoint, keys, draft.headDimension);
        var local = RopeFrequencies.unscaled(GEMMA3_LOCAL_BASE, draft.headDimension);
        draft.ropes = List.of(new Rope(global, RopeLayout.HALVES, 1), new Rope(local, RopeLayout.HALVES, 1));
        int stated = keys.size("attention.sliding_window");
        int window = stated < draft.contextLength ? stated : LayerKind.NO_WINDOW;
        draft.layerKind = layer -> (layer + 1) % GEMMA3_PATTERN_DEFAULT == 0
                ? new LayerKind(0, LayerKind.NO_WINDOW)
                : new LayerKind(1, window);
        var table = table(checkpoint, draft);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "blk.%d.".formatted(layer);
            table.move(layer + ".query_norm", at + "attn_q_norm");
            table.move(layer + ".key_norm", at + "attn_k_norm");
            table.move(layer + ".post_attention_norm", at + "post_attention_norm");
            table.move(layer + ".post_feed_forward_norm", at + "post_ffw_norm");
        }
        return bind(draft, table);
    }

    private static DecoderDraft draft(Checkpoint checkpoint, GgufReader keys) {
        var draft = new DecoderDraft();
        draft.layerCount = keys.size("block_count");
        DecoderLimits.layers(draft.layerCount);
        draft.hiddenSize = keys.size("embedding_length");
        draft.headCount = keys.size("attention.head_count");
        draft.kvHeadCount =
                keys.has("attention.head_count_kv") ? keys.size("attention.head_count_kv") : draft.headCount;
        draft.headDimension = headDimension(keys, draft.hiddenSize, draft.headCount);
        draft.feedForwardSize = keys.size("feed_forward_length");
        var embedding = checkpoint
                .tensor("token_embd.weight")
                .orElseThrow(() -> new CheckpointException("the checkpoint lacks tensor 'token_embd.weight'"));
        draft.vocabularySize = DecoderLimits.size(
                "rows of token_embd.weight", embedding.shape().getFirst());
        draft.contextLength = keys.size("context_length");
        draft.normEpsilon = keys.real("attention.layer_norm_rms_epsilon");
        draft.attentionScale = 1 / Math.sqrt(draft.headDimension);
        draft.tied = checkpoint.tensor("output.weight").isEmpty();
        return draft;
    }

    private static TensorTable table(Checkpoint checkpoint, DecoderDraft draft) {
        var table = new TensorTable(checkpoint, name -> name);
        table.move("embedding", "token_embd");
        table.move("final_norm", "output_norm");
        table.move("head", "output");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var at = "blk.%d.".formatted(layer);
            table.move(layer + ".attention_norm", at + "attn_norm");
            table.move(layer + ".query", at + "attn_q");
            table.move(layer + ".key", at + "attn_k");
            table.move(layer + ".value", at + "attn_v");
            table.move(layer + ".output", at + "attn_output");
            table.move(layer + ".feed_forward_norm", at + "ffn_norm");
            table.move(layer + ".gate", at + "ffn_gate");
            table.move(layer + ".up", at + "ffn_up");
            table.move(layer + ".down", at + "ffn_down");
        }
        return table;
    }

    private static Decoder bind(DecoderDraft draft, TensorTable table) {
        var decoder = draft.bind(table);
        table.refuseUnused(ROPE_FACTORS::equals);
        return decoder;
    }

    private static void refuse(GgufReader keys, List<String> options) {
        var kind = keys.metadata().string("general.type").orElse("model");
        if (!kind.equals("model")) {
            throw new CheckpointException("the GGUF file holds a '%s' (general.type), not a model".formatted(kind));
        }
        for (var option : options) {
            if (keys.has(option) && !isZero(keys.value(option))) {
                throw new CheckpointException(
                        "%s of %s is not supported".formatted(keys.named(option), keys.value(option)));
            }
        }
        if (!keys.metadata().truth(keys.named("attention.causal")).orElse(true)) {
            throw new CheckpointException(
                    "%s = false is not supported: this is no decoder".formatted(keys.named("attention.causal")));
        }
    }

    private static int headDimension(GgufReader keys, int hiddenSize, int headCount) {
        return keys.has("attention.key_length")
                ? keys.size("attention.key_length")
                : DecoderLimits.divide(
                        keys.named("embedding_length"), hiddenSize, keys.named("attention.head_count"), headCount);
    }

    private static boolean isZero(Object value) {
        return value instanceof Number number && number.doubleValue() == 0;
    }

    private static void requireWholeHeads(GgufReader keys, int headDimension) {
        for (var same : List.of("attention.value_length", "rope.dimension_count")) {
            if (keys.has(same) && keys.size(same) != headDimension) {
                throw new CheckpointException("%s is %d, but heads have %d dimensions; this is not supported"
                        .formatted(keys.named(same), keys.size(same), headDimension));
            }
        }
    }

    private static List<Double> ropeFrequencies(Checkpoint checkpoint, GgufReader keys, int headDimension) {
        double base = keys.has("rope.freq_base") ? keys.real("rope.freq_base") : RopeFrequencies.BASE_DEFAULT;
        var frequencies = RopeFrequencies.unscaled(base, headDimension);
        var scaling = keys.metadata().string(keys.named("rope.scaling.type")).orElse("none");
        if (scaling.equals("linear") || keys.has("rope.scale_linear")) {
            double factor = keys.has("rope.scaling.factor")
                    ? keys.real("rope.scaling.factor")
                    : keys.has("rope.scale_linear") ? keys.real("rope.scale_linear") : 1;
            frequencies = RopeFrequencies.linear(frequencies, factor);
        } else if (!scaling.equals("none")) {
            throw new CheckpointException("%s '%s' is not supported; supported: none, linear"
                    .formatted(keys.named("rope.scaling.type"), scaling));
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
