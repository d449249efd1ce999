package io.weighbridge.license.openness;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys and values of one map of a file. Each wrong value is an IllegalArgumentException that names its key. */
record Fields(String where, Map<String, @Nullable Object> values) {
    /** Most characters of one text; notes are a paragraph at most. */
    static final int TEXT_CHARS_MAX = 4_000;

    static Fields of(String where, @Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("%s must hold keys and values".formatted(where));
        }
        var values = new LinkedHashMap<String, @Nullable Object>();
        map.forEach((key, held) -> values.put(String.valueOf(key), held));
        return new Fields(where, values);
    }

    void known(String... keys) {
        var known = Set.of(keys);
        for (var key : values.keySet()) {
            if (!known.contains(key)) {
                throw new IllegalArgumentException("%s: unknown key '%s'".formatted(where, key));
            }
        }
    }

    boolean has(String key) {
        return values.get(key) != null;
    }

    /** The text under a key, or null when the key is absent or empty. Numbers and dates count as texts. */
    @Nullable
    String optional(String key) {
        var value = values.get(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Map || value instanceof List) {
            throw new IllegalArgumentException("%s: '%s' must be a text".formatted(where, key));
        }
        var text = value.toString().strip();
        if (text.length() > TEXT_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "%s: '%s' has %d characters, the limit is %d".formatted(where, key, text.length(), TEXT_CHARS_MAX));
        }
        return text.isEmpty() ? null : text;
    }

    String text(String key) {
        var text = optional(key);
        if (text == null) {
            throw new IllegalArgumentException("%s: '%s' is needed".formatted(where, key));
        }
        return text;
    }

    String text(String key, String otherwise) {
        var text = optional(key);
        return text == null ? otherwise : text;
    }

    @Nullable
    LocalDate date(String key) {
        var text = optional(key);
        if (text == null) {
            return null;
        }
        try {
            return LocalDate.parse(text);
        } catch (DateTimeException wrong) {
            throw new IllegalArgumentException(
                    "%s: '%s' must be a date such as 2025-08-05, not '%s'".formatted(where, key, text), wrong);
        }
    }

    @Nullable
    Double number(String key) {
        var text = optional(key);
        if (text == null) {
            return null;
        }
        try {
            return Double.valueOf(text);
        } catch (NumberFormatException wrong) {
            throw new IllegalArgumentException(
                    "%s: '%s' must be a number, not '%s'".formatted(where, key, text), wrong);
        }
    }

    /** A constant written in lower case with hyphens. */
    <E extends Enum<E>> E word(Class<E> type, String key) {
        var text = text(key);
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> word(constant).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s: '%s' cannot be '%s'; it is one of %s"
                        .formatted(
                                where,
                                key,
                                text,
                                Arrays.stream(type.getEnumConstants())
                                        .map(Fields::word)
                                        .toList())));
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Fields map(String key) {
        return Fields.of("'%s'".formatted(key), values.get(key));
    }

    /** The maps in the list under a key; none when it is absent. */
    List<Fields> maps(String key, int countMax) {
        var items = list(key, countMax);
        var maps = new ArrayList<Fields>();
        for (int i = 0; i < items.size(); i++) {
            maps.add(Fields.of("%s %d".formatted(key, i + 1), items.get(i)));
        }
        return maps;
    }

    Set<String> texts(String key, int countMax) {
        var texts = new LinkedHashSet<String>();
        for (var item : list(key, countMax)) {
            if (!(item instanceof String text) || text.isBlank()) {
                throw new IllegalArgumentException("%s: '%s' must hold texts, quote %s".formatted(where, key, item));
            }
            texts.add(text);
        }
        return texts;
    }

    private List<?> list(String key, int countMax) {
        var value = values.get(key);
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> items)) {
            throw new IllegalArgumentException("%s: '%s' must be a list".formatted(where, key));
        }
        if (items.size() > countMax) {
            throw new IllegalArgumentException(
                    "%s: '%s' has %d entries, the limit is %d".formatted(where, key, items.size(), countMax));
        }
        return items;
    }
}
