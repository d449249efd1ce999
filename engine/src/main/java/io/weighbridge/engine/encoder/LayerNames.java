package io.weighbridge.engine.encoder;

import io.weighbridge.engine.encoder.EncoderTensors.Layer;
import java.util.ArrayList;
import java.util.List;

/** What a family calls the tensors of its encoder; {@code layer} is where a layer's names begin, with a %d for its number. */
record LayerNames(
        String embedding,
        String positions,
        String tokenTypes,
        String embeddingNorm,
        String relativeBias,
        String layer,
        String query,
        String key,
        String value,
        String output,
        String attentionNorm,
        String up,
        String down,
        String feedForwardNorm) {
    static final LayerNames BERT = new LayerNames(
            "embeddings.word_embeddings.weight",
            "embeddings.position_embeddings.weight",
            "embeddings.token_type_embeddings.weight",
            "embeddings.LayerNorm",
            "encoder.relative_attention_bias.weight",
            "encoder.layer.%d.",
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    static final LayerNames MPNET = new LayerNames(
            BERT.embedding,
            BERT.positions,
            BERT.tokenTypes,
            BERT.embeddingNorm,
            BERT.relativeBias,
            BERT.layer,
            "attention.attn.q",
            "attention.attn.k",
            "attention.attn.v",
            "attention.attn.o",
            "attention.LayerNorm",
            BERT.up,
            BERT.down,
            BERT.feedForwardNorm);

    static final LayerNames DISTILBERT = new LayerNames(
            BERT.embedding,
            BERT.positions,
            BERT.tokenTypes,
            BERT.embeddingNorm,
            BERT.relativeBias,
            "transformer.layer.%d.",
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    static final LayerNames GGUF = new LayerNames(
            "token_embd.weight",
            "position_embd.weight",
            "token_types.weight",
            "token_embd_norm",
            "no such tensor",
            "blk.%d.",
            "attn_q",
            "attn_k",
            "attn_v",
            "attn_output",
            "attn_output_norm",
            "ffn_up",
            "ffn_down",
            "layer_output_norm");

    /** All tensors of an encoder of this shape; {@code tokenTypeCount} is 0 where the family has none. */
    EncoderTensors bind(EncoderTable table, EncoderSpec spec, int tokenTypeCount) {
        int hidden = spec.hiddenSize();
        int inner = spec.feedForwardSize();
        var layers = new ArrayList<Layer>();
        for (int index = 0; index < spec.layerCount(); index++) {
            var at = layer.formatted(index);
            layers.add(new Layer(
                    table.linear(at + query, hidden, hidden),
                    table.linear(at + key, hidden, hidden),
                    table.linear(at + value, hidden, hidden),
                    table.linear(at + output, hidden, hidden),
                    table.norm(at + attentionNorm, hidden),
                    table.linear(at + up, inner, hidden),
                    table.linear(at + down, hidden, inner),
                    table.norm(at + feedForwardNorm, hidden)));
        }
        return new EncoderTensors(
                table.tensor(embedding, spec.vocabularySize(), hidden),
                table.tensor(positions, spec.positionCount(), hidden),
                tokenTypeCount == 0 ? null : table.tensor(tokenTypes, tokenTypeCount, hidden),
                table.norm(embeddingNorm, hidden),
                spec.relativeBuckets() == 0
                        ? null
                        : table.vector(relativeBias, spec.relativeBuckets(), spec.headCount()),
                List.copyOf(layers));
    }
}
