package io.weighbridge.engine.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.checkpoint.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text part of a checkpoint that also sees images, as a checkpoint of its own: text_config as the configuration, tensors under the
 * names that the text model has alone. What belongs to the images is left out.
 */
final class TextPart {
    /** Which model types have one. */
    private static final List<String> MODEL_TYPES = List.of("gemma3", "mistral3");

    private static final List<String> IMAGES =
            List.of("vision_tower.", "multi_modal_projector.", "model.vision_tower.", "model.multi_modal_projector.");

    /** Old and new places of the text model, each after those it begins with. */
    private static final List<String> PLACES =
            List.of("language_model.model.", "model.language_model.", "language_model.");

    /** text_config leaves out what Gemma 3's configuration class has as a default. */
    private static final Map<String, Number> GEMMA3_DEFAULTS = Map.of(
            "vocab_size", 262_208,
            "hidden_size", 2304,
            "intermediate_size", 9216,
            "num_hidden_layers", 26,
            "num_attention_heads", 8,
            "num_key_value_heads", 4,
            "head_dim", 256,
            "max_position_embeddings", 131_072,
            "rope_theta", 1_000_000);

    private TextPart() {}

    static boolean isIn(JsonNode config) {
        var type = config.path("model_type").textValue();
        return type != null && MODEL_TYPES.contains(type);
    }

    static Checkpoint of(Checkpoint checkpoint, Metadata.HuggingFace folder) {
        if (!(folder.config().path("text_config") instanceof ObjectNode stated)) {
            throw new CheckpointException("config.json lacks text_config, which must be an object");
        }
        var config = stated.deepCopy();
        if (folder.config().path("model_type").asText().equals("gemma3")) {
            GEMMA3_DEFAULTS.forEach((key, value) -> {
                if (!config.hasNonNull(key)) {
                    config.put(key, value.intValue());
                }
            });
            if (!config.hasNonNull("model_type")) {
                config.put("model_type", "gemma3_text");
            }
        }
        inherited(config, folder.config(), "tie_word_embeddings");
        inherited(config, folder.config(), "quantization_config");
        var tensors = new LinkedHashMap<String, Tensor>();
        checkpoint.tensors().forEach((name, tensor) -> {
            if (IMAGES.stream().noneMatch(name::startsWith)) {
                tensors.put(alone(name), tensor);
            }
        });
        var metadata = new Metadata.HuggingFace(
                config,
                folder.tokenizerJson(),
                folder.tokenizerConfig(),
                folder.generationConfig(),
                folder.chatTemplate());
        return new View(tensors, metadata, checkpoint);
    }

    private static void inherited(ObjectNode config, JsonNode whole, String key) {
        if (!config.hasNonNull(key) && whole.hasNonNull(key)) {
            config.set(key, whole.get(key));
        }
    }

    private static String alone(String name) {
        for (var prefix : PLACES) {
            if (name.startsWith(prefix)) {
                return (prefix.contains("model.language") || prefix.endsWith(".model.") ? "model." : "")
                        + name.substring(prefix.length());
            }
        }
        return name;
    }

    /** Tensors are those of the whole, which is what has to be closed. */
    private record View(Map<String, Tensor> tensors, Metadata metadata, Checkpoint whole) implements Checkpoint {
        @Override
        public void close() {
            whole.close();
        }
    }
}
