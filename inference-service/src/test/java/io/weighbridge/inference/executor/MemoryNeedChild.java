package io.weighbridge.inference.executor;

import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.decoder.Decoder;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.runner.Batch;
import io.weighbridge.inference.djl.DjlBackEnd;
import io.weighbridge.inference.djl.Numerics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Loads a model, fills its keys and values, and prints by how many bytes the process' own memory grew. */
final class MemoryNeedChild {
    static final MemoryNeed.Workload WORKLOAD = new MemoryNeed.Workload(512, 64, 1, 2);

    private MemoryNeedChild() {}

    public static void main(String[] arguments) throws IOException {
        var numerics = Numerics.valueOf(arguments[1]);
        if (numerics == Numerics.BF16) {
            DjlBackEnd.start(WORKLOAD.threads());
        }
        try (var checkpoint = Checkpoints.open(Path.of(arguments[0]))) {
            var decoder = Decoders.of(checkpoint);
            // Compilers take some 20 MB while they compile the kernels, so the first time is not measured.
            fill(decoder, numerics);
            long before = ownBytes();
            System.out.println(fill(decoder, numerics) - before);
        }
    }

    /** Own bytes of the process while the model is loaded and all its places are written. */
    private static long fill(Decoder decoder, Numerics numerics) throws IOException {
        try (var runner = Executors.load(decoder, numerics, WORKLOAD.kvPlaces(), WORKLOAD.threads())) {
            var table = IntStream.range(0, runner.kvBlockCount()).toArray();
            var random = new Random(1);
            for (int at = 0; at < WORKLOAD.kvPlaces(); at += WORKLOAD.tokensPerStep()) {
                var ids = random.ints(WORKLOAD.tokensPerStep(), 0, runner.vocabularySize())
                        .toArray();
                runner.run(new Batch(List.of(new Batch.Slice(ids, at, table, 1))));
            }
            return ownBytes();
        }
    }

    /** Anonymous memory that is resident: everything but mapped files. */
    private static long ownBytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("RssAnon:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
