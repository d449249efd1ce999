package io.weighbridge.engine.fuzz;

import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.decoder.Decoders;
import io.weighbridge.engine.decoder.GoldenGguf;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** GGUF metadata of every architecture beside its tensors. */
final class MetadataTarget implements Target {
    private final List<Stored> goods = new ArrayList<>();
    private final List<Object> nasty = new ArrayList<>(List.of(
            0L,
            -1L,
            1L,
            3L,
            4_096L,
            1L << 24,
            1L << 31,
            Long.MAX_VALUE,
            0.0,
            0.5,
            -1.0,
            1e300,
            Double.NaN,
            true,
            false,
            "",
            "x",
            "yarn",
            "linear",
            "longrope",
            "none",
            List.of(),
            List.of(1L, 2L),
            List.of("a"),
            List.of(true)));

    /** A checkpoint in memory. */
    private record Stored(Map<String, Tensor> tensors, Metadata.Gguf metadata) implements Checkpoint {
        @Override
        public void close() {}

        long bytes() {
            return tensors.values().stream()
                    .mapToLong(
                            tensor -> tensor.data().byteSize() + tensor.name().length())
                    .sum();
        }
    }

    MetadataTarget(Path folder) throws IOException {
        for (var name : GoldenGguf.names()) {
            var path = Files.write(folder.resolve("golden.gguf"), GoldenGguf.bytes(name));
            try (var checkpoint = Checkpoints.open(path)) {
                var tensors = new LinkedHashMap<String, Tensor>();
                for (var tensor : checkpoint.tensors().values()) {
                    var data = MemorySegment.ofArray(tensor.data().toArray(ValueLayout.JAVA_BYTE));
                    tensors.put(tensor.name(), new Tensor(tensor.name(), tensor.type(), tensor.shape(), data));
                }
                var metadata = (Metadata.Gguf) checkpoint.metadata();
                goods.add(new Stored(tensors, metadata));
                metadata.string("general.architecture").ifPresent(nasty::add);
            }
        }
    }

    @Override
    public Input next(RandomGenerator random) {
        var good = goods.get(random.nextInt(goods.size()));
        var values = MetadataValues.mutated(good.metadata().values(), nasty, random);
        var checkpoint = new Stored(good.tensors(), new Metadata.Gguf(values));
        return new Input(checkpoint.bytes(), () -> Decoders.of(checkpoint));
    }

    @Override
    public boolean isRefusal(Throwable failure) {
        return failure instanceof CheckpointException;
    }

    @Override
    public Limits limits() {
        return Limits.FILES;
    }
}
