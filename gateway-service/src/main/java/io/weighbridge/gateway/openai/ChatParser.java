package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.v1.ChatMessage;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.ToolCall;
import java.util.Set;

/** The messages of a chat, and what else its template gets to see. */
final class ChatParser {
    /** Most messages of one chat; a context of 128k tokens holds fewer than this many of any substance. */
    static final int MESSAGES_MAX = 4096;

    /** Most calls in one message. */
    static final int CALLS_MAX = 128;

    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");
    private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh");

    private ChatParser() {}

    static ChatPrompt chat(Fields fields) {
        var messages = fields.required("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            throw Fields.invalid("messages", "must be an array with at least one message");
        }
        if (messages.size() > MESSAGES_MAX) {
            throw Fields.invalid(
                    "messages", "has %d entries, at most %d are allowed".formatted(messages.size(), MESSAGES_MAX));
        }
        var chat = ChatPrompt.newBuilder();
        for (var index = 0; index < messages.size(); index++) {
            chat.addMessages(message(messages.get(index), "messages[%d]".formatted(index)));
        }
        ToolsParser.parse(fields, chat);
        var variables = templateVariables(fields);
        if (!variables.isEmpty()) {
            chat.setTemplateVariables(variables.toString());
        }
        return chat.build();
    }

    /** Templates that know nothing of these variables do not mind them. */
    private static ObjectNode templateVariables(Fields fields) {
        var variables = Json.object();
        var effort = fields.get("reasoning_effort");
        if (effort != null) {
            if (!effort.isTextual() || !EFFORTS.contains(effort.asText())) {
                throw Fields.invalid(
                        "reasoning_effort",
                        "must be one of " + EFFORTS.stream().sorted().toList());
            }
            variables.put("reasoning_effort", effort.asText());
            if (effort.asText().equals("none")) {
                variables.put("enable_thinking", false);
            }
        }
        var more = fields.get("chat_template_kwargs");
        if (more != null) {
            if (!(more instanceof ObjectNode object)) {
                throw Fields.invalid("chat_template_kwargs", "must be an object");
            }
            variables.setAll(object);
        }
        return variables;
    }

    private static ChatMessage message(JsonNode message, String path) {
        if (!message.isObject()) {
            throw Fields.invalid(path, "must be an object with 'role' and 'content'");
        }
        var role = message.path("role").asText("");
        // OpenAI's newer name of the same role.
        role = role.equals("developer") ? "system" : role;
        if (!message.path("role").isTextual() || !ROLES.contains(role)) {
            throw Fields.invalid(path + ".role", "must be system, developer, user, assistant or tool");
        }
        if (message.hasNonNull("function_call")) {
            throw Fields.unsupported(path + ".function_call", "; tool_calls are");
        }
        var parsed = ChatMessage.newBuilder().setRole(role);
        calls(message.path("tool_calls"), role, path + ".tool_calls", parsed);
        var content = message.path("content");
        var callsOnly = parsed.getToolCallsCount() > 0 && (content.isMissingNode() || content.isNull());
        parsed.setContent(callsOnly ? "" : content(content, path + ".content"));
        parsed.setToolCallId(text(message, "tool_call_id", path)).setName(text(message, "name", path));
        var reasoning = message.hasNonNull("reasoning_content") ? "reasoning_content" : "reasoning";
        return parsed.setReasoning(text(message, reasoning, path)).build();
    }

    private static void calls(JsonNode calls, String role, String path, ChatMessage.Builder message) {
        if (calls.isMissingNode() || calls.isNull() || calls.isArray() && calls.isEmpty()) {
            return;
        }
        if (!role.equals("assistant")) {
            throw Fields.invalid(path, "only belong to an assistant's message");
        }
        if (!calls.isArray() || calls.size() > CALLS_MAX) {
            throw Fields.invalid(path, "must be an array of at most %d calls".formatted(CALLS_MAX));
        }
        for (var index = 0; index < calls.size(); index++) {
            var call = calls.get(index);
            var at = "%s[%d].function".formatted(path, index);
            var function = call.path("function");
            if (!function.path("name").isTextual()
                    || !function.path("arguments").isTextual()) {
                throw Fields.invalid(at, "must be an object with the texts 'name' and 'arguments'");
            }
            message.addToolCalls(ToolCall.newBuilder()
                    .setId(call.path("id").asText(""))
                    .setName(function.get("name").asText())
                    .setArguments(arguments(function.get("arguments").asText(), at + ".arguments")));
        }
    }

    /** Templates take arguments apart, so they have to be an object; a model that was cut off may have left less. */
    private static String arguments(String arguments, String path) {
        var json = arguments.isBlank() ? Json.object() : Json.parse(arguments);
        if (json == null || !json.isObject()) {
            throw Fields.invalid(path, "must be a JSON object, as text");
        }
        return json.toString();
    }

    private static String text(JsonNode message, String name, String path) {
        var value = message.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isTextual()) {
            throw Fields.invalid(path + "." + name, "must be a string");
        }
        return value.asText();
    }

    private static String content(JsonNode content, String path) {
        if (content.isTextual()) {
            return content.asText();
        }
        if (content.isMissingNode() || content.isNull()) {
            throw new ApiException(ErrorCode.MISSING_FIELD, "the field '%s' is required".formatted(path), path);
        }
        if (!content.isArray()) {
            throw Fields.invalid(path, "must be a string or an array of text parts");
        }
        var text = new StringBuilder();
        for (var index = 0; index < content.size(); index++) {
            var part = content.get(index);
            if (!part.path("type").asText().equals("text")) {
                throw Fields.unsupported("%s[%d].type".formatted(path, index), "with anything but \"text\"");
            }
            if (!part.path("text").isTextual()) {
                throw Fields.invalid("%s[%d].text".formatted(path, index), "must be a string");
            }
            text.append(part.get("text").asText());
        }
        return text.toString();
    }
}
