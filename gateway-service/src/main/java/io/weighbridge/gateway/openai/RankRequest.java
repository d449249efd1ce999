package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A validated request to bring documents into the order of a query, in the form of Jina's and Cohere's interfaces, and the response's body.
 *
 * @param topN how many of the best are given out; null for all
 * @param returnDocuments whether their texts come back
 */
record RankRequest(String model, @Nullable Integer topN, boolean returnDocuments, ScoreRequest.Builder score) {
    /** Most documents of one request: what the replicas accept. */
    static final int DOCUMENTS_MAX = 2_048;

    /** Documents that Cohere counts as one search. */
    private static final int SEARCH_DOCUMENTS = 100;

    static final UpstreamErrors.Renames RENAMES =
            new UpstreamErrors.Renames("documents", Map.of("queries", "query", "documents", "documents"));

    /** The request that a body holds, or a 400 that names the field. Documents that are too long are cut unless told otherwise. */
    static RankRequest parse(byte[] body, String requestId) {
        var fields = new Fields(Json.parseObject(body), KnownFields.RERANK);
        UnsupportedFields.refuseInScore(fields);
        var model = fields.requiredText("model");
        var score = ScoreRequest.newBuilder()
                .setRequestId(requestId)
                .setModel(model)
                .addQueries(fields.requiredText("query"))
                .addAllDocuments(documents(fields.required("documents")))
                .setTruncation(EmbeddingRequest.truncation(fields, true));
        priority(fields, score);
        var topN = fields.integer("top_n", 1, Integer.MAX_VALUE);
        return new RankRequest(model, topN == null ? null : topN.intValue(), fields.flag("return_documents"), score);
    }

    /** As vLLM has it: the lower, the earlier. */
    static void priority(Fields fields, ScoreRequest.Builder score) {
        var priority = fields.integer("priority", -RequestParser.PRIORITY_MAX, RequestParser.PRIORITY_MAX);
        if (priority != null) {
            score.setPriority((int) -priority);
        }
    }

    /** The one value of each score; a model that judges by several labels gives no order. */
    static List<Float> values(ScoreResponse response, int documents, String model) {
        if (response.getScoresCount() != documents) {
            throw new ApiException(
                    ErrorCode.UPSTREAM_FAILED,
                    "the replica sent %d scores for %d documents".formatted(response.getScoresCount(), documents));
        }
        var values = new ArrayList<Float>();
        for (var score : response.getScoresList()) {
            if (score.getValuesCount() != 1) {
                throw new ApiException(
                        ErrorCode.INVALID_VALUE,
                        "'%s' judges by %d labels (%s); a score needs a model with one"
                                .formatted(model, score.getValuesCount(), String.join(", ", response.getLabelsList())),
                        "model");
            }
            values.add(score.getValues(0));
        }
        return values;
    }

    /** The response's body. Any thread. */
    ObjectNode body(ScoreResponse response, String answering, String id, String version) {
        var values = values(response, score.getDocumentsCount(), answering);
        var body = Json.object().put("id", id).put("model", answering);
        var results = body.putArray("results");
        IntStream.range(0, values.size())
                .boxed()
                .sorted(Comparator.comparing((Integer index) -> -values.get(index))
                        .thenComparing(Comparator.naturalOrder()))
                .limit(topN == null ? values.size() : topN)
                .forEach(index -> {
                    var result = results.addObject().put("index", index).put("relevance_score", values.get(index));
                    if (returnDocuments) {
                        result.putObject("document").put("text", score.getDocuments(index));
                    }
                });
        body.putObject("usage")
                .put("prompt_tokens", response.getPromptTokens())
                .put("total_tokens", response.getPromptTokens());
        var meta = body.putObject("meta");
        meta.putObject("api_version").put("version", version);
        meta.putObject("billed_units").put("search_units", Math.ceilDiv(values.size(), SEARCH_DOCUMENTS));
        meta.putObject("tokens").put("input_tokens", response.getPromptTokens());
        return body;
    }

    private static List<String> documents(JsonNode documents) {
        if (!documents.isArray() || documents.isEmpty()) {
            throw Fields.invalid("documents", "must be an array of strings or of objects with 'text', not empty");
        }
        if (documents.size() > DOCUMENTS_MAX) {
            throw Fields.invalid(
                    "documents", "has %d entries, at most %d are allowed".formatted(documents.size(), DOCUMENTS_MAX));
        }
        var texts = new ArrayList<String>();
        for (int i = 0; i < documents.size(); i++) {
            var document = documents.get(i);
            var text = document.isObject() ? document.path("text") : document;
            if (!text.isTextual()) {
                throw Fields.invalid("documents[%d]".formatted(i), "must be a string or an object with 'text'");
            }
            texts.add(text.asText());
        }
        return texts;
    }
}
