package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.Tool;
import io.weighbridge.v1.ToolChoice;
import io.weighbridge.v1.ToolChoice.Mode;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** What the model may call, and whether it has to. */
final class ToolsParser {
    /** Most tools of one request, as OpenAI. */
    static final int TOOLS_MAX = 128;

    /** Most characters of all definitions together: they become part of the prompt. */
    static final int DEFINITIONS_CHARS_MAX = 512 * 1024;

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");

    private ToolsParser() {}

    static void parse(Fields fields, ChatPrompt.Builder chat) {
        var names = new HashSet<String>();
        var tools = fields.get("tools");
        if (tools != null) {
            if (!tools.isArray() || tools.size() > TOOLS_MAX) {
                throw Fields.invalid("tools", "must be an array of at most %d tools".formatted(TOOLS_MAX));
            }
            int characters = 0;
            for (var index = 0; index < tools.size(); index++) {
                var tool = tool(tools.get(index), "tools[%d]".formatted(index), names);
                characters += tool.getDefinition().length();
                chat.addTools(tool);
            }
            if (characters > DEFINITIONS_CHARS_MAX) {
                throw Fields.invalid(
                        "tools",
                        "have %d characters, at most %d are allowed".formatted(characters, DEFINITIONS_CHARS_MAX));
            }
        }
        var choice = fields.get("tool_choice");
        if (choice != null) {
            chat.setToolChoice(choice(choice, names));
        }
        var parallel = fields.get("parallel_tool_calls");
        chat.setSingleToolCall(parallel != null && !fields.flag("parallel_tool_calls"));
    }

    private static Tool tool(JsonNode tool, String path, Set<String> names) {
        if (!tool.path("type").asText().equals("function")) {
            throw Fields.unsupported(path + ".type", "with anything but \"function\"");
        }
        var function = tool.path("function");
        if (!function.isObject()) {
            throw Fields.invalid(path + ".function", "must be an object with a 'name'");
        }
        var name = function.path("name").asText("");
        if (!NAME.matcher(name).matches()) {
            throw Fields.invalid(
                    path + ".function.name", "must be 1 to 64 letters, digits, dots, dashes or underscores");
        }
        if (!names.add(name)) {
            throw Fields.invalid(path + ".function.name", "is '%s' a second time".formatted(name));
        }
        var parameters = function.path("parameters");
        if (!parameters.isMissingNode() && !parameters.isNull() && !parameters.isObject()) {
            throw Fields.invalid(path + ".function.parameters", "must be a JSON Schema");
        }
        return Tool.newBuilder()
                .setName(name)
                .setDefinition(function.toString())
                .build();
    }

    private static ToolChoice choice(JsonNode choice, Set<String> names) {
        var parsed = ToolChoice.newBuilder();
        if (choice.isObject() && choice.path("type").asText().equals("function")) {
            var name = choice.path("function").path("name").asText("");
            if (!names.contains(name)) {
                throw Fields.invalid(
                        "tool_choice.function.name", "is '%s', which is none of the tools".formatted(name));
            }
            return parsed.setMode(Mode.MODE_NAMED).setName(name).build();
        }
        return switch (choice.asText("")) {
            case "auto" -> parsed.build();
            case "none" -> parsed.setMode(Mode.MODE_NONE).build();
            case "required" -> {
                if (names.isEmpty()) {
                    throw Fields.invalid("tool_choice", "is required, but there are no tools");
                }
                yield parsed.setMode(Mode.MODE_REQUIRED).build();
            }
            default ->
                throw Fields.invalid("tool_choice", "must be none, auto, required or {\"type\": \"function\", …}");
        };
    }
}
