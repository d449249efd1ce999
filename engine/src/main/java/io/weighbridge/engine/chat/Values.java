package io.weighbridge.engine.chat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The values of a template and Python's rules for them. A value is {@link None}, {@link Undefined}, a Boolean, Long, Double or
 * String, a List, a {@link Tuple}, a Map, a {@link View}, a {@link Generator}, a {@link Namespace}, a {@link Function}, a
 * {@link Loop} or a {@link Markup}; nothing else ever is, so a template cannot reach Java.
 */
final class Values {
    private static final int DEPTH_MAX = ChatTemplate.NESTING_MAX;

    private Values() {}

    /** A plain Java value (null, Boolean, Number, String, List, Map with string keys) as a template's. */
    static Object of(@Nullable Object value) {
        return switch (value) {
            case null -> None.NONE;
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Double number -> number;
            case Float number -> number.doubleValue();
            case String text -> text;
            case List<?> list -> list.stream().map(Values::of).toList();
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<Object, Object>();
                map.forEach((key, item) -> copy.put(of(key), of(item)));
                yield copy;
            }
            default ->
                throw new IllegalArgumentException(
                        "not a value for a template: " + value.getClass().getName());
        };
    }

    static boolean isTrue(Object value) {
        return switch (value) {
            case None _, Undefined _ -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case View view -> !view.items().isEmpty();
            case Markup markup -> !markup.text().isEmpty();
            default -> true;
        };
    }

    static String typeName(Object value) {
        return switch (value) {
            case None _ -> "None";
            case Undefined _ -> "undefined";
            case Boolean _ -> "bool";
            case Long _ -> "int";
            case Double _ -> "float";
            case String _ -> "str";
            case List<?> _ -> "list";
            case Tuple _ -> "tuple";
            case Map<?, ?> _ -> "dict";
            case Namespace _ -> "namespace";
            case View view -> view.name();
            case Generator _ -> "generator";
            case Markup _ -> "Markup";
            default -> "function";
        };
    }

    /** What iterating {@code value} gives: items, keys or characters. */
    @SuppressWarnings("unchecked")
    static List<Object> items(Object value) {
        return switch (value) {
            case List<?> list -> (List<Object>) list;
            case Tuple tuple -> tuple.items();
            case View view -> view.items();
            case Generator generator -> generator.takeAll();
            case Markup markup -> characters(markup.text());
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case String text -> characters(text);
            case Undefined _ -> List.of();
            default -> throw TemplateException.evaluation("'%s' cannot be iterated".formatted(typeName(value)));
        };
    }

    private static List<Object> characters(String text) {
        if (text.length() > ChatTemplate.ITERATED_CHARACTERS_MAX) {
            throw TemplateException.limit("a text of more than %d characters is walked character by character"
                    .formatted(ChatTemplate.ITERATED_CHARACTERS_MAX));
        }
        return text.codePoints().<Object>mapToObj(Character::toString).toList();
    }

    static long length(Object value) {
        return switch (value) {
            case String text -> PythonText.length(text);
            case Map<?, ?> map -> map.size();
            case List<?> _, Tuple _, View _, Markup _, Undefined _ ->
                items(value).size();
            default -> throw TemplateException.evaluation("'%s' has no length".formatted(typeName(value)));
        };
    }

    static boolean equal(Object left, Object right) {
        return equal(left, right, 0);
    }

    private static boolean equal(Object left, Object right, int depth) {
        checkDepth(depth);
        if (left instanceof Undefined || right instanceof Undefined) {
            return left instanceof Undefined && right instanceof Undefined;
        }
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right) == 0;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return equalItems(a, b, depth);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return equalItems(a.items(), b.items(), depth);
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return a.size() == b.size()
                    && a.entrySet().stream()
                            .allMatch(entry -> b.containsKey(entry.getKey())
                                    && equal(entry.getValue(), found(b, entry.getKey()), depth + 1));
        }
        if (left instanceof View a && right instanceof View b && a.name().equals(b.name())) {
            return equalItems(a.items(), b.items(), depth);
        }
        if (left instanceof String || left instanceof None) {
            return left.equals(right);
        }
        return left == right;
    }

    private static Object found(Map<?, ?> map, Object key) {
        var value = map.get(key);
        return value == null ? None.NONE : value;
    }

    private static boolean equalItems(List<?> a, List<?> b, int depth) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!equal(a.get(i), b.get(i), depth + 1)) {
                return false;
            }
        }
        return true;
    }

    /** Whether {@code value} can be a dict's key. */
    static boolean isKey(Object value) {
        return value instanceof String || value instanceof None || isNumber(value);
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    private static int compareNumbers(Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            return Double.compare(Arithmetic.real(left) + 0.0, Arithmetic.real(right) + 0.0);
        }
        return Long.compare(Arithmetic.integer(left), Arithmetic.integer(right));
    }

    /** Order of numbers, strings and lists; an error between others. */
    static int compare(Object left, Object right) {
        return compare(left, right, 0);
    }

    private static int compare(Object left, Object right, int depth) {
        checkDepth(depth);
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            return compareText(a, b);
        }
        if ((left instanceof List<?> && right instanceof List<?>)
                || (left instanceof Tuple && right instanceof Tuple)) {
            var a = items(left);
            var b = items(right);
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                if (!equal(a.get(i), b.get(i))) {
                    return compare(a.get(i), b.get(i), depth + 1);
                }
            }
            return Integer.compare(a.size(), b.size());
        }
        if (left instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.error();
        }
        throw TemplateException.evaluation(
                "'%s' and '%s' cannot be compared".formatted(typeName(left), typeName(right)));
    }

    private static int compareText(String a, String b) {
        int[] left = a.codePoints().toArray();
        int[] right = b.codePoints().toArray();
        return Arrays.compare(left, right);
    }

    static boolean contains(Object container, Object item) {
        return switch (container) {
            case String text when item instanceof String part -> text.contains(part);
            case String _ ->
                throw TemplateException.evaluation("'in' a string needs a string on its left, got " + typeName(item));
            case Map<?, ?> map -> isKey(item) && map.containsKey(item);
            default -> items(container).stream().anyMatch(candidate -> equal(candidate, item));
        };
    }

    /** Python's str(): what printing gives. */
    static String text(Object value) {
        return switch (value) {
            case String text -> text;
            case Markup markup -> markup.text();
            case Undefined _ -> "";
            default -> printed(value);
        };
    }

    /** Python's repr(): as a value stands within a list. */
    static String printed(Object value) {
        var text = new StringBuilder();
        repr(value, text, 0);
        return text.toString();
    }

    private static void repr(Object value, StringBuilder out, int depth) {
        checkDepth(depth);
        if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
            throw TemplateException.limit(
                    "a text would have more than %d characters".formatted(ChatTemplate.OUTPUT_CHARACTERS_MAX));
        }
        switch (value) {
            case None _ -> out.append("None");
            case Undefined _ -> out.append("Undefined");
            case Boolean flag -> out.append(flag ? "True" : "False");
            case Long number -> out.append(number);
            case Double number -> out.append(realText(number));
            case String text -> reprText(text, out);
            case Markup markup -> {
                out.append("Markup(");
                reprText(markup.text(), out);
                out.append(')');
            }
            case View view when !view.printed().isEmpty() -> out.append(view.printed());
            case View view -> {
                out.append(view.name());
                reprItems(view.items(), "([", "])", out, depth);
            }
            case List<?> list -> reprItems(list, "[", "]", out, depth);
            case Tuple tuple -> reprItems(tuple.items(), "(", tuple.items().size() == 1 ? ",)" : ")", out, depth);
            case Map<?, ?> map -> {
                out.append('{');
                var separator = "";
                for (var entry : map.entrySet()) {
                    out.append(separator);
                    repr(entry.getKey(), out, depth + 1);
                    out.append(": ");
                    repr(entry.getValue(), out, depth + 1);
                    separator = ", ";
                }
                out.append('}');
            }
            default -> out.append('<').append(typeName(value)).append('>');
        }
    }

    private static void reprItems(List<?> items, String open, String close, StringBuilder out, int depth) {
        out.append(open);
        var separator = "";
        for (var item : items) {
            out.append(separator);
            repr(item, out, depth + 1);
            separator = ", ";
        }
        out.append(close);
    }

    private static void reprText(String text, StringBuilder out) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        out.append(quote);
        text.codePoints().forEach(c -> {
            switch (c) {
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                    if (c == quote) {
                        out.append('\\').append(quote);
                    } else if (isPrintable(c)) {
                        out.appendCodePoint(c);
                    } else {
                        out.append(
                                c < 0x100
                                        ? "\\x%02x".formatted(c)
                                        : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
                    }
                }
            }
        });
        out.append(quote);
    }

    /** The noncharacters from U+FDD0 on count as printable: they mark cuts in guarded text and must stay themselves. */
    private static boolean isPrintable(int c) {
        if (c == ' ' || (c >= 0xFDD0 && c <= 0xFDEF)) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /** Python's repr of a float: shortest digits, an exponent from 1e16 and below 1e-4. */
    static String realText(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        var decimal = new BigDecimal(Double.toString(Math.abs(number))).stripTrailingZeros();
        if (decimal.precision() == 2) {
            // Java writes two digits at least; Python one where it is enough.
            var one = decimal.round(new MathContext(1, RoundingMode.HALF_UP));
            decimal = one.doubleValue() == Math.abs(number) ? one : decimal;
        }
        var digits = decimal.unscaledValue().toString();
        int exponent = digits.length() - 1 - decimal.scale();
        var sign = number < 0 ? "-" : "";
        if (exponent >= -4 && exponent < 16) {
            var plain = decimal.toPlainString();
            return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
        }
        var mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return "%s%se%s%02d".formatted(sign, mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }

    static void checkDepth(int depth) {
        if (depth > DEPTH_MAX) {
            throw TemplateException.limit("a value is nested more than %d deep".formatted(DEPTH_MAX));
        }
    }
}
