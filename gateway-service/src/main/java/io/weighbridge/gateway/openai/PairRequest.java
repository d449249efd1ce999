package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A validated request to score pairs of texts, in the form of vLLM's interface, and the response's body. */
record PairRequest(String model, ScoreRequest.Builder score) {
    static final UpstreamErrors.Renames RENAMES =
            new UpstreamErrors.Renames("text_2", Map.of("queries", "text_1", "documents", "text_2"));

    /** The request that a body holds, or a 400 that names the field: one first text for all second ones, or one for each. */
    static PairRequest parse(byte[] body, String requestId) {
        var fields = new Fields(Json.parseObject(body), KnownFields.SCORE);
        UnsupportedFields.refuseInScore(fields);
        var model = fields.requiredText("model");
        var first = texts(fields, "text_1");
        var second = texts(fields, "text_2");
        if (first.size() != 1 && first.size() != second.size()) {
            throw Fields.invalid(
                    "text_1",
                    "has %d texts for %d of 'text_2'; give one for all or one for each"
                            .formatted(first.size(), second.size()));
        }
        var score = ScoreRequest.newBuilder()
                .setRequestId(requestId)
                .setModel(model)
                .addAllQueries(first)
                .addAllDocuments(second)
                .setTruncation(EmbeddingRequest.truncation(fields, false));
        RankRequest.priority(fields, score);
        return new PairRequest(model, score);
    }

    /** The response's body. Any thread. */
    ObjectNode body(ScoreResponse response, String answering, String id, long created) {
        var values = RankRequest.values(response, score.getDocumentsCount(), answering);
        var body = Json.object()
                .put("id", id)
                .put("object", "list")
                .put("created", created)
                .put("model", answering);
        var data = body.putArray("data");
        for (int i = 0; i < values.size(); i++) {
            data.addObject().put("index", i).put("object", "score").put("score", values.get(i));
        }
        body.putObject("usage")
                .put("prompt_tokens", response.getPromptTokens())
                .put("total_tokens", response.getPromptTokens());
        return body;
    }

    private static List<String> texts(Fields fields, String name) {
        var value = fields.required(name);
        if (value.isTextual()) {
            return List.of(value.asText());
        }
        if (!value.isArray() || value.isEmpty()) {
            throw Fields.invalid(name, "must be a string or an array of strings, not empty");
        }
        if (value.size() > RankRequest.DOCUMENTS_MAX) {
            throw Fields.invalid(
                    name, "has %d entries, at most %d are allowed".formatted(value.size(), RankRequest.DOCUMENTS_MAX));
        }
        var texts = new ArrayList<String>();
        for (var text : value) {
            if (!text.isTextual()) {
                throw Fields.invalid(name, "must hold only strings");
            }
            texts.add(text.asText());
        }
        return texts;
    }
}
