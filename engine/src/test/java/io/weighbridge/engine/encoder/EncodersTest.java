package io.weighbridge.engine.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Dequantizer;
import io.weighbridge.engine.checkpoint.GgufWriter;
import io.weighbridge.engine.checkpoint.Tensor;
import io.weighbridge.engine.checkpoint.TensorType;
import io.weighbridge.engine.encoder.EmbeddingHead.Normalize;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class EncodersTest {
    private static final double DIFFERENCE_MAX = 1e-5;

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    Path folder;

    static List<String> folders() {
        return GoldenEncoder.FOLDERS;
    }

    @ParameterizedTest
    @MethodSource("folders")
    void embeddings_are_those_of_transformers(String name) {
        var path = GoldenEncoder.path(name);
        var golden = GoldenEncoder.of(path);
        try (var checkpoint = Checkpoints.open(path)) {
            assertThat(Encoders.isEncoder(checkpoint)).isTrue();
            var runner = new ReferenceEncoder(Encoders.of(checkpoint));

            assertThat(golden.difference(runner.embed(golden.inputs()))).isLessThan(DIFFERENCE_MAX);
            assertThat(runner.dimensions()).isEqualTo(golden.embeddings().getFirst().length);
        }
    }

    @Test
    void the_context_is_what_the_modules_say_or_what_the_positions_hold() {
        assertThat(spec("bert-mean").contextLength()).isEqualTo(32);
        assertThat(spec("bert-cls-dense").contextLength()).isEqualTo(40);
        assertThat(spec("roberta-weighted").contextLength()).isEqualTo(40);
        assertThat(spec("roberta-weighted").positionOffset()).isEqualTo(2);
    }

    @Test
    void without_modules_the_mean_of_the_tokens_is_taken() throws IOException {
        copy("bert-mean");
        Files.delete(folder.resolve("modules.json"));
        try (var checkpoint = Checkpoints.open(folder)) {
            var encoder = Encoders.of(checkpoint);
            assertThat(encoder.head()).isEqualTo(new EmbeddingHead(24, List.of(Pooling.MEAN), List.of()));
            assertThat(encoder.spec().contextLength()).isEqualTo(40);
        }
    }

    @Test
    void a_newer_pooling_configuration_means_the_same() throws IOException {
        copy("bert-mean");
        Files.writeString(
                folder.resolve("1_Pooling/config.json"), "{\"embedding_dimension\": 24, \"pooling_mode\": \"mean\"}");
        try (var checkpoint = Checkpoints.open(folder)) {
            assertThat(Encoders.of(checkpoint).head().poolings()).containsExactly(Pooling.MEAN);
        }
    }

    @Test
    void rules_for_text_are_read() throws IOException {
        copy("bert-mean");
        merge("sentence_bert_config.json", "{\"do_lower_case\": true}");
        Files.writeString(
                folder.resolve("config_sentence_transformers.json"),
                "{\"prompts\": {\"query\": \"Find: \"}, \"default_prompt_name\": \"query\"}");
        try (var checkpoint = Checkpoints.open(folder)) {
            assertThat(Encoders.of(checkpoint).text().apply("SHIPS", null)).isEqualTo("find: ships");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            config.json                | {"position_embedding_type": "relative_key"} | position_embedding_type 'relative_key'
            config.json                | {"is_decoder": true}                        | is_decoder = true
            config.json                | {"model_type": "electra"}                   | 'electra' is no encoder that is supported; supported: [bert, camembert, distilbert, mpnet, roberta, xlm-roberta]
            config.json                | {"hidden_act": "mish"}                      | 'mish'
            config.json                | {"num_attention_heads": 5}                  | the hidden size (24) is not a multiple of the number of heads (5)
            config.json                | {"num_hidden_layers": 3}                    | lacks tensor 'encoder.layer.2.attention.self.query.weight'
            config.json                | {"num_hidden_layers": 1}                    | 'encoder.layer.1.attention.output.LayerNorm.bias' has no place
            config.json                | {"num_hidden_layers": 4097}                 | the limit is 4096
            config.json                | {"vocab_size": 121}                         | 'embeddings.word_embeddings.weight' has shape [120, 24]; the configuration wants [121, 24]
            1_Pooling/config.json      | {"pooling_mode_cls_token": false}           | names no pooling
            1_Pooling/config.json      | {"word_embedding_dimension": 25}            | word_embedding_dimension is 25
            1_Pooling/config.json      | {"include_prompt": false}                   | include_prompt
            2_Dense/config.json        | {"activation_function": "x.Mish"}           | 'x.Mish'
            2_Dense/config.json        | {"in_features": 12}                         | '2_Dense/linear.weight' has shape [10, 24]
            """)
    void what_is_not_supported_is_refused_by_name(String file, String change, String message) throws IOException {
        copy("bert-cls-dense");
        merge(file, change);
        assertRefused(message);
    }

    @Test
    void more_prompts_than_the_limit_are_refused() throws IOException {
        copy("bert-mean");
        var config = JSON.createObjectNode();
        var prompts = config.putObject("prompts");
        for (int i = 0; i < ModuleReader.PROMPTS_MAX; i++) {
            prompts.put("p" + i, "");
        }
        var file = folder.resolve("config_sentence_transformers.json");
        Files.writeString(file, config.toString());
        try (var checkpoint = Checkpoints.open(folder)) {
            assertThat(Encoders.of(checkpoint).text().prompts()).hasSize(ModuleReader.PROMPTS_MAX);
        }
        prompts.put("one more", "");
        Files.writeString(file, config.toString());
        assertRefused("more than 1000 prompts");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            models.CNN          | module CNN '3_Normalize' is not supported
            models.LayerNorm    | module LayerNorm
            """)
    void unknown_modules_are_refused_by_name(String type, String message) throws IOException {
        copy("bert-cls-dense");
        var list = Files.readString(folder.resolve("modules.json"));
        Files.writeString(folder.resolve("modules.json"), list.replace("sentence_transformers.models.Normalize", type));
        assertRefused(message);
    }

    @Test
    void a_pickle_in_a_module_is_not_read() throws IOException {
        copy("bert-cls-dense");
        Files.move(folder.resolve("2_Dense/model.safetensors"), folder.resolve("2_Dense/pytorch_model.bin"));
        assertRefused("2_Dense/model.safetensors");
    }

    @Test
    void more_modules_than_the_limit_are_refused() throws IOException {
        copy("bert-mean");
        var module = "{\"path\": \"x\", \"type\": \"Normalize\"}";
        Files.writeString(folder.resolve("modules.json"), "[" + (module + ",").repeat(16) + module + "]");
        assertRefused("more than 16 modules");
    }

    @Test
    void a_gguf_file_holds_the_same_encoder() throws IOException {
        var golden = GoldenEncoder.of(GoldenEncoder.path("bert-mean"));
        try (var source = Checkpoints.open(GoldenEncoder.path("bert-mean"))) {
            Files.write(folder.resolve("model.gguf"), gguf(Encoders.of(source)).toBytes());
            try (var checkpoint = Checkpoints.open(folder.resolve("model.gguf"))) {
                var encoder = Encoders.of(checkpoint);
                var normalized = new EmbeddingHead(24, encoder.head().poolings(), List.of(new Normalize()));
                var runner = new ReferenceEncoder(
                        new Encoder(encoder.spec(), encoder.tensors(), normalized, encoder.text(), null));

                assertThat(encoder.spec()).isEqualTo(Encoders.of(source).spec());
                assertThat(golden.difference(runner.embed(golden.inputs()))).isLessThan(DIFFERENCE_MAX);
            }
        }
    }

    @Test
    void buckets_of_distances_are_mpnets() {
        var starts = List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91);
        var table = tensor(List.of(32L, 1L), i -> i);
        var biases = RelativeBuckets.biases(table, 512);
        for (int distance = 0; distance < 512; distance++) {
            int wanted = 0;
            while (wanted + 1 < starts.size() && starts.get(wanted + 1) <= distance) {
                wanted++;
            }
            assertThat(biases[distance * 512]).isEqualTo(wanted); // the key is before the query
            assertThat(biases[distance]).isEqualTo(distance == 0 ? 0 : wanted + 16);
        }
    }

    @Test
    void the_error_function_is_exact_to_double() {
        // From tables; the borders of both formulas are among them.
        assertThat(ErrorFunction.of(0)).isZero();
        assertThat(ErrorFunction.of(0.5)).isCloseTo(0.5204998778130465, within(1e-15));
        assertThat(ErrorFunction.of(1)).isCloseTo(0.8427007929497149, within(1e-15));
        assertThat(ErrorFunction.of(-2.5)).isCloseTo(-0.9995930479825550, within(1e-15));
        assertThat(ErrorFunction.of(3)).isCloseTo(0.9999779095030014, within(1e-15));
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> {
                    try (var checkpoint = Checkpoints.open(folder)) {
                        Encoders.of(checkpoint);
                    }
                })
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    private static EncoderSpec spec(String name) {
        try (var checkpoint = Checkpoints.open(GoldenEncoder.path(name))) {
            return Encoders.of(checkpoint).spec();
        }
    }

    private void copy(String name) throws IOException {
        var source = GoldenEncoder.path(name);
        try (var files = Files.walk(source)) {
            for (var file : (Iterable<Path>) files::iterator) {
                var target = folder.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private void merge(String file, String change) throws IOException {
        var path = folder.resolve(file);
        var config = (ObjectNode) JSON.readTree(path.toFile());
        config.setAll((ObjectNode) JSON.readTree(change));
        Files.delete(path);
        Files.writeString(path, config.toString());
    }

    private static GgufWriter gguf(Encoder encoder) {
        var spec = encoder.spec();
        var tensors = encoder.tensors();
        var writer = new GgufWriter()
                .put("general.architecture", "bert")
                .put("bert.embedding_length", spec.hiddenSize())
                .put("bert.block_count", spec.layerCount())
                .put("bert.attention.head_count", spec.headCount())
                .put("bert.feed_forward_length", spec.feedForwardSize())
                .put("bert.context_length", spec.contextLength())
                .put("bert.attention.layer_norm_epsilon", spec.normEpsilon())
                .put("bert.attention.causal", false)
                .put("bert.pooling_type", 1);
        add(writer, "token_embd.weight", tensors.embedding());
        add(writer, "position_embd.weight", tensors.positions());
        add(writer, "token_types.weight", Objects.requireNonNull(tensors.tokenTypes()));
        add(writer, "token_embd_norm.weight", tensors.embeddingNorm().weight());
        add(
                writer,
                "token_embd_norm.bias",
                Objects.requireNonNull(tensors.embeddingNorm().bias()));
        for (int i = 0; i < spec.layerCount(); i++) {
            var layer = tensors.layers().get(i);
            var linears = Map.of(
                    "attn_q", layer.query(),
                    "attn_k", layer.key(),
                    "attn_v", layer.value(),
                    "attn_output", layer.output(),
                    "ffn_up", layer.up(),
                    "ffn_down", layer.down());
            var at = "blk." + i + ".";
            linears.forEach((name, linear) -> {
                add(writer, at + name + ".weight", linear.weight());
                add(writer, at + name + ".bias", Objects.requireNonNull(linear.bias()));
            });
            add(writer, at + "attn_output_norm.weight", layer.attentionNorm().weight());
            add(
                    writer,
                    at + "attn_output_norm.bias",
                    Objects.requireNonNull(layer.attentionNorm().bias()));
            add(writer, at + "layer_output_norm.weight", layer.feedForwardNorm().weight());
            add(
                    writer,
                    at + "layer_output_norm.bias",
                    Objects.requireNonNull(layer.feedForwardNorm().bias()));
        }
        return writer;
    }

    private static void add(GgufWriter writer, String name, Tensor tensor) {
        writer.tensor(name, tensor.shape(), Dequantizer.values(tensor));
    }

    private static Tensor tensor(List<Long> shape, java.util.function.IntUnaryOperator value) {
        var tensor = new Tensor("t", TensorType.F32, shape, MemorySegment.NULL);
        var data = Arena.ofAuto().allocate(4 * tensor.elementCount());
        for (int i = 0; i < tensor.elementCount(); i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value.applyAsInt(i));
        }
        return new Tensor("t", TensorType.F32, shape, data);
    }
}
