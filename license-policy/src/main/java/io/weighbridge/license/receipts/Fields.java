package io.weighbridge.license.receipts;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The fields of one JSON object, each asked for by name and type. A field that is not what was asked for is an error. */
record Fields(Map<String, Object> values) {
    boolean has(String key) {
        return values.containsKey(key);
    }

    String text(String key) {
        if (values.get(key) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("'%s' must be a text".formatted(key));
    }

    long number(String key) {
        if (values.get(key) instanceof Long number) {
            return number;
        }
        throw new IllegalArgumentException("'%s' must be a whole number".formatted(key));
    }

    int integer(String key) {
        var number = number(key);
        if (number != (int) number) {
            throw new IllegalArgumentException("'%s' is too large: %d".formatted(key, number));
        }
        return (int) number;
    }

    List<Fields> list(String key) {
        return items(key).stream()
                .map(item -> {
                    if (item instanceof Fields fields) {
                        return fields;
                    }
                    throw new IllegalArgumentException("'%s' must hold objects".formatted(key));
                })
                .toList();
    }

    List<String> texts(String key) {
        return items(key).stream()
                .map(item -> {
                    if (item instanceof String text) {
                        return text;
                    }
                    throw new IllegalArgumentException("'%s' must hold texts".formatted(key));
                })
                .toList();
    }

    <E extends Enum<E>> E word(String key, Class<E> type) {
        var text = text(key);
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'%s' cannot be %s".formatted(key, text)));
    }

    private List<?> items(String key) {
        if (values.get(key) instanceof List<?> items) {
            return items;
        }
        throw new IllegalArgumentException("'%s' must be a list".formatted(key));
    }
}
