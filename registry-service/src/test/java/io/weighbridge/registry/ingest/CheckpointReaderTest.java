package io.weighbridge.registry.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Digest;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles, and safetensors folders. GGUF has a test of its own. */
final class CheckpointReaderTest {
    private static final String CONFIG = """
            {"model_type": "llama", "max_position_embeddings": 2048, "license": "mit"}""";
    private static final String ONE_TENSOR = """
            {"a": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}""";

    @TempDir
    private Path root;

    private final List<CheckpointFile> files = new ArrayList<>();
    private BlobStore blobs;

    @BeforeEach
    void open() {
        blobs = new BlobStore(root);
    }

    @Test
    void folder_tells_its_traits_and_license() throws Exception {
        put("config.json", text(CONFIG));
        put("tokenizer_config.json", text("{\"chat_template\": \"x\"}"));
        put("model-00001-of-00002.safetensors", safetensors(ONE_TENSOR, 16));
        put("model-00002-of-00002.safetensors", safetensors("""
                        {"__metadata__": {"format": "pt"},
                         "b": {"dtype": "BF16", "shape": [16], "data_offsets": [0, 32]}}""", 32));
        var contents = CheckpointReader.read(files, blobs);
        assertThat(contents.traits())
                .isEqualTo(new Checkpoint.Traits(Checkpoint.Format.SAFETENSORS, "llama", 20, "BF16", 2048, true));
        assertThat(contents.license()).isEqualTo(Declaration.of("mit"));
    }

    @Test
    void a_folder_of_sentence_transformers_keeps_its_modules() throws Exception {
        put("config.json", text("{\"model_type\": \"bert\", \"max_position_embeddings\": 512}"));
        put("modules.json", text("[{\"path\": \"\", \"type\": \"Transformer\"}]"));
        put("sentence_bert_config.json", text("{\"max_seq_length\": 256}"));
        put("1_Pooling/config.json", text("{\"pooling_mode_mean_tokens\": true}"));
        put("model.safetensors", safetensors(ONE_TENSOR, 16));
        put("2_Dense/model.safetensors", safetensors(ONE_TENSOR + " ", 16));
        put("3_Dense/model.safetensors", safetensors(ONE_TENSOR + "  ", 16));
        var contents = CheckpointReader.read(files, blobs);
        assertThat(contents.traits())
                .isEqualTo(new Checkpoint.Traits(Checkpoint.Format.SAFETENSORS, "bert", 12, "F32", 256, false));
        var checkpoint = new Checkpoint("main", contents.traits(), files);
        assertThat(checkpoint.files()).extracting(CheckpointFile::path).contains("1_Pooling/config.json");
        // The weights of every module belong to the digest of the weights.
        files.removeIf(file -> file.path().startsWith("3_Dense"));
        assertThat(new Checkpoint("main", contents.traits(), files).weightsDigest())
                .isNotEqualTo(checkpoint.weightsDigest());
    }

    @Test
    void header_length_of_2_to_the_63_and_one_above_the_limit_are_refused() throws Exception {
        refusesShard(length(Long.MIN_VALUE), "header length is 9223372036854775808");
        refusesShard(length(SafetensorsFolder.HEADER_BYTES_MAX + 1), "limit is 100000000");
        refusesShard(length(SafetensorsFolder.HEADER_BYTES_MAX), "truncated");
        refusesShard(new byte[] {1, 2, 3}, "truncated");
    }

    @Test
    void overlaps_holes_and_ends_outside_are_refused() throws Exception {
        refusesShard(safetensors("""
                        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                         "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}""", 12), "overlaps");
        refusesShard(safetensors("""
                        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                         "b": {"dtype": "F32", "shape": [2], "data_offsets": [12, 20]}}""", 20), "hole");
        refusesShard(safetensors(ONE_TENSOR, 15), "tensors take 16 bytes, the file has 15");
        refusesShard(safetensors(ONE_TENSOR, 17), "tensors take 16 bytes, the file has 17");
    }

    @Test
    void shapes_that_do_not_fit_are_refused() throws Exception {
        refusesShard(tensor("F32", "[3]", "[0, 16]"), "do not fit");
        refusesShard(tensor("F32", "[-2]", "[0, 16]"), "no list of lengths");
        refusesShard(tensor("F32", "[4294967296, 4294967296]", "[0, 16]"), "larger than 2^63");
        refusesShard(tensor("F32", "[4611686018427387904]", "[0, 16]"), "do not fit");
        refusesShard(tensor("F32", "[4]", "[-16, 0]"), "do not fit");
        refusesShard(tensor("F99", "[4]", "[0, 16]"), "no known dtype");
        refusesShard(tensor("F32", "[4]", "[0, 18446744073709551616]"), "no known dtype");
        refusesShard(safetensors("{\"a\": {}, \"a\": {}}", 0), "Duplicate");
        refusesShard(safetensors("[]", 0), "no JSON object");
        refusesShard(safetensors("{", 0), "is refused");
    }

    @Test
    void one_tensor_in_two_files_is_refused() throws Exception {
        put("config.json", text(CONFIG));
        put("a.safetensors", safetensors(ONE_TENSOR, 16));
        put("b.safetensors", safetensors(ONE_TENSOR + " ", 16));
        refuses("in two files");
    }

    @Test
    void config_is_needed_and_must_name_type_and_context_length() throws Exception {
        put("a.safetensors", safetensors(ONE_TENSOR, 16));
        refuses("needs a config.json");
        put("config.json", text("{}"));
        refuses("model_type is missing");
        files.removeLast();
        put("config.json", text("{\"model_type\": \"llama\"}"));
        refuses("names no context length");
    }

    @Test
    void json_above_its_limit_is_refused() throws Exception {
        put("a.safetensors", safetensors(ONE_TENSOR, 16));
        put("config.json", text(CONFIG + " ".repeat(SafetensorsFolder.JSON_BYTES_MAX - CONFIG.length())));
        assertThat(CheckpointReader.read(files, blobs).traits().architecture()).isEqualTo("llama");
        files.removeLast();
        put("config.json", text(CONFIG + " ".repeat(SafetensorsFolder.JSON_BYTES_MAX - CONFIG.length() + 1)));
        refuses("limit is " + SafetensorsFolder.JSON_BYTES_MAX);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pytorch_model.bin", "a/MODEL.PT", "x.pth", "x.ckpt", "x.pkl", "x.pickle", "x.joblib"})
    void pickles_are_refused_by_name(String path) throws Exception {
        put(path, text("harmless"));
        refuses("can run code");
    }

    @Test
    void pickles_are_refused_by_their_first_bytes_whatever_their_name() throws Exception {
        for (int protocol = 1; protocol <= 5; protocol++) {
            files.clear();
            put("model.gguf", new byte[] {(byte) 0x80, (byte) protocol, '}', 'q', 0, '.'});
            refuses("Python pickle");
        }
        files.clear();
        put("model.safetensors", new byte[] {'P', 'K', 3, 4, 0, 0});
        refuses("Python pickle");
    }

    @Test
    void a_safetensors_header_whose_length_looks_like_a_pickle_is_accepted() throws Exception {
        put("config.json", text(CONFIG));
        var padded = ONE_TENSOR + " ".repeat(0x280 - ONE_TENSOR.length());
        put("a.safetensors", safetensors(padded, 16));
        assertThat(CheckpointReader.read(files, blobs).traits().parameterCount())
                .isEqualTo(4);
    }

    @Test
    void a_checkpoint_has_one_kind_of_weights() throws Exception {
        put("readme.md", text("hello"));
        refuses("this has 0 and 0");
        put("a.gguf", GgufBytes.small());
        put("a.safetensors", safetensors(ONE_TENSOR, 16));
        refuses("this has 1 and 1");
    }

    private void refusesShard(byte[] shard, String why) throws Exception {
        files.clear();
        put("config.json", text(CONFIG));
        put("model.safetensors", shard);
        refuses(why);
    }

    private void refuses(String why) {
        assertThatThrownBy(() -> CheckpointReader.read(files, blobs))
                .isInstanceOf(RefusedFileException.class)
                .hasMessageContaining(why);
    }

    private void put(String path, byte[] bytes) throws Exception {
        var file = new CheckpointFile(path, bytes.length, Digest.of(bytes));
        var partial = blobs.partial(file, "test");
        partial.append(new ByteArrayInputStream(bytes), _ -> {});
        partial.commit();
        files.add(file);
    }

    private static byte[] tensor(String type, String shape, String offsets) {
        return safetensors(
                "{\"a\": {\"dtype\": \"%s\", \"shape\": %s, \"data_offsets\": %s}}".formatted(type, shape, offsets),
                16);
    }

    private static byte[] safetensors(String header, int dataBytes) {
        var json = text(header);
        return ByteBuffer.allocate(8 + json.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .array();
    }

    private static byte[] length(long value) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
