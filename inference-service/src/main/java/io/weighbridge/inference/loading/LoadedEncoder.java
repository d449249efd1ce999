package io.weighbridge.inference.loading;

import io.weighbridge.engine.encoder.Encoder;
import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.encoder.InputEncoder;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import java.util.Set;
import java.util.function.Supplier;

/**
 * An encoder of this process. Tokenizer and input encoder may be used by any thread.
 *
 * @param runner makes the encoder runner, on the thread that will use it
 * @param release gives back what was opened; called once, after the runner is closed
 */
public record LoadedEncoder(
        String model,
        String weightsDigest,
        NumericsChoice numerics,
        Encoder encoder,
        Tokenizer tokenizer,
        InputEncoder inputs,
        Supplier<EncoderRunner> runner,
        Supplier<Passport> passport,
        Runnable release)
        implements Loaded {
    public EncoderRunner openRunner() {
        return runner.get();
    }

    /** A classifier's head scores pairs; without one there are embeddings, whose cosine is a score too. */
    @Override
    public Set<Task> tasks() {
        return encoder.classifier() == null ? Set.of(Task.EMBED, Task.SCORE) : Set.of(Task.SCORE);
    }

    @Override
    public void close() {
        tokenizer.close();
        release.run();
    }
}
