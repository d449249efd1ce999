package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.v1.StructuredOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the completion has to look like: OpenAI's response_format, or vLLM's structured_outputs and its older guided_ fields. At most
 * one of them.
 */
final class StructuredOutputParser {
    /** Most characters of a schema, regular expression or grammar; what can be compiled is limited further by the replica. */
    static final int DEFINITION_CHARS_MAX = 256 * 1024;

    /** Most texts to choose from. */
    static final int CHOICES_MAX = 1024;

    private static final List<String> GUIDED =
            List.of("guided_json", "guided_regex", "guided_choice", "guided_grammar");

    private StructuredOutputParser() {}

    static Optional<StructuredOutput> parse(Fields fields) {
        var wanted = new ArrayList<StructuredOutput>();
        var format = fields.get("response_format");
        if (format != null) {
            responseFormat(format).ifPresent(wanted::add);
        }
        for (var name : GUIDED) {
            var value = fields.get(name);
            if (value != null) {
                wanted.add(kind(name.substring("guided_".length()), value, name));
            }
        }
        var structured = fields.get("structured_outputs");
        if (structured != null) {
            if (!structured.isObject()) {
                throw Fields.invalid("structured_outputs", "must be an object");
            }
            structured.properties().stream()
                    .filter(entry -> !entry.getValue().isNull())
                    .map(entry -> kind(entry.getKey(), entry.getValue(), "structured_outputs." + entry.getKey()))
                    .forEach(wanted::add);
        }
        if (wanted.size() > 1) {
            throw Fields.invalid(
                    format == null ? "structured_outputs" : "response_format",
                    "and its like ask for %d forms of one completion; send one".formatted(wanted.size()));
        }
        return wanted.stream().findFirst();
    }

    private static Optional<StructuredOutput> responseFormat(JsonNode format) {
        var type = format.path("type").asText("");
        return switch (type) {
            case "text" -> Optional.empty();
            case "json_object" -> Optional.of(kind("json_object", format.path("type"), "response_format"));
            case "json_schema" -> {
                var path = "response_format.json_schema.schema";
                var schema = format.path("json_schema").path("schema");
                if (!schema.isObject()) {
                    throw Fields.invalid(path, "must be an object");
                }
                yield Optional.of(kind("json", schema, path));
            }
            default -> throw Fields.invalid("response_format.type", "must be text, json_object or json_schema");
        };
    }

    private static StructuredOutput kind(String kind, JsonNode value, String path) {
        var output = StructuredOutput.newBuilder();
        switch (kind) {
            case "json" -> {
                if (!value.isObject() && !value.isTextual() && !value.isBoolean()) {
                    throw Fields.invalid(path, "must be a JSON Schema");
                }
                output.setJsonSchema(bounded(value.isTextual() ? value.asText() : value.toString(), path));
            }
            case "json_object" -> {
                if (value.isBoolean() && !value.asBoolean()) {
                    throw Fields.invalid(path, "can only be true");
                }
                output.setJsonObject(true);
            }
            case "regex" -> output.setRegex(text(value, path));
            case "grammar" -> output.setGrammar(text(value, path));
            case "choice" -> output.setChoice(choice(value, path));
            default -> throw Fields.unsupported(path, "");
        }
        return output.build();
    }

    private static StructuredOutput.Choice choice(JsonNode texts, String path) {
        if (!texts.isArray() || texts.isEmpty() || texts.size() > CHOICES_MAX) {
            throw Fields.invalid(path, "must be an array of 1 to %d texts".formatted(CHOICES_MAX));
        }
        var choice = StructuredOutput.Choice.newBuilder();
        texts.forEach(text -> choice.addTexts(text(text, path)));
        return choice.build();
    }

    private static String text(JsonNode value, String path) {
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw Fields.invalid(path, "must be a text that is not empty");
        }
        return bounded(value.asText(), path);
    }

    private static String bounded(String definition, String path) {
        if (definition.length() > DEFINITION_CHARS_MAX) {
            throw Fields.invalid(path, "has more than %d characters".formatted(DEFINITION_CHARS_MAX));
        }
        return definition;
    }
}
