package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a completion is written: as a chat or as text. */
enum Shape {
    CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk", "messages"),
    TEXT("cmpl-", "text_completion", "text_completion", "prompt");

    private final String idPrefix;
    private final String wholeObject;
    private final String chunkObject;
    private final UpstreamErrors.Renames renames;

    Shape(String idPrefix, String wholeObject, String chunkObject, String promptField) {
        this.idPrefix = idPrefix;
        this.wholeObject = wholeObject;
        this.chunkObject = chunkObject;
        this.renames = new UpstreamErrors.Renames(
                promptField,
                Map.of(
                        "prompt", promptField,
                        "messages", promptField,
                        "chat", promptField,
                        "text", promptField,
                        "token_ids", promptField));
    }

    String idPrefix() {
        return idPrefix;
    }

    String wholeObject() {
        return wholeObject;
    }

    String chunkObject() {
        return chunkObject;
    }

    /** What the replica's fields are called here. */
    UpstreamErrors.Renames renames() {
        return renames;
    }

    /** A completion that is not streamed. */
    ObjectNode wholeChoice(Choice choice, String notice) {
        var json = Json.object().put("index", choice.index());
        switch (this) {
            case CHAT -> {
                var message = choice.message();
                if (!notice.isEmpty()) {
                    message.put("content", message.path("content").asText("") + notice);
                }
                json.set("message", message);
            }
            case TEXT -> json.put("text", choice.text() + notice);
        }
        json.set("logprobs", choice.takeLogprobs(this));
        return json.put("finish_reason", choice.finishReason());
    }

    /** What opens a completion in a stream, or null where the shape has none: a chat names the role before any text. */
    @Nullable
    ObjectNode openingChoice(Choice choice) {
        return switch (this) {
            case CHAT ->
                deltaChoice(choice, Json.object().put("role", "assistant").put("content", ""), null);
            case TEXT -> null;
        };
    }

    /** More text, with the log probabilities that came with it. */
    ObjectNode textChoice(Choice choice, String text) {
        return switch (this) {
            case CHAT -> deltaChoice(choice, Json.object().put("content", text), null);
            case TEXT -> plainChoice(choice, text, null);
        };
    }

    ObjectNode closingChoice(Choice choice) {
        return switch (this) {
            case CHAT -> deltaChoice(choice, Json.object(), choice.finishReason());
            case TEXT -> plainChoice(choice, "", choice.finishReason());
        };
    }

    /** Something else than text that a chat's message gains. */
    static ObjectNode deltaChoice(Choice choice, ObjectNode delta, @Nullable String finishReason) {
        var json = Json.object().put("index", choice.index());
        json.set("delta", delta);
        json.set("logprobs", choice.takeLogprobs(CHAT));
        return json.put("finish_reason", finishReason);
    }

    private static ObjectNode plainChoice(Choice choice, String text, @Nullable String finishReason) {
        var json = Json.object().put("text", text).put("index", choice.index());
        json.set("logprobs", choice.takeLogprobs(TEXT));
        return json.put("finish_reason", finishReason);
    }
}
