package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufShardsTest {
    @TempDir
    Path folder;

    @Test
    void shards_are_one_checkpoint_whichever_way_they_are_given() throws IOException {
        var blobs = new TreeMap<String, Path>();
        for (int i = 0; i < 3; i++) {
            var name = name(i, 3);
            blobs.put(name, write(name, shard(i, 3, 2, i == 0 ? List.of() : List.of("t" + i))));
        }
        blobs.put("LICENSE", write("LICENSE", new byte[1]));
        checked(Checkpoints.open(folder));
        checked(Checkpoints.open(folder.resolve(name(0, 3))));
        checked(Checkpoints.open(folder.resolve(name(2, 3))));
        checked(Checkpoints.open(blobs));
    }

    private static void checked(Checkpoint opened) {
        try (opened) {
            assertThat(opened.tensors()).containsOnlyKeys("t1", "t2");
            assertThat(Dequantizer.values(opened.tensor("t2").orElseThrow())).containsExactly(2, 0.5f);
            assertThat(((Metadata.Gguf) opened.metadata()).string("general.architecture"))
                    .contains("llama");
        }
    }

    @Test
    void one_shard_of_one_is_a_checkpoint() throws IOException {
        write(name(0, 1), shard(0, 1, 1, List.of("t0")));
        try (var opened = Checkpoints.open(folder)) {
            assertThat(opened.tensors()).containsOnlyKeys("t0");
        }
    }

    @Test
    void a_missing_shard_is_named() throws IOException {
        var first = write(name(0, 2), shard(0, 2, 2, List.of("t0")));
        refused(() -> Checkpoints.open(folder), "lacks its file 'model-00002-of-00002.gguf'");
        refused(() -> Checkpoints.open(first), "lacks its file 'model-00002-of-00002.gguf'");
        refused(
                () -> Checkpoints.open(Map.of("model.gguf", first)),
                "'model.gguf': is one of 2 shards",
                "-00001-of-00002.gguf");
    }

    @Test
    void shards_must_say_what_their_names_say() throws IOException {
        write(name(0, 2), shard(0, 2, 2, List.of("t0")));
        write(name(1, 2), shard(0, 2, 2, List.of("t1")));
        refused(() -> Checkpoints.open(folder), "'model-00002-of-00002.gguf': split.no should be 1", "is 0");
        write(name(1, 2), shard(1, 3, 2, List.of("t1")));
        refused(() -> Checkpoints.open(folder), "split.count should be 2", "is 3");
        write(name(1, 2), shard(1, 2, 2, List.of("t0")));
        refused(() -> Checkpoints.open(folder), "tensor 't0' is also in an earlier shard");
        write(name(1, 2), shard(1, 2, 2, List.of("t1", "t2")));
        refused(() -> Checkpoints.open(folder), "split.tensors.count should be 3", "is 2");
        write(name(1, 2), new GgufWriter().put("a", 1).toBytes());
        refused(() -> Checkpoints.open(folder), "split.no should be 1", "missing");
        write(name(1, 2), new GgufWriter().put("split.no", "1").toBytes());
        refused(() -> Checkpoints.open(folder), "'split.no' should be a Long");
    }

    @Test
    void several_checkpoints_in_one_place_are_refused() throws IOException {
        write(name(0, 2), shard(0, 2, 2, List.of("t0")));
        write(name(1, 2), shard(1, 2, 2, List.of("t1")));
        write("other.gguf", shard(0, 1, 1, List.of("t1")));
        refused(() -> Checkpoints.open(folder), "several GGUF files", "model-00001-of-00002.gguf", "other.gguf");
    }

    @Test
    void shard_count_has_a_limit() throws IOException {
        int most = GgufShards.SHARD_COUNT_MAX;
        write(name(0, most), shard(0, most, 2, List.of("t0")));
        refused(() -> Checkpoints.open(folder), "lacks its file 'model-00002-of-01024.gguf'");
        var tooMany = write(name(0, most + 1), shard(0, most + 1, 2, List.of("t0")));
        refused(() -> Checkpoints.open(tooMany), "says there are 1025 shards; 1 to 1024");
        var none = write("model-00001-of-00000.gguf", shard(0, 0, 2, List.of("t0")));
        refused(() -> Checkpoints.open(none), "says there are 0 shards");
    }

    private static String name(int index, int count) {
        return "model-%05d-of-%05d.gguf".formatted(index + 1, count);
    }

    private static byte[] shard(int index, int count, int tensors, List<String> names) {
        var writer = new GgufWriter();
        if (index == 0) {
            writer.put("general.architecture", "llama");
        }
        writer.put("split.no", index).put("split.count", count).put("split.tensors.count", tensors);
        names.forEach(name -> writer.tensor(name, List.of(2L), index, 0.5f));
        return writer.toBytes();
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void refused(ThrowingCallable call, String... messageParts) {
        assertThatThrownBy(call).isInstanceOf(CheckpointException.class).hasMessageContainingAll(messageParts);
    }
}
