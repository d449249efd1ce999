package io.weighbridge.inference.loading;

/** What a model can be asked for. */
public enum Task {
    /** Completions. */
    GENERATE,
    /** Embeddings of texts. */
    EMBED,
    /** How well a document fits a query. */
    SCORE
}
