package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.v1.GenerateRequest;
import java.util.List;
import java.util.Set;

/** Turns the body of a chat or text completion into a request for a replica, or a 400 that names the field. */
final class RequestParser {
    /** Most stop strings: what the replicas accept. OpenAI accepts 4. */
    static final int STOPS_MAX = 16;

    /** Longest stop string, in characters: text is held back while it could still become one. */
    static final int STOP_CHARS_MAX = 256;

    /** Most tokens that the wire to the replicas can express; the model's own context limits it further. */
    static final long MAX_TOKENS_MAX = Integer.MAX_VALUE;

    /** What a text completion generates when it does not say, as OpenAI documents it. */
    static final int COMPLETION_TOKENS_DEFAULT = 16;

    /** Most completions of one request: each takes the place of a request. */
    static final int COMPLETIONS_MAX = 16;

    private static final double LENGTH_PENALTY_MAX = 10;

    /** Most alternatives beside each token, as OpenAI. */
    static final int TOP_LOGPROBS_MAX = 20;

    /** Furthest from 0 that a priority may be: what the replicas accept. */
    static final long PRIORITY_MAX = 10;

    private final Fields fields;

    private RequestParser(byte[] body, Set<String> known) {
        this.fields = new Fields(Json.parseObject(body), known);
    }

    static CompletionRequest chat(byte[] body, String requestId) {
        var parser = new RequestParser(body, KnownFields.CHAT);
        UnsupportedFields.refuseInChat(parser.fields);
        var generate = GenerateRequest.newBuilder().setChat(ChatParser.chat(parser.fields));
        parser.chatLogprobs(generate);
        return parser.request(Shape.CHAT, generate, requestId, List.of());
    }

    static CompletionRequest completion(byte[] body, String requestId) {
        var parser = new RequestParser(body, KnownFields.TEXT);
        UnsupportedFields.refuseInCompletion(parser.fields);
        var generate = GenerateRequest.newBuilder();
        var prompts = PromptParser.prompts(parser.fields.required("prompt"));
        parser.textLogprobs(generate, prompts.getFirst().hasTokenIds());
        return parser.request(Shape.TEXT, generate, requestId, prompts);
    }

    /** OpenAI's chats ask with a flag and a number, its texts with one number. */
    private void chatLogprobs(GenerateRequest.Builder generate) {
        var top = fields.integer("top_logprobs", 0, TOP_LOGPROBS_MAX);
        if (fields.flag("logprobs")) {
            generate.setTopLogprobs(top == null ? 0 : top.intValue());
        } else if (top != null && top > 0) {
            throw Fields.invalid("top_logprobs", "is only allowed when 'logprobs' is true");
        }
    }

    private void textLogprobs(GenerateRequest.Builder generate, boolean tokenIds) {
        var top = fields.integer("logprobs", 0, TOP_LOGPROBS_MAX);
        if (top != null) {
            generate.setTopLogprobs(top.intValue());
        }
        // The text of a prompt of token ids is only known from their log probabilities.
        generate.setPromptLogprobs(fields.flag("echo") && (top != null || tokenIds));
    }

    /** @param prompts requests that hold only a prompt each; none where {@code generate} has it */
    private CompletionRequest request(
            Shape shape, GenerateRequest.Builder generate, String requestId, List<GenerateRequest> prompts) {
        var model = fields.requiredText("model");
        var maxTokensField = fields.get("max_completion_tokens") != null ? "max_completion_tokens" : "max_tokens";
        var maxTokens = fields.integer(maxTokensField, 1, MAX_TOKENS_MAX);
        if (maxTokens != null) {
            generate.setMaxTokens(maxTokens.intValue());
        } else if (shape == Shape.TEXT) {
            generate.setMaxTokens(COMPLETION_TOKENS_DEFAULT);
        }
        minTokens(generate);
        stops(generate);
        completions(shape, generate);
        StructuredOutputParser.parse(fields).ifPresent(generate::setStructuredOutput);
        generate.setIgnoreEos(fields.flag("ignore_eos"));
        generate.setRequestId(requestId).setModel(model).setSampling(SamplingParser.sampling(fields));
        // As vLLM has it: the lower, the earlier.
        var priority = fields.integer("priority", -PRIORITY_MAX, PRIORITY_MAX);
        if (priority != null) {
            generate.setPriority((int) -priority);
        }
        var stream = fields.flag("stream");
        if (stream && (generate.getBeamWidth() > 1 || generate.getBestOf() > generate.getN())) {
            throw Fields.invalid("stream", "cannot be true where completions are compared before they are given out");
        }
        var echo = shape == Shape.TEXT && fields.flag("echo");
        var common = generate.build();
        var all = prompts.isEmpty()
                ? List.of(common)
                : prompts.stream()
                        .map(prompt -> prompt.toBuilder().mergeFrom(common).build())
                        .toList();
        return new CompletionRequest(shape, model, stream, includeUsage(stream), maxTokensField, echo, all);
    }

    private void minTokens(GenerateRequest.Builder generate) {
        var minTokens = fields.integer("min_tokens", 0, MAX_TOKENS_MAX);
        if (minTokens == null) {
            return;
        }
        if (generate.hasMaxTokens() && minTokens > generate.getMaxTokens()) {
            throw Fields.invalid(
                    "min_tokens", "is %d, more than the most of %d".formatted(minTokens, generate.getMaxTokens()));
        }
        generate.setMinTokens(minTokens.intValue());
    }

    private void completions(Shape shape, GenerateRequest.Builder generate) {
        var n = fields.integer("n", 1, COMPLETIONS_MAX);
        int wanted = n == null ? 1 : n.intValue();
        generate.setN(wanted);
        var bestOf = fields.integer("best_of", 1, COMPLETIONS_MAX);
        if (bestOf != null && bestOf < wanted) {
            throw Fields.invalid("best_of", "is %d, fewer than 'n' asks for".formatted(bestOf));
        }
        var earlyStopping = fields.flag("early_stopping");
        if (fields.flag("use_beam_search")) {
            generate.setBeamWidth(bestOf == null ? wanted : bestOf.intValue());
            generate.setEarlyStopping(earlyStopping);
        } else if (bestOf != null && shape == Shape.CHAT) {
            throw Fields.unsupported("best_of", "in a chat; use 'n', or a text completion");
        } else if (bestOf != null) {
            generate.setBestOf(bestOf.intValue());
        }
        var penalty = fields.number("length_penalty", -LENGTH_PENALTY_MAX, LENGTH_PENALTY_MAX);
        if (penalty != null) {
            generate.setLengthPenalty(penalty.floatValue());
        }
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
}
