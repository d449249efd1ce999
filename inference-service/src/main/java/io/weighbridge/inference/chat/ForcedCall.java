package io.weighbridge.inference.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.message.MessageFormat;
import java.io.UncheckedIOException;
import java.util.Map;

/** Answers that are one call of a tool with arguments that its schema allows, written as a model of a format writes it. */
final class ForcedCall {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ForcedCall() {}

    /** A call of one of the tools, by name. A tool without parameters takes any object. */
    static Grammar of(MessageFormat format, Map<String, Map<String, Object>> tools) {
        return Grammar.anyOf(tools.entrySet().stream()
                .map(tool -> call(format, tool.getKey(), tool.getValue()))
                .toList());
    }

    private static Grammar call(MessageFormat format, String name, Map<String, Object> definition) {
        var parameters = definition.get("parameters");
        var arguments = parameters == null ? Grammar.jsonObject() : Grammar.jsonSchema(json(parameters));
        var head = "{\"name\": " + json(name) + ", ";
        return switch (format) {
            case HERMES -> around("<tool_call>\n" + head + "\"arguments\": ", arguments, "}\n</tool_call>");
            case LLAMA3 -> around(head + "\"parameters\": ", arguments, "}");
            case MISTRAL -> around("[TOOL_CALLS][" + head + "\"arguments\": ", arguments, "}]");
            case HARMONY ->
                around("<|channel|>commentary to=functions." + name + " <|constrain|>json<|message|>", arguments, "");
            case GENERIC_JSON -> around(head + "\"arguments\": ", arguments, "}");
        };
    }

    private static Grammar around(String before, Grammar arguments, String after) {
        return after.isEmpty()
                ? Grammar.sequence(Grammar.literal(before), arguments)
                : Grammar.sequence(Grammar.literal(before), arguments, Grammar.literal(after));
    }

    static String json(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
