package io.weighbridge.registry.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The JSON object in the body of a request, read strictly: an unknown member is an error, never passed over. */
record Body(JsonNode root) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    static Body of(byte[] bytes, Set<String> members) {
        JsonNode root;
        try {
            root = JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw invalid("the body is no JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw invalid("the body is no JSON: " + e.getMessage());
        }
        if (root == null || !root.isObject()) {
            throw invalid("the body must be a JSON object with %s".formatted(listed(members)));
        }
        for (var member : root.properties()) {
            if (!members.contains(member.getKey())) {
                throw invalid("unknown member '%s'; known: %s".formatted(member.getKey(), listed(members)));
            }
        }
        return new Body(root);
    }

    /** A text that must be there. */
    String text(String member) {
        var text = textIfAny(member);
        if (text == null) {
            throw invalid("'%s' is missing".formatted(member));
        }
        return text;
    }

    @Nullable
    String textIfAny(String member) {
        var value = root.path(member);
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        if (!value.isTextual() || value.asText().isBlank()) {
            throw invalid("'%s' must be a text that is not blank".formatted(member));
        }
        return value.asText().strip();
    }

    boolean has(String member) {
        return root.hasNonNull(member);
    }

    /** What {@code read} gives; its complaint about an argument is the caller's mistake. */
    static <T> T checked(Supplier<T> read) {
        try {
            return read.get();
        } catch (IllegalArgumentException e) {
            throw invalid(String.valueOf(e.getMessage()));
        }
    }

    static ApiException invalid(String message) {
        return new ApiException(ErrorCode.INVALID_ARGUMENT, message);
    }

    private static String listed(Set<String> members) {
        return String.join(", ", new TreeSet<>(members));
    }
}
