package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.v1.EmbedInput;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.Embedding;
import io.weighbridge.v1.TokenIds;
import io.weighbridge.v1.Truncation;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.Map;

/**
 * A validated request for embeddings, and the response's body.
 *
 * @param base64 whether vectors are written as base64 of float32, little-endian, instead of numbers
 */
record EmbeddingRequest(String model, boolean base64, EmbedRequest.Builder embed) {
    /** Most inputs of one request, as OpenAI; what the replicas accept. */
    static final int INPUTS_MAX = 2_048;

    /** Most dimensions that a request may ask for; the model's own number limits it further. */
    static final int DIMENSIONS_MAX = 1_000_000;

    static final UpstreamErrors.Renames RENAMES = new UpstreamErrors.Renames("input", Map.of("inputs", "input"));

    /** The request that a body holds, or a 400 that names the field. */
    static EmbeddingRequest parse(byte[] body, String requestId) {
        var fields = new Fields(Json.parseObject(body), KnownFields.EMBEDDING);
        UnsupportedFields.refuseInEmbedding(fields);
        var model = fields.requiredText("model");
        var embed = EmbedRequest.newBuilder().setRequestId(requestId).setModel(model);
        inputs(fields.required("input"), embed);
        var dimensions = fields.integer("dimensions", 1, DIMENSIONS_MAX);
        if (dimensions != null) {
            embed.setDimensions(dimensions.intValue());
        }
        var normalize = fields.get("normalize");
        // OpenAI's vectors have length 1 always, and clients count on it.
        embed.setNormalize(normalize == null || fields.flag("normalize"));
        embed.setTruncation(truncation(fields, false));
        if (fields.get("prompt_name") != null) {
            embed.setPromptName(fields.requiredText("prompt_name"));
        }
        // As vLLM has it: the lower, the earlier.
        var priority = fields.integer("priority", -RequestParser.PRIORITY_MAX, RequestParser.PRIORITY_MAX);
        if (priority != null) {
            embed.setPriority((int) -priority);
        }
        return new EmbeddingRequest(model, base64(fields), embed);
    }

    /** What happens to texts that are too long: {@code truncate}, or vLLM's {@code truncate_prompt_tokens} of -1. */
    static Truncation truncation(Fields fields, boolean byDefault) {
        var tokens = fields.integer("truncate_prompt_tokens", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (tokens != null && tokens != -1) {
            throw Fields.unsupported("truncate_prompt_tokens", "with other values than -1, the model's own limit");
        }
        var truncate = fields.get("truncate") == null ? byDefault : fields.flag("truncate");
        return truncate || tokens != null ? Truncation.TRUNCATION_END : Truncation.TRUNCATION_UNSPECIFIED;
    }

    /** The response's body. Any thread. */
    ObjectNode body(EmbedResponse response, String answering) {
        if (response.getEmbeddingsCount() != embed.getInputsCount()) {
            throw new ApiException(
                    ErrorCode.UPSTREAM_FAILED,
                    "the replica sent %d embeddings for %d inputs"
                            .formatted(response.getEmbeddingsCount(), embed.getInputsCount()));
        }
        var body = Json.object().put("object", "list");
        var data = body.putArray("data");
        for (int i = 0; i < response.getEmbeddingsCount(); i++) {
            var one = data.addObject().put("object", "embedding").put("index", i);
            var values = values(response.getEmbeddings(i));
            if (base64) {
                one.put("embedding", base64(values));
            } else {
                one.putPOJO("embedding", values);
            }
        }
        body.put("model", answering);
        body.putObject("usage")
                .put("prompt_tokens", response.getPromptTokens())
                .put("total_tokens", response.getPromptTokens());
        return body;
    }

    private static boolean base64(Fields fields) {
        var format = fields.get("encoding_format");
        if (format == null) {
            return false;
        }
        return switch (format.asText()) {
            case "float" -> false;
            case "base64" -> true;
            default -> throw Fields.invalid("encoding_format", "must be float or base64");
        };
    }

    private static void inputs(JsonNode input, EmbedRequest.Builder embed) {
        if (input.isTextual()) {
            embed.addInputs(text(input));
            return;
        }
        if (!input.isArray() || input.isEmpty()) {
            throw Fields.invalid(
                    "input",
                    "must be a string, an array of strings, of token ids or of arrays of token ids, not empty");
        }
        if (input.get(0).isNumber()) {
            embed.addInputs(tokens(input));
            return;
        }
        if (input.size() > INPUTS_MAX) {
            throw Fields.invalid(
                    "input",
                    "has %d entries, at most %d are allowed; send them in several requests"
                            .formatted(input.size(), INPUTS_MAX));
        }
        var texts = input.get(0).isTextual();
        for (var one : input) {
            if (one.isTextual() != texts || !texts && !one.isArray()) {
                throw Fields.invalid("input", "must hold only strings or only arrays of token ids");
            }
            embed.addInputs(texts ? text(one) : tokens(one));
        }
    }

    private static EmbedInput text(JsonNode text) {
        if (text.asText().isEmpty()) {
            throw Fields.invalid("input", "must not hold an empty string");
        }
        return EmbedInput.newBuilder().setText(text.asText()).build();
    }

    private static EmbedInput tokens(JsonNode array) {
        if (array.isEmpty()) {
            throw Fields.invalid("input", "must not hold an empty array of token ids");
        }
        var ids = TokenIds.newBuilder();
        for (var id : array) {
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.asInt() < 0) {
                throw Fields.invalid("input", "holds %s, which is not a token id".formatted(id));
            }
            ids.addIds(id.asInt());
        }
        return EmbedInput.newBuilder().setTokenIds(ids).build();
    }

    private static float[] values(Embedding embedding) {
        var values = new float[embedding.getValuesCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = embedding.getValues(i);
        }
        return values;
    }

    private static String base64(float[] values) {
        var bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
