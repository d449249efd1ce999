package io.weighbridge.inference.grpc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.Role;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.chat.Chat;
import io.weighbridge.v1.ChatPrompt;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads chats. Everything refused names the field. */
final class Chats {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private Chats() {}

    static Chat read(ChatPrompt chat) {
        var variables = chat.getTemplateVariables().isEmpty()
                ? Map.<String, Object>of()
                : object(chat.getTemplateVariables(), "template_variables");
        return new Chat(messages(chat), tools(chat), variables);
    }

    /** The tools whose calls are taken out of the answer. */
    static Set<String> callable(ChatPrompt chat) {
        return switch (chat.getToolChoice().getMode()) {
            case MODE_NONE -> Set.of();
            case MODE_UNSPECIFIED, MODE_REQUIRED, MODE_NAMED, UNRECOGNIZED ->
                tools(chat).keySet();
        };
    }

    private static Map<String, Map<String, Object>> tools(ChatPrompt chat) {
        var tools = new LinkedHashMap<String, Map<String, Object>>();
        for (int i = 0; i < chat.getToolsCount(); i++) {
            var tool = chat.getTools(i);
            if (tool.getName().isEmpty()) {
                throw InferenceException.badParam("tools[%d].name".formatted(i), "a tool needs a name");
            }
            if (tools.put(tool.getName(), object(tool.getDefinition(), "tools[%d].definition".formatted(i))) != null) {
                throw InferenceException.badParam(
                        "tools[%d].name".formatted(i), "there are two tools '%s'".formatted(tool.getName()));
            }
        }
        return tools;
    }

    private static List<ChatMessage> messages(ChatPrompt chat) {
        if (chat.getMessagesCount() == 0) {
            throw InferenceException.badParam("messages", "messages is empty; give at least one");
        }
        var messages = new ArrayList<ChatMessage>();
        for (int i = 0; i < chat.getMessagesCount(); i++) {
            var message = chat.getMessages(i);
            messages.add(new ChatMessage(role(message.getRole(), i), message.getContent(), more(message, i)));
        }
        return messages;
    }

    /** What a message has beside text, as Hugging Face's clients give it to templates. */
    private static Map<String, Object> more(io.weighbridge.v1.ChatMessage message, int index) {
        var more = new LinkedHashMap<String, Object>();
        if (!message.getReasoning().isEmpty()) {
            more.put("reasoning_content", message.getReasoning());
        }
        if (message.getToolCallsCount() > 0) {
            var calls = new ArrayList<Object>();
            for (int i = 0; i < message.getToolCallsCount(); i++) {
                var call = message.getToolCalls(i);
                var path = "messages[%d].tool_calls[%d].arguments".formatted(index, i);
                var function = new LinkedHashMap<String, Object>();
                function.put("name", call.getName());
                function.put("arguments", object(call.getArguments(), path));
                var entry = new LinkedHashMap<String, Object>();
                entry.put("id", call.getId());
                entry.put("type", "function");
                entry.put("function", function);
                calls.add(entry);
            }
            more.put("tool_calls", calls);
        }
        if (!message.getToolCallId().isEmpty()) {
            more.put("tool_call_id", message.getToolCallId());
        }
        if (!message.getName().isEmpty()) {
            more.put("name", message.getName());
        }
        return more;
    }

    private static Map<String, Object> object(String json, String param) {
        try {
            var object = JSON.readValue(json, OBJECT);
            if (object != null) {
                return object;
            }
        } catch (JsonProcessingException e) {
            throw InferenceException.badParam(
                    param, "%s must be a JSON object: %s".formatted(param, e.getOriginalMessage()));
        }
        throw InferenceException.badParam(param, "%s must be a JSON object, is null".formatted(param));
    }

    private static Role role(String text, int index) {
        for (var role : Role.values()) {
            if (role.text().equals(text)) {
                return role;
            }
        }
        throw InferenceException.badParam(
                "messages[%d].role".formatted(index),
                "unknown role '%s'; roles are system, user, assistant and tool".formatted(text));
    }
}
