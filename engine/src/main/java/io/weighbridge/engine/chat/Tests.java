package io.weighbridge.engine.chat;

import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/** What can stand after {@code is}. */
final class Tests {
    private interface Check {
        boolean holds(Object value, Arguments arguments);
    }

    private static final Map<String, Check> BY_NAME = Map.ofEntries(
            plain("defined", value -> !(value instanceof Undefined)),
            plain("undefined", value -> value instanceof Undefined),
            plain("none", value -> value instanceof None),
            plain("boolean", value -> value instanceof Boolean),
            plain("true", value -> Boolean.TRUE.equals(value)),
            plain("false", value -> Boolean.FALSE.equals(value)),
            plain("string", value -> value instanceof String || value instanceof Markup),
            plain("number", Values::isNumber),
            plain("integer", value -> value instanceof Long),
            plain("float", value -> value instanceof Double),
            plain("mapping", value -> value instanceof Map),
            plain("sequence", Tests::isSequence),
            plain("iterable", Tests::isIterable),
            plain("escaped", value -> value instanceof Markup),
            plain("filter", value -> value instanceof String name && Filters.isKnown(name)),
            plain("test", value -> value instanceof String name && isKnown(name)),
            plain("callable", value -> value instanceof Function),
            plain("odd", value -> remainder(value, 2L) != 0),
            plain("even", value -> remainder(value, 2L) == 0),
            plain("lower", value -> value instanceof String text && cased(text, PythonText.lower(text))),
            plain("upper", value -> value instanceof String text && cased(text, PythonText.upper(text))),
            binary("divisibleby", (value, other) -> remainder(value, other) == 0),
            binary("sameas", (value, other) -> value == other || (Values.isKey(value) && value.equals(other))),
            binary("in", (value, other) -> Values.contains(other, value)),
            binary("eq", Values::equal),
            binary("equalto", Values::equal),
            binary("==", Values::equal),
            binary("ne", (value, other) -> !Values.equal(value, other)),
            binary("!=", (value, other) -> !Values.equal(value, other)),
            binary("lt", (value, other) -> Values.compare(value, other) < 0),
            binary("lessthan", (value, other) -> Values.compare(value, other) < 0),
            binary("<", (value, other) -> Values.compare(value, other) < 0),
            binary("le", (value, other) -> Values.compare(value, other) <= 0),
            binary("<=", (value, other) -> Values.compare(value, other) <= 0),
            binary("gt", (value, other) -> Values.compare(value, other) > 0),
            binary("greaterthan", (value, other) -> Values.compare(value, other) > 0),
            binary(">", (value, other) -> Values.compare(value, other) > 0),
            binary("ge", (value, other) -> Values.compare(value, other) >= 0),
            binary(">=", (value, other) -> Values.compare(value, other) >= 0));

    private Tests() {}

    static boolean isKnown(String name) {
        return BY_NAME.containsKey(name);
    }

    static boolean holds(String name, Object value, Arguments arguments) {
        var check = BY_NAME.get(name);
        if (check == null) {
            throw TemplateException.evaluation("the test '%s' is not supported".formatted(name));
        }
        return check.holds(value, arguments);
    }

    private static Map.Entry<String, Check> plain(String name, Predicate<Object> predicate) {
        return Map.entry(name, (value, arguments) -> {
            arguments.bind("the test " + name, 0);
            return predicate.test(value);
        });
    }

    private static Map.Entry<String, Check> binary(String name, BiPredicate<Object, Object> predicate) {
        return Map.entry(
                name,
                (value, arguments) -> predicate.test(
                        value, arguments.bind("the test " + name, 1, "other").get("other")));
    }

    private static boolean isSequence(Object value) {
        return value instanceof String
                || value instanceof Markup
                || value instanceof List
                || value instanceof Tuple
                || value instanceof Map
                || value instanceof Undefined
                || (value instanceof View view && view.isIndexed());
    }

    private static boolean isIterable(Object value) {
        return isSequence(value) || value instanceof View || value instanceof Generator;
    }

    private static boolean cased(String text, String changed) {
        return text.equals(changed) && !PythonText.lower(text).equals(PythonText.upper(text));
    }

    private static long remainder(Object value, Object divisor) {
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (value instanceof Long number && divisor instanceof Long by && by != 0) {
            return number % by;
        }
        throw TemplateException.evaluation(
                "%s divided by %s".formatted(Values.typeName(value), Values.typeName(divisor)));
    }
}
