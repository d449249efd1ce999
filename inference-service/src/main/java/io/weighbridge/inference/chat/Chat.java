package io.weighbridge.inference.chat;

import io.weighbridge.engine.chat.ChatMessage;
import java.util.List;
import java.util.Map;

/**
 * A chat as a client sent it. Values are plain: maps, lists, strings, numbers, booleans, nulls.
 *
 * @param messages at least one
 * @param tools that the model may call, by name, in order; empty for none
 * @param variables further ones for the template
 */
public record Chat(List<ChatMessage> messages, Map<String, Map<String, Object>> tools, Map<String, Object> variables) {
    public Chat {
        messages = List.copyOf(messages);
    }

    /** Messages and nothing else. */
    public static Chat of(List<ChatMessage> messages) {
        return new Chat(messages, Map.of(), Map.of());
    }
}
