package io.weighbridge.engine.encoder;

import io.weighbridge.engine.runner.RunnerException;
import java.util.List;

/** Computes embeddings with one loaded encoder. One thread owns a runner and calls everything on it; nothing here is thread-safe. */
public interface EncoderRunner extends AutoCloseable {
    /** Length of an embedding. */
    int dimensions();

    /** Most tokens of one input, special tokens included. */
    int contextLength();

    /**
     * One embedding for each input, in order. No input is padded and none attends to another, so what else is in the batch changes a
     * vector by no more than rounding: products of more rows may be summed in another order.
     *
     * @param inputs token ids as the tokenizer gave them, special tokens included; 1 to {@link #contextLength()} each
     * @throws IllegalArgumentException when an input is empty or too long, or a token id or type is outside its table
     * @throws RunnerException when the back end fails; the runner must not be used afterwards
     */
    List<float[]> embed(List<int[]> inputs);

    /**
     * The classifier's values for each input, one for each label, in order. All else as {@link #embed}.
     *
     * @throws IllegalStateException when the encoder has no classifier
     */
    List<float[]> classify(List<EncoderInput> inputs);

    @Override
    void close();
}
