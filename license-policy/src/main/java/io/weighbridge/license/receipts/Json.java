package io.weighbridge.license.receipts;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * Writes one JSON object in canonical form (RFC 8785, restricted to texts, whole numbers, lists and objects): keys in order,
 * no spaces, the shortest escapes. Keys out of order are a mistake of the caller and refused. Not thread-safe.
 */
final class Json {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder(1024).append('{');
    private String previous = "";

    /** Whether {@code value} has an UTF-8 form: every surrogate is one of a pair. */
    static boolean isEncodable(String value) {
        for (int i = 0; i < value.length(); i++) {
            var unit = value.charAt(i);
            if (Character.isSurrogate(unit)) {
                if (Character.isLowSurrogate(unit)
                        || i + 1 == value.length()
                        || !Character.isLowSurrogate(value.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    Json put(String key, String value) {
        key(key);
        quote(value);
        return this;
    }

    Json put(String key, long value) {
        key(key);
        text.append(value);
        return this;
    }

    /** A key whose value somebody else writes. */
    Json hole(String key) {
        key(key);
        return this;
    }

    Json texts(String key, List<String> values) {
        key(key);
        text.append('[');
        for (int i = 0; i < values.size(); i++) {
            if (i > 0) {
                text.append(',');
            }
            quote(values.get(i));
        }
        text.append(']');
        return this;
    }

    <T> Json list(String key, List<T> entries, BiConsumer<Json, T> write) {
        key(key);
        text.append('[');
        for (int i = 0; i < entries.size(); i++) {
            text.append(i > 0 ? ",{" : "{");
            previous = "";
            write.accept(this, entries.get(i));
            text.append('}');
        }
        text.append(']');
        previous = key;
        return this;
    }

    int length() {
        return text.length();
    }

    /** The whole object; nothing can be put after it. */
    String text() {
        return text.append('}').toString();
    }

    byte[] bytes() {
        return text().getBytes(StandardCharsets.UTF_8);
    }

    private void key(String key) {
        if (key.compareTo(previous) <= 0) {
            throw new IllegalStateException("key %s after %s: keys are sorted".formatted(key, previous));
        }
        if (!previous.isEmpty()) {
            text.append(',');
        }
        previous = key;
        text.append('"').append(key).append("\":");
    }

    private void quote(String value) {
        text.append('"');
        var start = 0;
        for (int i = 0; i < value.length(); i++) {
            var unit = value.charAt(i);
            if (unit < ' ' || unit == '"' || unit == '\\') {
                text.append(value, start, i);
                escape(unit);
                start = i + 1;
            }
        }
        text.append(value, start, value.length()).append('"');
    }

    private void escape(char unit) {
        switch (unit) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case '\b' -> text.append("\\b");
            case '\t' -> text.append("\\t");
            case '\n' -> text.append("\\n");
            case '\f' -> text.append("\\f");
            case '\r' -> text.append("\\r");
            default -> text.append("\\u00").append(HEX.charAt(unit >> 4)).append(HEX.charAt(unit & 15));
        }
    }
}
