package io.weighbridge.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Golden;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random checkpoints of odd shapes, and checkpoints in other places than families write them. */
class ShapesParityTest {
    private static final JsonMapper JSON = new JsonMapper();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cohere-norms",
                "falcon-alibi",
                "gemma",
                "gpt-bigcode",
                "gpt-neo",
                "gptj",
                "granite-moe",
                "olmo3",
                "phi",
                "phi3-longrope",
                "qwen2-moe",
                "stablelm-norms"
            })
    void logits_and_greedy_tokens_are_those_of_transformers(String name) {
        var golden = Golden.of("../shapes/" + name);
        try (var checkpoint = Checkpoints.open(Golden.path("../shapes/" + name))) {
            var decoder = Decoders.of(checkpoint);
            // The prompt of the longrope checkpoint is longer than the original context.
            GoldenParityTest.assertParity(decoder.servedUpTo(golden.inputIds().length), golden);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"language_model.model.", "model.language_model."})
    void the_text_part_of_a_model_that_sees_images_is_read_alone(String place) {
        try (var alone = Checkpoints.open(Golden.path("gemma3"))) {
            var whole = wrapped(alone, "gemma3", name -> place + name.substring("model.".length()));
            GoldenParityTest.assertParity(Decoders.of(whole), Golden.of("gemma3"));
        }
        try (var alone = Checkpoints.open(Golden.path("mistral"))) {
            var whole = wrapped(
                    alone,
                    "mistral3",
                    name -> name.startsWith("lm_head")
                            ? (place.startsWith("model.") ? "" : "language_model.") + name
                            : place + name.substring("model.".length()));
            GoldenParityTest.assertParity(Decoders.of(whole), Golden.of("mistral"));
        }
    }

    @Test
    void a_model_that_sees_images_must_say_what_its_text_part_is() {
        try (var alone = Checkpoints.open(Golden.path("gemma3"))) {
            var whole = wrapped(alone, "gemma3", UnaryOperator.identity());
            ((ObjectNode) ((Metadata.HuggingFace) whole.metadata()).config()).remove("text_config");
            Assertions.assertThatThrownBy(() -> Decoders.of(whole))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("text_config");
        }
    }

    @Test
    void sizes_that_gemma_3_leaves_out_are_those_of_its_configuration_class() {
        try (var alone = Checkpoints.open(Golden.path("gemma3"))) {
            var whole = wrapped(alone, "gemma3", UnaryOperator.identity());
            var config = (ObjectNode) ((Metadata.HuggingFace) whole.metadata()).config();
            ((ObjectNode) config.path("text_config")).remove("head_dim");
            Assertions.assertThatThrownBy(() -> Decoders.of(whole)).hasMessageContaining("1024");
        }
    }

    private record Whole(Map<String, Tensor> tensors, Metadata metadata) implements Checkpoint {
        @Override
        public void close() {}
    }

    private static Checkpoint wrapped(Checkpoint alone, String modelType, UnaryOperator<String> rename) {
        var tensors = new LinkedHashMap<String, Tensor>();
        alone.tensors().forEach((name, tensor) -> tensors.put(rename.apply(name), tensor));
        var eye = alone.tensors().values().iterator().next();
        tensors.put("vision_tower.embeddings.weight", eye);
        tensors.put("multi_modal_projector.weight", eye);
        var folder = (Metadata.HuggingFace) alone.metadata();
        var config = JSON.createObjectNode().put("model_type", modelType);
        config.set("text_config", folder.config());
        assertThat(tensors).hasSize(alone.tensors().size() + 2);
        return new Whole(
                tensors,
                new Metadata.HuggingFace(
                        config,
                        folder.tokenizerJson(),
                        folder.tokenizerConfig(),
                        folder.generationConfig(),
                        folder.chatTemplate()));
    }
}
