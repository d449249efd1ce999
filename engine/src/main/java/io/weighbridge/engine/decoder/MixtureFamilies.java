package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.decoder.DecoderSpec.Activation;
import io.weighbridge.engine.decoder.DecoderSpec.Experts;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import io.weighbridge.engine.decoder.DecoderSpec.QueryKeyNorm;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** Families with mixtures of experts, which otherwise name their tensors as Llama does. */
final class MixtureFamilies {
    static final Map<String, Function<Checkpoint, Decoder>> BY_MODEL_TYPE = Map.of(
            "mixtral", MixtureFamilies::mixtral,
            "qwen2_moe", MixtureFamilies::qwen2Moe,
            "qwen3_moe", MixtureFamilies::qwen3Moe,
            "olmoe", MixtureFamilies::olmoe,
            "granitemoe", MixtureFamilies::graniteMoe,
            "granitemoeshared", MixtureFamilies::graniteMoe,
            "gpt_oss", MixtureFamilies::gptOss);

    private MixtureFamilies() {}

    private static Decoder mixtral(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.draft(config);
        FolderFamilies.windowOnAllLayers(draft, config.size("sliding_window", Integer.MAX_VALUE));
        draft.experts = new Experts(config.size("num_local_experts", 8), config.size("num_experts_per_tok", 2), true);
        draft.normEpsilon = config.real("rms_norm_eps", 1e-5);
        var table = FolderFamilies.table(checkpoint, draft);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var moe = "model.layers.%d.block_sparse_moe.".formatted(layer);
            table.move(layer + ".router", moe + "gate");
            for (int expert = 0; expert < draft.experts.count(); expert++) {
                var role = "%d.%d.".formatted(layer, expert);
                table.move(role + "gate", moe + "experts.%d.w1".formatted(expert));
                table.move(role + "down", moe + "experts.%d.w2".formatted(expert));
                table.move(role + "up", moe + "experts.%d.w3".formatted(expert));
            }
        }
        return FolderFamilies.bind(draft, table);
    }

    private static Decoder qwen3Moe(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.qwen3Draft(config);
        sparse(config, draft, 8, 0);
        return FolderFamilies.bind(draft, expertTable(checkpoint, draft));
    }

    private static Decoder qwen2Moe(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.draft(config);
        draft.queryKeyValueBiases = config.truth("qkv_bias", true);
        FolderFamilies.qwenWindow(draft, config);
        sparse(config, draft, 4, config.size("shared_expert_intermediate_size"));
        draft.sharedGate = true;
        return FolderFamilies.bind(draft, expertTable(checkpoint, draft));
    }

    private static Decoder olmoe(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.draft(config);
        if (config.has("clip_qkv")) {
            throw new CheckpointException("config.json: clip_qkv is not supported");
        }
        draft.normEpsilon = config.real("rms_norm_eps", 1e-5);
        draft.queryKeyValueBiases = config.truth("attention_bias", false);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.queryKeyNorm = QueryKeyNorm.ALL_HEADS;
        draft.experts = new Experts(
                config.sizeOf("num_experts", "num_local_experts"),
                config.size("num_experts_per_tok", 8),
                config.truth("norm_topk_prob", false));
        return FolderFamilies.bind(draft, expertTable(checkpoint, draft));
    }

    /** Which layers have experts, and how wide everything is. */
    private static void sparse(ConfigReader config, DecoderDraft draft, int used, int sharedSize) {
        int denseSize = draft.feedForwardSize;
        var listed = config.integers("mlp_only_layers");
        var without = listed == null ? Set.<Long>of() : Set.copyOf(listed);
        int step = config.size("decoder_sparse_step", 1);
        draft.feedForwardSize = config.size("moe_intermediate_size");
        draft.dense = layer -> without.contains((long) layer) || (layer + 1) % step != 0;
        boolean any = false;
        for (int layer = 0; layer < draft.layerCount; layer++) {
            any |= draft.dense.test(layer);
        }
        draft.experts = new Experts(
                config.sizeOf("num_experts", "num_local_experts"),
                config.size("num_experts_per_tok", used),
                config.truth("norm_topk_prob", false),
                any ? denseSize : 0,
                sharedSize);
    }

    /** Experts under mlp.experts, a router at mlp.gate, a shared expert beside them. */
    private static TensorTable expertTable(Checkpoint checkpoint, DecoderDraft draft) {
        var table = FolderFamilies.table(checkpoint, draft);
        var experts = Objects.requireNonNull(draft.experts);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            if (draft.dense.test(layer)) {
                continue;
            }
            var mlp = "model.layers.%d.mlp.".formatted(layer);
            table.move(layer + ".router", mlp + "gate");
            for (var part : List.of("gate", "up", "down")) {
                for (int expert = 0; expert < experts.count(); expert++) {
                    table.move(
                            "%d.%d.%s".formatted(layer, expert, part),
                            mlp + "experts.%d.%s_proj".formatted(expert, part));
                }
                table.move(layer + ".shared." + part, mlp + "shared_expert.%s_proj".formatted(part));
            }
            table.move(layer + ".shared_gate", mlp + "shared_expert_gate");
        }
        return table;
    }

    /** All experts of a layer in one tensor, gate above up. */
    private static Decoder graniteMoe(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.graniteDraft(config);
        draft.feedForwardBiases = false;
        int shared = config.size("shared_intermediate_size", 0);
        draft.experts = new Experts(
                config.size("num_local_experts", 8), config.size("num_experts_per_tok", 2), true, 0, shared);
        var table = FolderFamilies.table(checkpoint, draft);
        int inner = draft.feedForwardSize;
        for (int layer = 0; layer < draft.layerCount; layer++) {
            var moe = "model.layers.%d.block_sparse_moe.".formatted(layer);
            table.move(layer + ".router", moe + "router.layer");
            var joined = table.take(moe + "input_linear.weight");
            var down = table.take(moe + "output_linear.weight");
            long count = draft.experts.count();
            TensorBinder.requireShape(joined, List.of(count, 2L * inner, (long) draft.hiddenSize));
            TensorBinder.requireShape(down, List.of(count, (long) draft.hiddenSize, (long) inner));
            for (int expert = 0; expert < count; expert++) {
                var role = "%d.%d.".formatted(layer, expert);
                var one = TensorViews.element(joined, joined.name(), expert);
                table.put(role + "gate.weight", TensorViews.rows(one, one.name(), 0, inner));
                table.put(role + "up.weight", TensorViews.rows(one, one.name(), inner, inner));
                table.put(role + "down.weight", TensorViews.element(down, down.name(), expert));
            }
            if (shared > 0) {
                var mlp = "model.layers.%d.shared_mlp.".formatted(layer);
                table.split(
                        mlp + "input_linear.weight",
                        Map.of(
                                layer + ".shared.gate.weight", new int[] {0, shared},
                                layer + ".shared.up.weight", new int[] {shared, shared}));
                table.move(layer + ".shared.down", mlp + "output_linear");
            }
        }
        return FolderFamilies.bind(draft, table);
    }

    private static Decoder gptOss(Checkpoint checkpoint) {
        var config = FolderFamilies.config(checkpoint);
        var draft = FolderFamilies.draft(config, 64);
        draft.normEpsilon = config.real("rms_norm_eps", 1e-5);
        draft.queryKeyValueBiases = config.truth("attention_bias", true);
        draft.outputBias = draft.queryKeyValueBiases;
        draft.feedForwardBiases = true;
        draft.routerBias = true;
        draft.sinks = true;
        draft.activation = Activation.CLAMPED_SWIGLU;
        if (config.real("swiglu_limit", 7) != 7 || config.real("swiglu_alpha", 1.702) != 1.702) {
            throw new CheckpointException(
                    "config.json: a swiglu_limit other than 7 or swiglu_alpha other than 1.702 is" + " not supported");
        }
        int window = FolderFamilies.window(draft, config.size("sliding_window", 128));
        var windowed = FolderFamilies.windowed(config, layer -> layer % 2 == 0);
        draft.layerKind = layer -> new LayerKind(0, windowed.test(layer) ? window : LayerKind.NO_WINDOW);
        draft.experts = new Experts(
                config.sizeOf("num_local_experts", "num_experts"), config.size("num_experts_per_tok", 4), true);
        var table = FolderFamilies.table(checkpoint, draft);
        for (int layer = 0; layer < draft.layerCount; layer++) {
            table.put(layer + ".sinks.weight", table.take("model.layers.%d.self_attn.sinks".formatted(layer)));
            table.move(layer + ".router", "model.layers.%d.mlp.router".formatted(layer));
            GptOssExperts.move(table, draft, layer, "model.layers.%d.mlp.experts.".formatted(layer));
        }
        return FolderFamilies.bind(draft, table);
    }
}
