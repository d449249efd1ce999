package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** How a completion is written: as a chat or as text. */
enum Shape {
    CHAT("chatcmpl-", "chat.completion", "chat.completion.chunk", "messages"),
    TEXT("cmpl-", "text_completion", "text_completion", "prompt");

    private final String idPrefix;
    private final String wholeObject;
    private final String chunkObject;
    private final String promptField;

    Shape(String idPrefix, String wholeObject, String chunkObject, String promptField) {
        this.idPrefix = idPrefix;
        this.wholeObject = wholeObject;
        this.chunkObject = chunkObject;
        this.promptField = promptField;
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

    /** The request's field that holds the prompt. */
    String promptField() {
        return promptField;
    }

    /** The choice of a completion that is not streamed. */
    ObjectNode wholeChoice(String text, String finishReason) {
        var choice = Json.object().put("index", 0);
        switch (this) {
            case CHAT ->
                choice.set(
                        "message",
                        Json.object()
                                .put("role", "assistant")
                                .put("content", text)
                                .putNull("refusal"));
            case TEXT -> choice.put("text", text);
        }
        return choice.putNull("logprobs").put("finish_reason", finishReason);
    }

    /** The first choice of a stream, or null where the shape has none: a chat names the role before any text. */
    @Nullable
    ObjectNode openingChoice() {
        return switch (this) {
            case CHAT -> deltaChoice(Json.object().put("role", "assistant").put("content", ""), null);
            case TEXT -> null;
        };
    }

    ObjectNode textChoice(String text) {
        return switch (this) {
            case CHAT -> deltaChoice(Json.object().put("content", text), null);
            case TEXT -> plainChoice(text, null);
        };
    }

    ObjectNode closingChoice(String finishReason) {
        return switch (this) {
            case CHAT -> deltaChoice(Json.object(), finishReason);
            case TEXT -> plainChoice("", finishReason);
        };
    }

    private static ObjectNode deltaChoice(ObjectNode delta, @Nullable String finishReason) {
        var choice = Json.object().put("index", 0);
        choice.set("delta", delta);
        return finished(choice.putNull("logprobs"), finishReason);
    }

    private static ObjectNode plainChoice(String text, @Nullable String finishReason) {
        return finished(Json.object().put("text", text).put("index", 0).putNull("logprobs"), finishReason);
    }

    private static ObjectNode finished(ObjectNode choice, @Nullable String finishReason) {
        choice.set(
                "finish_reason",
                finishReason == null
                        ? JsonNodeFactory.instance.nullNode()
                        : JsonNodeFactory.instance.textNode(finishReason));
        return choice;
    }
}
