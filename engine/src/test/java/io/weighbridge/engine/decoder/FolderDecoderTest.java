package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.decoder.DecoderSpec.LayerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderDecoderTest {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();

    @TempDir
    Path folder;

    @Test
    void the_older_spelling_means_the_same() throws IOException {
        var older = """
                {"rope_parameters": null, "rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0,
                 "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}}""";
        assertThat(spec("llama3", older)).isEqualTo(spec("llama3", "{}"));
        assertThat(spec("llama-tied", "{\"rope_parameters\": null, \"rope_theta\": 100000}"))
                .isEqualTo(spec("llama-tied", "{}"));
    }

    @Test
    void linear_scaling_divides_the_frequencies() throws IOException {
        var scaled = spec("llama-tied", """
                {"rope_parameters": null, "rope_theta": 100000, "rope_scaling": {"type": "linear", "factor": 4}}""");
        var plain = spec("llama-tied", "{}");
        var frequencies = plain.ropes().getFirst().frequencies();
        for (int i = 0; i < frequencies.size(); i++) {
            assertThat(scaled.ropes().getFirst().frequencies().get(i)).isCloseTo(frequencies.get(i) / 4, within(1e-12));
        }
    }

    @Test
    void dynamic_scaling_begins_where_the_context_ends() throws IOException {
        assertThat(spec("llama-tied", """
                {"rope_parameters": {"rope_theta": 100000, "rope_type": "dynamic", "factor": 4}}""")).isEqualTo(spec("llama-tied", "{}"));
    }

    @Test
    void yarn_takes_its_attention_factor_from_where_it_is_given() throws IOException {
        var plain = "{\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 4";
        assertThat(attentionFactor(plain + "}}")).isEqualTo(0.1 * Math.log(4) + 1);
        assertThat(attentionFactor(plain + ", \"attention_factor\": 1.5}}")).isEqualTo(1.5);
        assertThat(attentionFactor(plain + ", \"mscale\": 2, \"mscale_all_dim\": 1}}"))
                .isEqualTo((0.2 * Math.log(4) + 1) / (0.1 * Math.log(4) + 1));
        assertThat(attentionFactor(plain + ", \"mscale\": 2, \"mscale_all_dim\": 0}}"))
                .isEqualTo(0.1 * Math.log(4) + 1);
    }

    private double attentionFactor(String change) throws IOException {
        return spec("llama-tied", change).ropes().getFirst().attentionFactor();
    }

    @Test
    void longrope_serves_short_contexts_with_one_set_of_frequencies_and_longer_ones_with_the_other()
            throws IOException {
        var spec = spec("llama-tied", """
                {"original_max_position_embeddings": 64, "rope_parameters": {"rope_type": "longrope",
                 "short_factor": [1, 1, 1, 1, 1, 1, 1, 1], "long_factor": [2, 2, 2, 2, 2, 2, 2, 2]}}""");
        assertThat(spec.ropes().getFirst().frequency(0, 63)).isEqualTo(1);
        assertThat(spec.ropes().getFirst().frequency(0, 64)).isEqualTo(0.5);
        assertThat(spec.servedUpTo(64).ropes().getFirst().frequency(0, 100)).isEqualTo(1);
        assertThat(spec.servedUpTo(65).ropes().getFirst().frequency(0, 0)).isEqualTo(0.5);
        assertThat(spec.ropes().getFirst().attentionFactor())
                .isCloseTo(Math.sqrt(1 + Math.log(4) / Math.log(64)), within(1e-12));
    }

    @Test
    void a_window_that_is_shorter_than_the_context_is_on_every_layer_of_mistral() throws IOException {
        assertThat(spec("llama-tied", "{\"model_type\": \"mistral\", \"sliding_window\": 255}")
                        .layers())
                .containsOnly(new LayerKind(0, 255));
        assertThat(spec("llama-tied", "{\"model_type\": \"mistral\", \"max_position_embeddings\": 8192}")
                        .layers())
                .containsOnly(new LayerKind(0, 4096));
    }

    @Test
    void mistral_is_read_where_its_window_is_not_in_use() throws IOException {
        var plain = spec("llama-tied", "{}");
        assertThat(spec("llama-tied", "{\"model_type\": \"mistral\", \"sliding_window\": null}"))
                .isEqualTo(plain);
        assertThat(spec("llama-tied", "{\"model_type\": \"mistral\", \"sliding_window\": 256}"))
                .isEqualTo(plain);
        assertThat(spec("llama-tied", "{\"model_type\": \"mistral\"}")).isEqualTo(plain);
    }

    @Test
    void defaults_are_those_of_the_llama_configuration() throws IOException {
        assertThat(spec("llama-tied", """
                {"head_dim": null, "hidden_act": null, "rms_norm_eps": null, "attention_bias": null, "mlp_bias": null}""")).isEqualTo(spec("llama-tied", "{}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"model_type\": \"mamba\"} | model_type 'mamba' is not supported",
                "{\"model_type\": null} | does not say its model_type",
                "{\"sliding_window\": 255} | sliding_window of 255",
                "{\"hidden_act\": \"tanh\"} | hidden_act 'tanh'",
                "{\"quantization_config\": {\"quant_method\": \"gptq\"}} | ('gptq')",
                "{\"rope_parameters\": {\"rope_type\": \"longrope\", \"factor\": 2}} | lacks rope_parameters.short_factor",
                "{\"rope_parameters\": {\"rope_type\": \"longrope\", \"factor\": 2, \"short_factor\": [1]}} | there are 8 pairs",
                "{\"rope_parameters\": {\"rope_type\": \"yarn\", \"factor\": 0}} | above 0",
                "{\"rope_parameters\": {\"rope_type\": \"proportional\"}} | rope_type 'proportional'",
                "{\"rope_parameters\": {\"rope_type\": \"linear\"}} | lacks rope_parameters.factor",
                "{\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": -1}} | above 0",
                "{\"rope_parameters\": {\"rope_type\": \"linear\", \"factor\": NaN}} | above 0",
                "{\"rope_parameters\": {\"partial_rotary_factor\": 1.5}} | partial_rotary_factor of 1.5",
                "{\"rope_parameters\": {\"full_attention\": {}}} | for each kind of layer ('full_attention')",
                "{\"rope_parameters\": 1} | rope_parameters must be an object",
                "{\"rope_parameters\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4,"
                        + " \"high_freq_factor\": 4, \"original_max_position_embeddings\": 32}} | must be above",
                "{\"hidden_size\": null} | hidden_size must be a whole number, is null",
                "{\"hidden_size\": \"64\"} | hidden_size must be a whole number, is \"64\"",
                "{\"hidden_size\": 64.5} | hidden_size must be a whole number",
                "{\"hidden_size\": 1e400} | hidden_size must be a whole number",
                "{\"hidden_size\": 63, \"head_dim\": null} | hidden_size (63) is not a multiple of",
                "{\"num_hidden_layers\": 0} | num_hidden_layers is 0",
                "{\"num_hidden_layers\": 16777217} | must be 1 to 16777216",
                "{\"num_hidden_layers\": 4096} | far too few for the layers",
                "{\"num_hidden_layers\": 4097} | the limit is 4096",
                "{\"num_hidden_layers\": 2} | 'model.layers.2.input_layernorm.weight' has no place",
                "{\"num_key_value_heads\": 3} | not a multiple of",
                "{\"num_attention_heads\": 16777216, \"head_dim\": 2} | heads times head dimension",
                "{\"head_dim\": 15} | even number",
                "{\"vocab_size\": 321} | 'model.embed_tokens.weight' has shape [320, 64]; the configuration wants [321, 64]",
                "{\"tie_word_embeddings\": false} | lacks tensor 'lm_head.weight'",
                "{\"tie_word_embeddings\": \"no\"} | tie_word_embeddings must be true or false",
                "{\"attention_bias\": true} | lacks tensor 'model.layers.0.self_attn.q_proj.bias'",
                "{\"rms_norm_eps\": 0} | rms_norm_eps is 0.0",
                "{\"rms_norm_eps\": []} | rms_norm_eps must be a number, is a ARRAY"
            })
    void unsupported_and_wrong_options_are_named(String change, String message) {
        assertThatThrownBy(() -> spec("llama-tied", change))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_bias_that_the_configuration_denies_is_refused() {
        assertThatThrownBy(() -> spec("llama-headdim-bias", "{\"mlp_bias\": false}"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("bias' has no place");
    }

    @Test
    void a_tied_head_is_the_embedding_even_when_stored_once_more() throws IOException {
        try (var checkpoint = Checkpoints.open(changed("llama3", "{\"tie_word_embeddings\": true}"))) {
            var tensors = Decoders.of(checkpoint).tensors();
            assertThat(tensors.head().weight()).isSameAs(tensors.embedding());
            assertThat(tensors.head().bias()).isNull();
        }
    }

    private DecoderSpec spec(String golden, String change) throws IOException {
        try (var checkpoint = Checkpoints.open(changed(golden, change))) {
            return Decoders.of(checkpoint).spec();
        }
    }

    /** The golden folder with some fields of its config.json replaced. */
    private Map<String, Path> changed(String golden, String change) throws IOException {
        var config = (ObjectNode)
                JSON.readTree(Golden.path(golden).resolve("config.json").toFile());
        config.setAll((ObjectNode) JSON.readTree(change));
        var path = Files.writeString(
                folder.resolve("config.json"), config.toString().replace("\"NaN\"", "NaN"));
        return Map.of(
                "config.json", path, "model.safetensors", Golden.path(golden).resolve("model.safetensors"));
    }

    @Test
    void the_families_supported_are_listed() {
        assertThatThrownBy(() -> spec("llama-tied", "{\"model_type\": \"mamba\"}"))
                .hasMessageContaining(
                        "supported: [bloom, cohere, cohere2, falcon, gemma, gemma2, gemma3_text, gpt2, gpt_bigcode,");
    }
}
