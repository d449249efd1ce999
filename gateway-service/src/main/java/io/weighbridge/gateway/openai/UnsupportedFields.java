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
    private static final Predicate<JsonNode> ZERO = value -> value.isNumber() && value.asDouble() == 0;
    private static final Predicate<JsonNode> ONE = value -> value.isNumber() && value.asDouble() == 1;
    private static final Predicate<JsonNode> FALSE = value -> value.isBoolean() && !value.asBoolean();
    private static final Predicate<JsonNode> EMPTY = value -> value.isContainerNode() && value.isEmpty();
    private static final Predicate<JsonNode> NEVER = _ -> false;
    private static final Predicate<JsonNode> TEXT_ONLY = value ->
            value.isArray() && value.size() == 1 && value.get(0).asText().equals("text");
    private static final Predicate<JsonNode> TEXT_FORMAT =
            value -> value.path("type").asText().equals("text");

    private static final Map<String, Predicate<JsonNode>> BOTH = Map.ofEntries(
            Map.entry("n", ONE),
            Map.entry("logit_bias", EMPTY),
            Map.entry("presence_penalty", ZERO),
            Map.entry("frequency_penalty", ZERO),
            Map.entry("repetition_penalty", ONE),
            Map.entry("min_tokens", ZERO),
            Map.entry("ignore_eos", FALSE),
            Map.entry("structured_outputs", NEVER),
            Map.entry("guided_json", NEVER),
            Map.entry("guided_regex", NEVER),
            Map.entry("guided_choice", NEVER),
            Map.entry("guided_grammar", NEVER),
            Map.entry("response_format", TEXT_FORMAT));

    private static final Map<String, Predicate<JsonNode>> CHAT = Map.ofEntries(
            Map.entry("logprobs", FALSE),
            Map.entry("top_logprobs", ZERO),
            Map.entry("tools", EMPTY),
            Map.entry("tool_choice", word("none", "auto")),
            Map.entry("functions", EMPTY),
            Map.entry("function_call", word("none", "auto")),
            Map.entry("modalities", TEXT_ONLY),
            Map.entry("audio", NEVER),
            Map.entry("prediction", NEVER),
            Map.entry("web_search_options", NEVER),
            Map.entry("reasoning_effort", word("none")),
            Map.entry("verbosity", word("medium")),
            Map.entry("store", FALSE),
            Map.entry("service_tier", word("auto", "default")),
            Map.entry("chat_template_kwargs", EMPTY));

    private static final Map<String, Predicate<JsonNode>> COMPLETION = Map.of(
            "suffix", value -> value.isTextual() && value.asText().isEmpty(),
            "echo", FALSE,
            "best_of", ONE,
            "logprobs", NEVER);

    private UnsupportedFields() {}

    static void refuseInChat(Fields fields) {
        refuse(fields, List.of(BOTH, CHAT));
    }

    static void refuseInCompletion(Fields fields) {
        refuse(fields, List.of(BOTH, COMPLETION));
    }

    private static void refuse(Fields fields, List<Map<String, Predicate<JsonNode>>> tables) {
        for (var name : (Iterable<String>) fields.root()::fieldNames) {
            var value = fields.get(name);
            for (var table : tables) {
                var harmless = table.get(name);
                if (value != null && harmless != null && !harmless.test(value)) {
                    throw Fields.unsupported(name, "with this value");
                }
            }
        }
    }

    private static Predicate<JsonNode> word(String... words) {
        return value -> value.isTextual() && List.of(words).contains(value.asText());
    }
}
