package io.weighbridge.cli;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.inference.djl.Numerics;
import io.weighbridge.inference.executor.Executors;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.variant.Machine;
import io.weighbridge.inference.variant.NumericsChoice;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A checkpoint opened and put into memory on the calling thread. */
record LoadedDecoder(Checkpoint checkpoint, Decoder decoder, Numerics numerics, ModelRunner runner)
        implements AutoCloseable {
    /** {@code numerics} is a name of {@link Numerics}, or auto. */
    static LoadedDecoder open(Path path, String numerics, int kvCapacityTokens, int threads) {
        return open(path, numerics, kvCapacityTokens, threads, decoder -> decoder.servedUpTo(kvCapacityTokens));
    }

    /** The same with a decoder that {@code change} makes of the one read. */
    static LoadedDecoder open(
            Path path, String numerics, int kvCapacityTokens, int threads, UnaryOperator<Decoder> change) {
        var checkpoint = Checkpoints.open(path);
        try {
            var decoder = change.apply(Decoders.of(checkpoint));
            var workload = new MemoryNeed.Workload(kvCapacityTokens, kvCapacityTokens, 1, threads);
            var machine = Machine.here();
            var chosen = NumericsChoice.of(numerics, decoder, workload, machine.defaultBudgetBytes(), machine)
                    .numerics();
            return new LoadedDecoder(
                    checkpoint, decoder, chosen, Executors.load(decoder, chosen, kvCapacityTokens, threads));
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    @Override
    public void close() {
        runner.close();
        checkpoint.close();
    }
}
