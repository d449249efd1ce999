package io.weighbridge.inference.loading;

import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.chat.ChatEncoder;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A decoder of this process. Tokenizer and chat encoder may be used by any thread.
 *
 * @param weightsDigest "sha256:..." over the checkpoint's weights
 * @param numerics how the weights are held, why, and what the model takes in memory
 * @param endTokenIds ids that end a completion
 * @param runner makes the model runner, on the thread that will use it
 * @param passport how far the numerics are from float32, as far as it is known by now; any thread
 * @param release gives back what was opened; called once, after the runner is closed
 */
public record LoadedModel(
        String model,
        String weightsDigest,
        NumericsChoice numerics,
        Tokenizer tokenizer,
        ChatEncoder chat,
        Set<Integer> endTokenIds,
        Supplier<ModelRunner> runner,
        Supplier<Passport> passport,
        Runnable release)
        implements Loaded {
    public ModelRunner openRunner() {
        return runner.get();
    }

    @Override
    public Set<Task> tasks() {
        return Set.of(Task.GENERATE);
    }

    @Override
    public void close() {
        tokenizer.close();
        release.run();
    }
}
