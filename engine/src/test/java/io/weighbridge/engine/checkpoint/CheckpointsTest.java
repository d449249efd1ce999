package io.weighbridge.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.checkpoint.CheckpointSummary.Format;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {
    @TempDir
    Path folder;

    @Test
    void a_folder_with_one_file_is_opened_and_summed_up() {
        try (var checkpoint = Checkpoints.open(Golden.path("llama3"))) {
            assertThat(CheckpointSummary.of(checkpoint))
                    .isEqualTo(
                            new CheckpointSummary(Format.SAFETENSORS, "llama", 142_784L, TensorType.F32, 256L, false));
        }
    }

    @Test
    void a_folder_with_shards_is_opened_and_summed_up() {
        try (var checkpoint = Checkpoints.open(Golden.path("llama3-bf16-sharded"))) {
            assertThat(CheckpointSummary.of(checkpoint))
                    .isEqualTo(
                            new CheckpointSummary(Format.SAFETENSORS, "llama", 142_784L, TensorType.BF16, 256L, false));
        }
    }

    @Test
    void a_gguf_file_is_opened_and_summed_up() throws IOException {
        var path = write(
                "m.gguf",
                new GgufWriter()
                        .put("general.architecture", "llama")
                        .put("llama.context_length", 64)
                        .put("tokenizer.chat_template", "{{ x }}")
                        .tensor("norm", List.of(4L), 1, 2, 3, 4)
                        .tensor("w", TensorType.Q4_1, List.of(2L, 32L), new byte[40])
                        .toBytes());
        try (var checkpoint = Checkpoints.open(path)) {
            assertThat(CheckpointSummary.of(checkpoint))
                    .isEqualTo(new CheckpointSummary(Format.GGUF, "llama", 68, TensorType.Q4_1, 64L, true));
        }
        try (var checkpoint = Checkpoints.open(folder)) {
            assertThat(checkpoint.tensors()).hasSize(2);
        }
    }

    @Test
    void blobs_without_names_are_opened_by_the_names_given() throws IOException {
        var files = new HashMap<String, Path>();
        try (var golden = Files.list(Golden.path("llama3-bf16-sharded"))) {
            for (var file : golden.toList()) {
                files.put(String.valueOf(file.getFileName()), Files.copy(file, folder.resolve("blob" + files.size())));
            }
        }
        try (var checkpoint = Checkpoints.open(files)) {
            assertThat(checkpoint.tensors()).hasSize(30);
        }
        var blob = write("blob", new GgufWriter().put("k", 1).toBytes());
        try (var checkpoint = Checkpoints.open(Map.of("model.GGUF", blob))) {
            assertThat(checkpoint.tensors()).isEmpty();
            assertThatThrownBy(() -> CheckpointSummary.of(checkpoint)).hasMessageContaining("no tensors");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "model.pt", "model.pth", "weights.pkl"})
    void pickle_files_are_refused(String name) throws IOException {
        var path = write(name, new byte[] {1, 2, 3});
        refused(() -> Checkpoints.open(path), name, "safetensors or GGUF");
        write("config.json", "{}".getBytes(StandardCharsets.UTF_8));
        refused(() -> Checkpoints.open(folder), name, "safetensors or GGUF");
    }

    @Test
    void pickle_bytes_are_refused_under_any_name() throws IOException {
        var zip = write("a.gguf", new byte[] {'P', 'K', 3, 4, 0});
        refused(() -> Checkpoints.open(zip), "pickle");
        var bare = write("b.gguf", new byte[] {(byte) 0x80, 2, 'c'});
        refused(() -> Checkpoints.open(bare), "pickle");
    }

    @Test
    void what_is_no_checkpoint_is_refused() throws IOException {
        refused(() -> Checkpoints.open(folder.resolve("absent")), "no file or folder");
        refused(() -> Checkpoints.open(folder), "not a checkpoint");
        var text = write("readme.txt", new byte[] {'h', 'i'});
        refused(() -> Checkpoints.open(text), "is no checkpoint");
        var single = write("model.safetensors", new byte[] {'h', 'i'});
        refused(() -> Checkpoints.open(single), "open its folder");
        refused(() -> Checkpoints.open(folder), "no config.json");
        write("x.gguf", new byte[1]);
        refused(() -> Checkpoints.open(Map.of("x.gguf", text, "y.gguf", text)), "several GGUF");
    }

    @Test
    void shards_must_hold_what_the_index_says_and_be_named_in_it() throws IOException {
        var files = golden("llama3-bf16-sharded");
        var shard = files.remove("model-00002-of-00003.safetensors");
        refused(() -> Checkpoints.open(files), "lacks its file 'model-00002-of-00003.safetensors'");
        files.put("model-00002-of-00003.safetensors", files.get("model-00003-of-00003.safetensors"));
        refused(() -> Checkpoints.open(files), "which the index does not place there");
        assertThat(shard).isNotNull();
        indexed(files, "{\"weight_map\": {\"a\": \"../../etc/passwd\"}}");
        refused(() -> Checkpoints.open(files), "lacks its file '../../etc/passwd'");
        indexed(files, "{\"weight_map\": {\"a\": 1}}");
        refused(() -> Checkpoints.open(files), "file name for tensor 'a'");
        indexed(files, "{}");
        refused(() -> Checkpoints.open(files), "names 0 shards");
        var many = new StringBuilder("{\"weight_map\": {");
        for (int i = 0; i <= HuggingFaceFolder.SHARD_COUNT_MAX; i++) {
            many.append(i == 0 ? "" : ",").append("\"%d\": \"%d\"".formatted(i, i));
        }
        indexed(files, many.append("}}").toString());
        refused(() -> Checkpoints.open(files), "names 1025 shards");
    }

    @Test
    void a_tensor_that_only_the_index_knows_is_refused() throws IOException {
        var files = golden("llama3-bf16-sharded");
        var index = Files.readString(files.get("model.safetensors.index.json"));
        indexed(
                files,
                index.replace(
                        "\"weight_map\": {", "\"weight_map\": {\"ghost\": \"model-00001-of-00003.safetensors\","));
        refused(() -> Checkpoints.open(files), "'ghost' is missing");
    }

    @Test
    void json_files_have_a_size_limit() throws IOException {
        var files = golden("llama3");
        var config = Files.readString(files.get("config.json"));
        int padding = Math.toIntExact(HuggingFaceFolder.CONFIG_BYTES_MAX) - config.length();
        files.put("config.json", write("config.json", (config + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8)));
        Checkpoints.open(files).close();
        files.put(
                "config.json",
                write("config.json", (config + " ".repeat(padding + 1)).getBytes(StandardCharsets.UTF_8)));
        refused(() -> Checkpoints.open(files), "config.json", "the limit is");
    }

    @Test
    void texts_in_json_files_have_a_limit() throws IOException {
        var files = golden("llama3");
        var config = Files.readString(files.get("config.json")).strip();
        for (int more : new int[] {0, 1}) {
            var comment = "\"comment\": \"" + "x".repeat(Json.STRING_LENGTH_MAX + more) + "\",";
            files.put("config.json", text("config.json", "{" + comment + config.substring(1)));
            if (more == 0) {
                Checkpoints.open(files).close();
            } else {
                refused(() -> Checkpoints.open(files), "config.json", "not usable JSON");
            }
        }
    }

    @Test
    void numbers_in_json_files_have_a_limit() throws IOException {
        var files = golden("llama3");
        var config = Files.readString(files.get("config.json")).strip();
        for (int more : new int[] {0, 1}) {
            var number = "\"number\": " + "1".repeat(Json.NUMBER_LENGTH_MAX + more) + ",";
            files.put("config.json", text("config.json", "{" + number + config.substring(1)));
            if (more == 0) {
                Checkpoints.open(files).close();
            } else {
                refused(() -> Checkpoints.open(files), "config.json", "not usable JSON");
            }
        }
    }

    @Test
    void index_and_tokenizer_have_a_size_limit() throws IOException {
        var sharded = golden("llama3-bf16-sharded");
        sharded.put("model.safetensors.index.json", sparse("index", HuggingFaceFolder.INDEX_BYTES_MAX + 1));
        refused(() -> Checkpoints.open(sharded), "model.safetensors.index.json", "the limit is 67108864");
        var single = golden("llama3");
        single.put("tokenizer.json", sparse("tokenizer", HuggingFaceFolder.TOKENIZER_BYTES_MAX));
        Checkpoints.open(single).close();
        single.put("tokenizer.json", sparse("tokenizer", HuggingFaceFolder.TOKENIZER_BYTES_MAX + 1));
        refused(() -> Checkpoints.open(single), "tokenizer.json", "the limit is 134217728");
    }

    @Test
    void folders_have_a_file_count_limit() throws IOException {
        write("m.gguf", new GgufWriter().put("k", 1).toBytes());
        for (int i = 1; i < Checkpoints.FILE_COUNT_MAX; i++) {
            Files.createFile(folder.resolve("file" + i));
        }
        Checkpoints.open(folder).close();
        Files.createFile(folder.resolve("one more"));
        refused(() -> Checkpoints.open(folder), "more than 10000 files");
    }

    private Path sparse(String name, long bytes) throws IOException {
        try (var file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
            file.setLength(bytes);
        }
        return folder.resolve(name);
    }

    @Test
    void chat_template_comes_from_its_file_or_the_tokenizer_config() throws IOException {
        var files = golden("llama3");
        assertThat(template(files)).isNull();
        files.put("tokenizer_config.json", text("a", "{\"chat_template\": \"one\"}"));
        assertThat(template(files)).isEqualTo("one");
        files.put("tokenizer_config.json", text("a", """
                {"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "two"}]}"""));
        assertThat(template(files)).isEqualTo("two");
        files.put("chat_template.jinja", text("b", "three"));
        assertThat(template(files)).isEqualTo("three");
    }

    private static @Nullable String template(Map<String, Path> files) {
        try (var checkpoint = Checkpoints.open(files)) {
            assertThat(CheckpointSummary.of(checkpoint).chatTemplatePresent())
                    .isEqualTo(((Metadata.HuggingFace) checkpoint.metadata())
                            .chatTemplate()
                            .isPresent());
            return ((Metadata.HuggingFace) checkpoint.metadata()).chatTemplate().orElse(null);
        }
    }

    @Test
    void messages_have_a_limit() {
        int most = CheckpointException.MESSAGE_CHARACTERS_MAX;
        assertThat(new CheckpointException("x".repeat(most))).hasMessage("x".repeat(most));
        assertThat(new CheckpointException("x".repeat(most + 1))).hasMessage("x".repeat(most - 3) + "...");
    }

    private void indexed(Map<String, Path> files, String index) throws IOException {
        files.put("model.safetensors.index.json", text("index", index));
    }

    private static Map<String, Path> golden(String name) throws IOException {
        var files = new HashMap<String, Path>();
        try (var golden = Files.list(Golden.path(name))) {
            golden.forEach(file -> files.put(String.valueOf(file.getFileName()), file));
        }
        return files;
    }

    private Path text(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static void refused(ThrowingCallable call, String... messageParts) {
        assertThatThrownBy(call).isInstanceOf(CheckpointException.class).hasMessageContainingAll(messageParts);
    }
}
