package io.weighbridge.license.receipts;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;

/** Reads a JSON object. The only class of this package that knows the JSON library. */
final class JsonReader {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private JsonReader() {}

    /** The object in {@code json}: texts, whole numbers, lists and objects; anything else is an error. */
    static Fields read(byte[] json) {
        try {
            if (value(JSON.readTree(json)) instanceof Fields fields) {
                return fields;
            }
            throw new IllegalArgumentException("not a JSON object");
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not JSON: " + broken.getOriginalMessage(), broken);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Object value(JsonNode node) {
        if (node.isTextual()) {
            return node.asText();
        }
        if (node.isIntegralNumber() && node.canConvertToLong()) {
            return node.asLong();
        }
        if (node.isArray()) {
            var items = new ArrayList<Object>();
            node.forEach(item -> items.add(value(item)));
            return items;
        }
        if (node.isObject()) {
            var values = new HashMap<String, Object>();
            node.properties().forEach(entry -> values.put(entry.getKey(), value(entry.getValue())));
            return new Fields(values);
        }
        throw new IllegalArgumentException("only texts, whole numbers, lists and objects are taken, not " + node);
    }
}
