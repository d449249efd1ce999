package io.weighbridge.inference.loading;

import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.inference.variant.NumericsChoice;
import io.weighbridge.inference.variant.Passport;
import java.util.Set;
import java.util.function.Supplier;

/** One model of this process, of whatever kind. Any thread may use its tokenizer. */
public sealed interface Loaded permits LoadedModel, LoadedEncoder {
    /** "owner/name" as in the catalog. */
    String model();

    /** "sha256:..." over the checkpoint's weights. */
    String weightsDigest();

    /** How the weights are held, why, and what the model takes in memory. */
    NumericsChoice numerics();

    Tokenizer tokenizer();

    /** How far the numerics are from float32, as far as it is known by now. */
    Supplier<Passport> passport();

    /** What may be asked of it. */
    Set<Task> tasks();

    /** Gives back what was opened; called once, after the runner is closed. */
    void close();
}
