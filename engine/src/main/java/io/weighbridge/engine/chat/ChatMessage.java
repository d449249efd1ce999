package io.weighbridge.engine.chat;

import java.util.Map;

/**
 * One entry of a chat. The content is plain text as the client sent it.
 *
 * @param more what else templates look for in a message ({@code tool_calls}, {@code tool_call_id}, {@code name}, {@code
 *     reasoning_content}), as plain values: maps, lists, strings, numbers, booleans
 */
public record ChatMessage(Role role, String content, Map<String, Object> more) {
    /** A message of text alone. */
    public ChatMessage(Role role, String content) {
        this(role, content, Map.of());
    }
}
