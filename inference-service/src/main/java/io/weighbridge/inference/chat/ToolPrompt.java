package io.weighbridge.inference.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.chat.ChatMessage;
import io.weighbridge.engine.chat.Role;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Describes tools in the system message, for models whose chat template knows nothing of tools. */
final class ToolPrompt {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ToolPrompt() {}

    /** The messages with a description of {@code tools} in the first. */
    static List<ChatMessage> describe(List<ChatMessage> messages, List<Map<String, Object>> tools) {
        var described = new ArrayList<>(messages);
        var text = text(tools);
        var first = messages.getFirst();
        if (first.role() == Role.SYSTEM) {
            described.set(0, new ChatMessage(Role.SYSTEM, first.content() + "\n\n" + text));
        } else {
            described.addFirst(new ChatMessage(Role.SYSTEM, text));
        }
        return described;
    }

    private static String text(List<Map<String, Object>> tools) {
        try {
            return """
                    You can call these tools, each described by a JSON object:
                    %s
                    To call one, answer with nothing but a JSON object: {"name": the tool's name, "arguments": an object with its arguments}. \
                    Otherwise answer as usual.""".formatted(JSON.writeValueAsString(tools));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
