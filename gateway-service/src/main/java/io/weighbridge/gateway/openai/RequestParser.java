package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.v1.ChatMessage;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.SamplingParams;
import io.weighbridge.v1.TokenIds;
import java.util.Set;

/** Turns the body of a chat or text completion into a request for a replica, or a 400 that names the field. */
final class RequestParser {
    /** Most messages of one chat; a context of 128k tokens holds fewer than this many of any substance. */
    static final int MESSAGES_MAX = 4096;

    /** Most stop strings: what the replicas accept. OpenAI accepts 4. */
    static final int STOPS_MAX = 16;

    /** Longest stop string, in characters: text is held back while it could still become one. */
    static final int STOP_CHARS_MAX = 256;

    /** Most tokens that the wire to the replicas can express; the model's own context limits it further. */
    static final long MAX_TOKENS_MAX = Integer.MAX_VALUE;

    /** What a text completion generates when it does not say, as OpenAI documents it. */
    static final int COMPLETION_TOKENS_DEFAULT = 16;

    private static final long TOP_K_MAX = Integer.MAX_VALUE;
    private static final double TEMPERATURE_MAX = 2;
    private static final Set<String> ROLES = Set.of("system", "user", "assistant", "tool");

    private final Fields fields;

    private RequestParser(byte[] body) {
        this.fields = new Fields(Json.parseObject(body));
    }

    static CompletionRequest chat(byte[] body, String requestId) {
        var parser = new RequestParser(body);
        UnsupportedFields.refuseInChat(parser.fields);
        var generate = GenerateRequest.newBuilder().setChat(parser.messages());
        return parser.request(Shape.CHAT, generate, requestId);
    }

    static CompletionRequest completion(byte[] body, String requestId) {
        var parser = new RequestParser(body);
        UnsupportedFields.refuseInCompletion(parser.fields);
        var generate = GenerateRequest.newBuilder();
        parser.prompt(generate);
        return parser.request(Shape.TEXT, generate, requestId);
    }

    private CompletionRequest request(Shape shape, GenerateRequest.Builder generate, String requestId) {
        var model = fields.requiredText("model");
        var maxTokensField = fields.get("max_completion_tokens") != null ? "max_completion_tokens" : "max_tokens";
        var maxTokens = fields.integer(maxTokensField, 1, MAX_TOKENS_MAX);
        if (maxTokens != null) {
            generate.setMaxTokens(maxTokens.intValue());
        } else if (shape == Shape.TEXT) {
            generate.setMaxTokens(COMPLETION_TOKENS_DEFAULT);
        }
        stops(generate);
        generate.setRequestId(requestId).setModel(model).setSampling(sampling());
        var stream = fields.flag("stream");
        return new CompletionRequest(shape, model, stream, includeUsage(stream), maxTokensField, generate.build());
    }

    private SamplingParams sampling() {
        var sampling = SamplingParams.newBuilder();
        var temperature = fields.number("temperature", 0, TEMPERATURE_MAX);
        if (temperature != null) {
            sampling.setTemperature(temperature.floatValue());
        }
        var topP = fields.number("top_p", 0, 1);
        if (topP != null) {
            if (topP.floatValue() <= 0) {
                throw Fields.invalid("top_p", "must be above 0; use temperature 0 for the most probable token");
            }
            sampling.setTopP(topP.floatValue());
        }
        // vLLM's -1 means all tokens, as 0 does.
        var topK = fields.integer("top_k", -1, TOP_K_MAX);
        if (topK != null) {
            sampling.setTopK((int) Math.max(0, topK));
        }
        var minP = fields.number("min_p", 0, 1);
        if (minP != null) {
            sampling.setMinP(minP.floatValue());
        }
        var seed = fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        if (seed != null) {
            sampling.setSeed(seed);
        }
        return sampling.build();
    }

    private boolean includeUsage(boolean stream) {
        var options = fields.get("stream_options");
        if (options == null) {
            return false;
        }
        if (!stream) {
            throw Fields.invalid("stream_options", "is only allowed when 'stream' is true");
        }
        if (!(options instanceof com.fasterxml.jackson.databind.node.ObjectNode object)) {
            throw Fields.invalid("stream_options", "must be an object");
        }
        var include = object.path("include_usage");
        if (!include.isMissingNode() && !include.isNull() && !include.isBoolean()) {
            throw Fields.invalid("stream_options.include_usage", "must be true or false");
        }
        return include.asBoolean();
    }

    private void stops(GenerateRequest.Builder generate) {
        var stop = fields.get("stop");
        if (stop == null) {
            return;
        }
        if (stop.isTextual()) {
            generate.addStop(stop(stop));
        } else if (stop.isArray()) {
            if (stop.size() > STOPS_MAX) {
                throw Fields.invalid(
                        "stop", "has %d strings, at most %d are allowed".formatted(stop.size(), STOPS_MAX));
            }
            stop.forEach(one -> generate.addStop(stop(one)));
        } else {
            throw Fields.invalid("stop", "must be a string or an array of strings");
        }
    }

    private static String stop(JsonNode stop) {
        if (!stop.isTextual() || stop.asText().isEmpty()) {
            throw Fields.invalid("stop", "must hold strings that are not empty");
        }
        if (stop.asText().length() > STOP_CHARS_MAX) {
            throw Fields.invalid("stop", "has a string of more than %d characters".formatted(STOP_CHARS_MAX));
        }
        return stop.asText();
    }

    private void prompt(GenerateRequest.Builder generate) {
        var prompt = fields.required("prompt");
        if (prompt.isArray() && prompt.size() == 1 && !prompt.get(0).isNumber()) {
            prompt = prompt.get(0);
        }
        if (prompt.isTextual()) {
            generate.setText(prompt.asText());
            return;
        }
        if (!prompt.isArray() || prompt.isEmpty()) {
            throw Fields.invalid("prompt", "must be a string or an array of token ids, not empty");
        }
        if (!prompt.get(0).isNumber()) {
            throw Fields.unsupported("prompt", "with several prompts in one request");
        }
        var ids = TokenIds.newBuilder();
        for (var id : prompt) {
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.asInt() < 0) {
                throw Fields.invalid("prompt", "holds %s, which is not a token id".formatted(id));
            }
            ids.addIds(id.asInt());
        }
        generate.setTokenIds(ids);
    }

    private ChatPrompt messages() {
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
        return chat.build();
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
        for (var call : Set.of("tool_calls", "function_call")) {
            if (message.hasNonNull(call) && !message.get(call).isEmpty()) {
                throw Fields.unsupported(path + "." + call, "");
            }
        }
        return ChatMessage.newBuilder()
                .setRole(role)
                .setContent(content(message.path("content"), path + ".content"))
                .build();
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
