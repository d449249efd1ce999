package io.weighbridge.engine.decoder;

/** What a family calls its tensors, without ".weight" and ".bias". Names of layers hold %d for the layer's index. */
record TensorNames(
        String embedding,
        String finalNorm,
        String head,
        String attentionNorm,
        String query,
        String key,
        String value,
        String output,
        String feedForwardNorm,
        String gate,
        String up,
        String down) {}
