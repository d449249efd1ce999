package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to the fields of a request. A null counts as absent; a wrong type or range is a 400 naming the field.
 *
 * @param known the fields that may be read: those of {@link KnownFields} for this kind of request
 */
record Fields(ObjectNode root, Set<String> known) {
    /** The value, or null when the field is absent or null. */
    @Nullable
    JsonNode get(String name) {
        if (!known.contains(name)) {
            throw new IllegalArgumentException("the field '%s' is read but not listed in KnownFields".formatted(name));
        }
        var value = root.get(name);
        return value == null || value.isNull() ? null : value;
    }

    JsonNode required(String name) {
        var value = get(name);
        if (value == null) {
            throw new ApiException(ErrorCode.MISSING_FIELD, "the field '%s' is required".formatted(name), name);
        }
        return value;
    }

    String requiredText(String name) {
        var value = required(name);
        if (!value.isTextual() || value.asText().isBlank()) {
            throw invalid(name, "must be a string that is not empty");
        }
        return value.asText();
    }

    boolean flag(String name) {
        var value = get(name);
        if (value == null) {
            return false;
        }
        if (!value.isBoolean()) {
            throw invalid(name, "must be true or false");
        }
        return value.asBoolean();
    }

    @Nullable
    Double number(String name, double min, double max) {
        var value = get(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            throw invalid(name, "must be a number");
        }
        var number = value.asDouble();
        if (!(number >= min && number <= max)) {
            throw invalid(name, "must be between %s and %s, not %s".formatted(shown(min), shown(max), value.asText()));
        }
        return number;
    }

    @Nullable
    Long integer(String name, long min, long max) {
        var value = get(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()) {
            throw invalid(name, "must be a whole number");
        }
        if (!value.canConvertToLong() || value.asLong() < min || value.asLong() > max) {
            throw invalid(name, "must be between %d and %d, not %s".formatted(min, max, value.asText()));
        }
        return value.asLong();
    }

    static ApiException invalid(String name, String wrong) {
        return new ApiException(ErrorCode.INVALID_VALUE, "'%s' %s".formatted(name, wrong), name);
    }

    static ApiException unsupported(String name, String what) {
        return new ApiException(
                ErrorCode.UNSUPPORTED_FIELD,
                "'%s' is not supported%s; leave it out".formatted(name, what.isEmpty() ? "" : " " + what),
                name);
    }

    private static String shown(double limit) {
        return limit == Math.rint(limit) ? Long.toString((long) limit) : Double.toString(limit);
    }
}
