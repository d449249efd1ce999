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

    private UnsupportedFields() {}

    static void refuseInChat(Fields fields) {
        refuse(fields, CHAT);
    }

    static void refuseInCompletion(Fields fields) {
        refuse(fields, COMPLETION);
    }

    private static void refuse(Fields fields, Map<String, Predicate<JsonNode>> table) {
        for (var name : (Iterable<String>) fields.root()::fieldNames) {
            var value = fields.get(name);
            var harmless = table.get(name);
            if (value != null && harmless != null && !harmless.test(value)) {
                throw Fields.unsupported(name, "with this value");
            }
        }
    }

    private static Predicate<JsonNode> word(String... words) {
        return value -> value.isTextual() && List.of(words).contains(value.asText());
    }
}
