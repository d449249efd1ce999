package io.weighbridge.engine.runner;

/**
 * Computes forward passes over one loaded model. One thread owns a runner and calls everything on it; nothing here is
 * thread-safe. KV memory belongs to the runner and is addressed in token places from 0 to {@link #kvCapacityTokens()}; who
 * uses which places is the scheduler's business.
 */
public interface ModelRunner extends AutoCloseable {
    /** Number of scores in a row of logits. */
    int vocabularySize();

    /** Most positions of one sequence. */
    int contextLength();

    /** Token places of the KV memory, all sequences together. */
    int kvCapacityTokens();

    /**
     * One forward pass. Writes keys and values of all tokens of the batch, reads those of earlier steps.
     *
     * @return for each slice of the batch, in order, the logits after its last token if the slice wants them: shape
     *     (vocabularySize), else an empty array
     * @throws RunnerException when the back end fails; the runner must not be used afterwards
     */
    float[][] run(Batch batch);

    @Override
    void close();
}
