package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Fields that OpenAI or vLLM define and that we cannot honor. Each is refused when its value asks for something, and
 * tolerated when it asks for what happens anyway. Fields that nobody defines are ignored.
 */
final class UnsupportedFields {
    private static final Predicate<JsonNode> FALSE = value -> value.isBoolean() && !value.asBoolean();
    private static final Predicate<JsonNode> EMPTY = value -> value.isContainerNode() && value.isEmpty();
    private static final Predicate<JsonNode> NEVER = _ -> false;
    private static final Predicate<JsonNode> TEXT_ONLY = value ->
            value.isArray() && value.size() == 1 && value.get(0).asText().equals("text");

    private static final Map<String, Predicate<JsonNode>> CHAT = Map.ofEntries(
            Map.entry("functions", EMPTY),
            Map.entry("function_call", word("none", "auto")),
            Map.entry("modalities", TEXT_ONLY),
            Map.entry("audio", NEVER),
            Map.entry("prediction", NEVER),
            Map.entry("web_search_options", NEVER),
            Map.entry("verbosity", word("medium")),
            Map.entry("store", FALSE),
            Map.entry("service_tier", word("auto", "default")));

    private static final Map<String, Predicate<JsonNode>> COMPLETION =
            Map.of("suffix", value -> value.isTextual() && value.asText().isEmpty());

    private static final Predicate<JsonNode> TRUE = value -> value.isBoolean() && value.asBoolean();

    private static final Map<String, Predicate<JsonNode>> EMBEDDING = Map.ofEntries(
            Map.entry("messages", NEVER),
            Map.entry("add_special_tokens", TRUE),
            Map.entry("input_type", NEVER),
            Map.entry("task", NEVER),
            Map.entry("late_chunking", FALSE),
            Map.entry("embedding_type", word("float")),
            Map.entry("embed_dtype", word("float32")),
            Map.entry("endianness", word("native", "little")));

    private static final Map<String, Predicate<JsonNode>> SCORE = Map.of(
            "max_tokens_per_doc", NEVER,
            "max_chunks_per_doc", NEVER,
            "overlap_tokens", NEVER,
            "rank_fields", NEVER,
            "add_special_tokens", TRUE,
            "instruction", NEVER,
            "return_embeddings", FALSE);

    private UnsupportedFields() {}

    static void refuseInEmbedding(Fields fields) {
        refuse(fields, EMBEDDING);
    }

    static void refuseInScore(Fields fields) {
        refuse(fields, SCORE);
    }

    static void refuseInChat(Fields fields) {
        refuse(fields, CHAT);
    }

    static void refuseInCompletion(Fields fields) {
        refuse(fields, COMPLETION);
    }

    private static void refuse(Fields fields, Map<String, Predicate<JsonNode>> table) {
        for (var name : (Iterable<String>) fields.root()::fieldNames) {
            var value = fields.root().get(name);
            var harmless = table.get(name);
            if (!value.isNull() && harmless != null && !harmless.test(value)) {
                throw Fields.unsupported(name, "with this value");
            }
        }
    }

    private static Predicate<JsonNode> word(String... words) {
        return value -> value.isTextual() && List.of(words).contains(value.asText());
    }
}
