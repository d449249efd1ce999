package io.weighbridge.engine.decoder;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Moves the tensors of a GGUF file to their roles. All architectures share one list of names. */
final class GgufTable {
    /** The norm after attention; gpt-oss names the one before the feed-forward so. */
    static final String POST_ATTENTION_NORM = "post_attention_norm";

    private final TensorTable table;
    private final DecoderDraft draft;

    private GgufTable(Checkpoint checkpoint, DecoderDraft draft) {
        this.table = new TensorTable(checkpoint, name -> name);
        this.draft = draft;
    }

    /** {@code feedForwardNorm} is the name of the norm before the feed-forward, within a layer. */
    static TensorTable of(Checkpoint checkpoint, DecoderDraft draft, String feedForwardNorm) {
        var moved = new GgufTable(checkpoint, draft);
        moved.table.move("embedding", "token_embd");
        moved.table.move("positions", "position_embd");
        moved.table.move("embedding_norm", "token_embd_norm");
        moved.table.move("final_norm", "output_norm");
        moved.table.move("head", "output");
        for (int layer = 0; layer < draft.layerCount; layer++) {
            moved.attention(layer);
            moved.table.move(layer + ".feed_forward_norm", "blk.%d.%s".formatted(layer, feedForwardNorm));
            if (!feedForwardNorm.equals(POST_ATTENTION_NORM)) {
                moved.table.move(layer + ".post_attention_norm", "blk.%d.%s".formatted(layer, POST_ATTENTION_NORM));
            }
            moved.table.move(layer + ".post_feed_forward_norm", "blk.%d.post_ffw_norm".formatted(layer));
            moved.feedForward(layer);
        }
        return moved.table;
    }

    private void attention(int layer) {
        var at = "blk.%d.".formatted(layer);
        boolean second = table.has(at + "attn_norm_2.weight");
        // Falcon with two norms: the second is attention's.
        table.move(layer + ".attention_norm", at + (second ? "attn_norm_2" : "attn_norm"));
        if (second) {
            table.move(layer + ".feed_forward_norm", at + "attn_norm");
        }
        if (table.has(at + "attn_qkv.weight")) {
            joined(layer, at + "attn_qkv.weight", ".weight");
            if (table.has(at + "attn_qkv.bias")) {
                joined(layer, at + "attn_qkv.bias", ".bias");
            }
        } else {
            table.move(layer + ".query", at + "attn_q");
            table.move(layer + ".key", at + "attn_k");
            table.move(layer + ".value", at + "attn_v");
        }
        table.move(layer + ".query_norm", at + "attn_q_norm");
        table.move(layer + ".key_norm", at + "attn_k_norm");
        if (draft.sinks) {
            table.move(layer + ".sinks", at + "attn_sinks");
        }
        table.move(layer + ".output", at + "attn_output");
    }

    private void joined(int layer, String name, String part) {
        int queries = draft.headCount * draft.headDimension;
        int keys = draft.kvHeadCount * draft.headDimension;
        table.split(
                name,
                Map.of(
                        layer + ".query" + part, new int[] {0, queries},
                        layer + ".key" + part, new int[] {queries, keys},
                        layer + ".value" + part, new int[] {queries + keys, keys}));
    }

    private void feedForward(int layer) {
        var at = "blk.%d.".formatted(layer);
        if (draft.experts != null && !draft.dense.test(layer)) {
            experts(layer, at, draft.experts.count());
            return;
        }
        table.move(layer + ".gate", at + "ffn_gate");
        table.move(layer + ".down", at + "ffn_down");
        if (draft.gated && !table.has(at + "ffn_gate.weight")) {
            gateAndUp(layer + ".", table.take(at + "ffn_up.weight"), draft.feedForwardSize);
        } else {
            table.move(layer + ".up", at + "ffn_up");
        }
    }

    private void gateAndUp(String role, Tensor both, int size) {
        if (both.shape().getFirst() != 2L * size) {
            throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %d rows"
                    .formatted(both.name(), both.shape(), 2L * size));
        }
        table.put(role + "gate.weight", TensorViews.rows(both, both.name(), 0, size));
        table.put(role + "up.weight", TensorViews.rows(both, both.name(), size, size));
    }

    private void experts(int layer, String at, int count) {
        table.move(layer + ".router", at + "ffn_gate_inp");
        for (var part : List.of("gate", "up", "down")) {
            table.move(layer + ".shared." + part, at + "ffn_" + part + "_shexp");
            if (!table.has(at + "ffn_" + part + "_exps.weight")) {
                // Old files have a tensor for each expert.
                for (int expert = 0; expert < count; expert++) {
                    table.move("%d.%d.%s".formatted(layer, expert, part), at + "ffn_%s.%d".formatted(part, expert));
                }
                continue;
            }
            for (var kind : List.of(".weight", ".bias")) {
                var name = at + "ffn_" + part + "_exps" + kind;
                if (table.has(name)) {
                    elements("%d.%%d.%s%s".formatted(layer, part, kind), table.take(name), count);
                }
            }
        }
        if (table.has(at + "ffn_gate_inp_shexp.weight")) {
            var gate = table.take(at + "ffn_gate_inp_shexp.weight");
            TensorBinder.requireShape(gate, List.of((long) draft.hiddenSize));
            var row = new Tensor(gate.name(), gate.type(), List.of(1L, (long) draft.hiddenSize), gate.data());
            table.put(layer + ".shared_gate.weight", row);
        }
    }

    private void elements(String role, Tensor all, int count) {
        if (Objects.requireNonNull(all.shape().getFirst()) != count
                || all.shape().size() < 2) {
            throw new CheckpointException("tensor '%s' has shape %s; the configuration wants %d experts"
                    .formatted(all.name(), all.shape(), count));
        }
        for (int expert = 0; expert < count; expert++) {
            table.put(role.formatted(expert), TensorViews.element(all, all.name(), expert));
        }
    }
}
