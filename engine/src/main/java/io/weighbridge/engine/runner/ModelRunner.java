package io.weighbridge.engine.runner;

/**
 * Computes forward passes over one loaded model. One thread owns a runner and calls everything on it; nothing here is
 * thread-safe. KV memory belongs to the runner and is addressed in blocks from 0 to {@link #kvBlockCount()}; who uses which
 * blocks is the scheduler's business.
 */
public interface ModelRunner extends AutoCloseable {
    /**
     * Tokens of a KV block. As many as the widest vector has floats, so that kernels read a block's keys side by side; few enough
     * that a sequence wastes little of its last block.
     */
    int KV_BLOCK_TOKENS = 16;

    /** Number of scores in a row of logits. */
    int vocabularySize();

    /** Most positions of one sequence. */
    int contextLength();

    /** Blocks of the KV memory, all sequences together. */
    int kvBlockCount();

    /**
     * Whether a token's logits are the same bits whatever else is in its batch and slice. Where they are not, tokens are never computed
     * together on a guess: one that is nearly as probable might be taken instead.
     */
    default boolean isSameInAnyBatch() {
        return false;
    }

    /**
     * One forward pass. Does the batch's copies, then writes keys and values of all its tokens and reads those of earlier steps.
     *
     * @return the wanted rows of logits, slice after slice, inside a slice in the order of its tokens: shape
     *     (batch.logitsCount(), vocabularySize)
     * @throws RunnerException when the back end fails; the runner must not be used afterwards
     */
    float[][] run(Batch batch);

    @Override
    void close();
}
