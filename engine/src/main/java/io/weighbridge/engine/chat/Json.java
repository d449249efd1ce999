package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Python's json.dumps, as the filter {@code tojson} uses it: no HTML escapes, characters stay as they are. */
final class Json {
    private final StringBuilder out = new StringBuilder();
    private final boolean asciiOnly;
    private final @Nullable String indent;
    private final String itemSeparator;
    private final String keySeparator;
    private final boolean sortKeys;
    private final Budget budget;

    private Json(Arguments.Bound options, Budget budget) {
        this.budget = budget;
        this.asciiOnly = options.flag("ensure_ascii", false);
        this.indent = switch (options.get("indent")) {
            case Long width -> " ".repeat((int) Math.clamp(width, 0, ChatTemplate.INDENT_MAX));
            case String text -> text;
            default -> null;
        };
        if (options.get("separators") instanceof Tuple(var pair)
                && pair.size() == 2
                && pair.getFirst() instanceof String item
                && pair.getLast() instanceof String key) {
            this.itemSeparator = item;
            this.keySeparator = key;
        } else {
            this.itemSeparator = indent == null ? ", " : ",";
            this.keySeparator = ": ";
        }
        this.sortKeys = options.flag("sort_keys", false);
    }

    static String text(Object value, Arguments arguments, Budget budget) {
        var json = new Json(arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys"), budget);
        json.write(value, 0);
        return budget.text(json.out.toString());
    }

    private void write(Object value, int depth) {
        Values.checkDepth(depth);
        budget.steps(1);
        if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
            budget.characters(out.length());
        }
        switch (value) {
            case None _ -> out.append("null");
            case Boolean flag -> out.append(flag);
            case Long number -> out.append(number);
            case Double number -> out.append(real(number));
            case String text -> string(text);
            case Markup markup -> string(markup.text());
            case List<?> list -> list(list, depth);
            case Tuple tuple -> list(tuple.items(), depth);
            case Map<?, ?> map -> object(map, depth);
            case Undefined undefined ->
                throw TemplateException.evaluation("tojson of something undefined: " + undefined.reason());
            default -> throw TemplateException.evaluation("tojson cannot write a " + Values.typeName(value));
        }
    }

    private static String real(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        return Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : Values.realText(number);
    }

    private void list(List<?> list, int depth) {
        if (list.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append('[');
        for (Iterator<?> items = list.iterator(); items.hasNext(); ) {
            newline(depth + 1);
            write(items.next(), depth + 1);
            if (items.hasNext()) {
                out.append(itemSeparator);
            }
        }
        newline(depth);
        out.append(']');
    }

    private void object(Map<?, ?> map, int depth) {
        if (map.isEmpty()) {
            out.append("{}");
            return;
        }
        var keys = new ArrayList<Object>(map.keySet());
        if (sortKeys) {
            keys.sort(Values::compare);
        }
        out.append('{');
        for (Iterator<Object> items = keys.iterator(); items.hasNext(); ) {
            var key = items.next();
            newline(depth + 1);
            string(keyText(key));
            out.append(keySeparator);
            var value = map.get(key);
            write(value == null ? None.NONE : value, depth + 1);
            if (items.hasNext()) {
                out.append(itemSeparator);
            }
        }
        newline(depth);
        out.append('}');
    }

    private static String keyText(Object key) {
        return switch (key) {
            case String text -> text;
            case Boolean flag -> flag.toString();
            case None _ -> "null";
            case Long number -> number.toString();
            case Double number -> real(number);
            default -> throw TemplateException.evaluation("tojson cannot write a key of type " + Values.typeName(key));
        };
    }

    private void newline(int depth) {
        if (indent != null) {
            out.append('\n').repeat(indent, depth);
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\b' -> out.append("\\b");
                case '\f' -> out.append("\\f");
                default -> {
                    // Noncharacters from U+FDD0 on mark cuts in guarded text and must stay themselves.
                    boolean mark = c >= '\uFDD0' && c <= '\uFDEF';
                    if (c < 0x20 || (asciiOnly && c > 0x7E && !mark)) {
                        out.append("\\u%04x".formatted((int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }
}
