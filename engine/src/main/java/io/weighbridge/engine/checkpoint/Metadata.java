package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a checkpoint says about itself, in the form of its format. */
public sealed interface Metadata {
    /**
     * A GGUF file's key-value pairs. Values are {@link Long} (all integer types; unsigned 64-bit above 2^63-1 is refused),
     * {@link Double} (both float types), {@link Boolean}, {@link String}, or a {@link List} of one of these.
     */
    record Gguf(Map<String, Object> values) implements Metadata {
        /** The string under {@code key}. A value of another type is a {@link CheckpointException}. */
        public Optional<String> string(String key) {
            return Optional.ofNullable(values.get(key)).map(value -> typed(key, value, String.class));
        }

        /** The integer under {@code key}. A value of another type is a {@link CheckpointException}. */
        public Optional<Long> integer(String key) {
            return Optional.ofNullable(values.get(key)).map(value -> typed(key, value, Long.class));
        }

        /** The real number under {@code key}. A value of another type is a {@link CheckpointException}. */
        public Optional<Double> real(String key) {
            return Optional.ofNullable(values.get(key)).map(value -> typed(key, value, Double.class));
        }

        /** The truth value under {@code key}. A value of another type is a {@link CheckpointException}. */
        public Optional<Boolean> truth(String key) {
            return Optional.ofNullable(values.get(key)).map(value -> typed(key, value, Boolean.class));
        }

        private static <T> T typed(String key, Object value, Class<T> type) {
            if (!type.isInstance(value)) {
                throw new CheckpointException("metadata key '%s' should be a %s, is a %s"
                        .formatted(key, type.getSimpleName(), value.getClass().getSimpleName()));
            }
            return type.cast(value);
        }
    }

    /**
     * The JSON files of a Hugging Face folder. {@code config} is config.json; the others are absent when the file is.
     * {@code chatTemplate} is chat_template.jinja, or the field of tokenizer_config.json. {@code sentenceModules} are the files of
     * sentence-transformers.
     */
    record HuggingFace(
            JsonNode config,
            Optional<String> tokenizerJson,
            Optional<JsonNode> tokenizerConfig,
            Optional<JsonNode> generationConfig,
            Optional<String> chatTemplate,
            Optional<SentenceModules> sentenceModules)
            implements Metadata {
        /** A folder without the files of sentence-transformers. */
        public HuggingFace(
                JsonNode config,
                Optional<String> tokenizerJson,
                Optional<JsonNode> tokenizerConfig,
                Optional<JsonNode> generationConfig,
                Optional<String> chatTemplate) {
            this(config, tokenizerJson, tokenizerConfig, generationConfig, chatTemplate, Optional.empty());
        }
    }
}
