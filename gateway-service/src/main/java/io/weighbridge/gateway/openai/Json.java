package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** JSON text to tree and back. */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The object that a request body holds, or a 400 that says where it stops being JSON. */
    static ObjectNode parseObject(byte[] body) {
        JsonNode root;
        try {
            root = MAPPER.readTree(body);
        } catch (JsonProcessingException broken) {
            var at = broken.getLocation();
            throw new ApiException(
                    ErrorCode.INVALID_JSON,
                    "the request body is not valid JSON (line %d, column %d): %s"
                            .formatted(
                                    at == null ? 0 : at.getLineNr(),
                                    at == null ? 0 : at.getColumnNr(),
                                    broken.getOriginalMessage()));
        } catch (IOException broken) {
            throw new ApiException(ErrorCode.INVALID_JSON, "the request body is not valid JSON: it is not UTF-8 text");
        }
        if (root instanceof ObjectNode object) {
            return object;
        }
        throw new ApiException(
                ErrorCode.INVALID_JSON, "the request body must be a JSON object with 'model' and a prompt");
    }

    /** The value of a JSON text within a request; null if it is none. */
    static @Nullable JsonNode parse(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException broken) {
            return null;
        }
    }

    static byte[] bytes(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
