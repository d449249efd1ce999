package io.weighbridge.engine.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.CheckpointSummary;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.Decoders;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Targets that are files of a checkpoint. What opens is read in full: summary, values and decoder. */
final class CheckpointTargets {
    /** Values of a tensor that are looked at, at most. */
    private static final int VALUES_MAX = 4_096;

    private CheckpointTargets() {}

    /** One file with tensors of every type, which is no model, or one file of a model in shards. */
    static Target safetensors(Path folder) throws IOException {
        var good = Files.readAllBytes(Golden.path("quants.safetensors"));
        var config = Golden.path("llama-tied").resolve("config.json");
        var sharded = files("llama3-bf16-sharded");
        var parts = sharded.keySet().stream()
                .filter(name -> name.startsWith("model"))
                .toList();
        return new FromFiles(random -> {
            if (random.nextInt(4) > 0) {
                var bytes = Bytes.mutated(good, headerBytes(good), random);
                var path = Files.write(folder.resolve("mutated.safetensors"), bytes);
                return input(Map.of("config.json", config, "model.safetensors", path), CheckpointTargets::read);
            }
            var name = parts.get(random.nextInt(parts.size()));
            var part = Files.readAllBytes(Objects.requireNonNull(sharded.get(name)));
            boolean isIndex = name.endsWith(".json");
            var files = new TreeMap<>(sharded);
            var bytes = Bytes.mutated(part, isIndex ? part.length : headerBytes(part), random);
            files.put(name, Files.write(folder.resolve("mutated"), bytes));
            return input(files, CheckpointTargets::readDecoder);
        });
    }

    private static int headerBytes(byte[] safetensors) {
        return 8 + Byte.toUnsignedInt(safetensors[0]) + (Byte.toUnsignedInt(safetensors[1]) << 8);
    }

    private static TreeMap<String, Path> files(String golden) throws IOException {
        var files = new TreeMap<String, Path>();
        try (var stored = Files.list(Golden.path(golden))) {
            stored.forEach(path -> files.put(String.valueOf(path.getFileName()), path));
        }
        return files;
    }

    /** One file of a model, one with tensors of every type, or two shards. */
    static Target gguf(Path folder) {
        var single = GgufSeeds.single();
        var everyType = GgufSeeds.everyType();
        var first = GgufSeeds.shard(0);
        var second = GgufSeeds.shard(1);
        return new FromFiles(random -> {
            int kind = random.nextInt(4);
            if (kind == 0) {
                var bytes = Bytes.mutated(everyType, everyType.length / 2, random);
                return input(Map.of("m.gguf", Files.write(folder.resolve("m.gguf"), bytes)), CheckpointTargets::read);
            }
            if (kind < 3) {
                var bytes = Bytes.mutated(single, single.length - GgufSeeds.DATA_BYTES, random);
                return input(
                        Map.of("m.gguf", Files.write(folder.resolve("m.gguf"), bytes)), CheckpointTargets::readDecoder);
            }
            boolean isFirst = random.nextBoolean();
            var one = isFirst ? Bytes.mutated(first, first.length, random) : first;
            var other = isFirst ? second : Bytes.mutated(second, second.length, random);
            var shards = Map.of(
                    "m-00001-of-00002.gguf", Files.write(folder.resolve("m-00001-of-00002.gguf"), one),
                    "m-00002-of-00002.gguf", Files.write(folder.resolve("m-00002-of-00002.gguf"), other));
            return input(shards, CheckpointTargets::readDecoder);
        });
    }

    /** config.json of every family beside its weights. */
    static Target config(Path folder) throws IOException {
        var mapper = new JsonMapper();
        var configs = new ArrayList<JsonNode>();
        var words = new ArrayList<String>();
        for (var name : Golden.FOLDERS) {
            var config =
                    mapper.readTree(Golden.path(name).resolve("config.json").toFile());
            configs.add(config);
            JsonTrees.words(config, words);
            config.fieldNames().forEachRemaining(words::add);
        }
        return new FromFiles(random -> {
            int index = random.nextInt(configs.size());
            var good = configs.get(index);
            var bytes = random.nextInt(4) == 0
                    ? Bytes.mutated(good.toString().getBytes(StandardCharsets.UTF_8), Integer.MAX_VALUE, random)
                    : JsonTrees.mutated(good, words, random).getBytes(StandardCharsets.UTF_8);
            var files = files(Golden.FOLDERS.get(index));
            files.put("config.json", Files.write(folder.resolve("config.json"), bytes));
            return input(files, CheckpointTargets::readDecoder);
        });
    }

    private static Target.Input input(Map<String, Path> files, Consumer<Checkpoint> reading) throws IOException {
        long bytes = 0;
        for (var path : files.values()) {
            bytes += Files.size(path);
        }
        return new Target.Input(bytes, () -> {
            try (var checkpoint = Checkpoints.open(files)) {
                reading.accept(checkpoint);
            }
        });
    }

    private static void read(Checkpoint checkpoint) {
        CheckpointSummary.of(checkpoint);
        for (var tensor : checkpoint.tensors().values()) {
            long bytes = tensor.elementCount()
                    / tensor.type().blockSize()
                    * tensor.type().blockBytes();
            if (tensor.data().byteSize() != bytes) {
                throw new AssertionError(
                        "%s has %d bytes".formatted(tensor, tensor.data().byteSize()));
            }
            if (tensor.type().isReal() && tensor.elementCount() <= VALUES_MAX) {
                Dequantizer.values(tensor);
            }
        }
    }

    private static void readDecoder(Checkpoint checkpoint) {
        read(checkpoint);
        Decoders.of(checkpoint);
    }

    /** What is read from files is refused with a CheckpointException. */
    private record FromFiles(Source source) implements Target {
        @Override
        public Input next(RandomGenerator random) throws Exception {
            return source.next(random);
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

    private interface Source {
        Target.Input next(RandomGenerator random) throws Exception;
    }
}
