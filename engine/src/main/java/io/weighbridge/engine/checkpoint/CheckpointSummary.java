package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a person asks first about a checkpoint.
 *
 * @param architecture as the checkpoint names it, such as "llama"; null where it does not
 * @param parameterCount values of all tensors together
 * @param quantization the tensor type with the most bytes
 * @param contextLength positions the model was made for; null where the checkpoint does not say
 */
public record CheckpointSummary(
        Format format,
        @Nullable String architecture,
        long parameterCount,
        TensorType quantization,
        @Nullable Long contextLength,
        boolean chatTemplatePresent) {

    /** The file formats of checkpoints. */
    public enum Format {
        GGUF,
        SAFETENSORS
    }

    /** The summary of an open checkpoint; one without tensors is refused. */
    public static CheckpointSummary of(Checkpoint checkpoint) {
        long parameters = 0;
        for (var tensor : checkpoint.tensors().values()) {
            parameters += tensor.elementCount();
        }
        var quantization = mostBytes(checkpoint);
        return switch (checkpoint.metadata()) {
            case Metadata.Gguf gguf -> {
                var architecture = gguf.string("general.architecture").orElse(null);
                yield new CheckpointSummary(
                        Format.GGUF,
                        architecture,
                        parameters,
                        quantization,
                        gguf.integer(architecture + ".context_length").orElse(null),
                        gguf.values().containsKey("tokenizer.chat_template"));
            }
            case Metadata.HuggingFace folder ->
                new CheckpointSummary(
                        Format.SAFETENSORS,
                        folder.config().path("model_type").textValue(),
                        parameters,
                        quantization,
                        wholeNumber(folder.config().path("max_position_embeddings")),
                        folder.chatTemplate().isPresent());
        };
    }

    private static TensorType mostBytes(Checkpoint checkpoint) {
        var bytesByType = new HashMap<TensorType, Long>();
        for (var tensor : checkpoint.tensors().values()) {
            bytesByType.merge(tensor.type(), tensor.data().byteSize(), Long::sum);
        }
        return bytesByType.entrySet().stream()
                .max(Map.Entry.<TensorType, Long>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                .orElseThrow(() -> new CheckpointException("the checkpoint has no tensors"))
                .getKey();
    }

    private static @Nullable Long wholeNumber(JsonNode node) {
        return node.isIntegralNumber() && node.canConvertToLong() ? (Long) node.longValue() : null;
    }
}
