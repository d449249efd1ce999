package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Attributes, items and slices of values, and the methods of dicts and lists. */
final class Access {
    private static final Set<String> DICT_METHODS = Set.of("items", "keys", "values", "get", "copy");

    private Access() {}

    /** {@code object.name}: an attribute, else an item of that key. */
    static Object attribute(Object object, String name, Budget budget) {
        return switch (object) {
            case Undefined undefined -> throw undefined.error();
            case Namespace namespace -> namespace.attributes.getOrDefault(name, missing(object, name));
            case Loop loop -> loop.attribute(name);
            case Map<?, ?> map when DICT_METHODS.contains(name) -> dictMethod(map, name, budget);
            case Map<?, ?> map -> orMissing(map.get(name), object, name);
            case String text when TextMethods.isKnown(name) -> TextMethods.bound(text, name, budget);
            case List<?> list
            when name.equals("copy") ->
                (Function) arguments -> {
                    arguments.bind(name, 0);
                    return ListFilters.copy(list, budget);
                };
            case List<?> _, Tuple _
            when name.equals("index") || name.equals("count") -> listMethod(Values.items(object), name);
            default -> missing(object, name);
        };
    }

    /** {@code object[key]}: an item, else an attribute of that name. */
    static Object item(Object object, Object key, Budget budget) {
        return switch (object) {
            case Undefined undefined -> throw undefined.error();
            case Map<?, ?> map
            when Values.isKey(key) && map.containsKey(key) -> orMissing(map.get(key), object, Values.text(key));
            case View view when view.isIndexed() && isIndex(key) -> indexed(view.items(), Arithmetic.integer(key));
            case List<?> _, Tuple _ when isIndex(key) -> indexed(Values.items(object), Arithmetic.integer(key));
            case String text
            when isIndex(key) -> {
                budget.steps(text.length() / 16);
                yield indexed(text, Arithmetic.integer(key));
            }
            default -> key instanceof String name ? attribute(object, name, budget) : missing(object, Values.text(key));
        };
    }

    private static boolean isIndex(Object key) {
        return key instanceof Long || key instanceof Boolean;
    }

    private static Object indexed(List<Object> items, long index) {
        long at = index < 0 ? index + items.size() : index;
        return at < 0 || at >= items.size() ? missing(items, String.valueOf(index)) : items.get((int) at);
    }

    private static Object indexed(String text, long index) {
        int length = PythonText.length(text);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return missing(text, String.valueOf(index));
        }
        return Character.toString(text.codePointAt(text.offsetByCodePoints(0, (int) at)));
    }

    private static Object orMissing(@Nullable Object value, Object object, String name) {
        return value == null ? missing(object, name) : value;
    }

    private static Undefined missing(Object object, String name) {
        return new Undefined("%s has no '%s'".formatted(Values.typeName(object), name));
    }

    /** {@code object[from:to:step]} with Python's rules for negative and absent bounds. */
    static Object slice(Object object, Object from, Object to, Object step, Budget budget) {
        if (object instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (!(object instanceof String) && !(object instanceof List) && !(object instanceof Tuple)) {
            throw TemplateException.evaluation("'%s' cannot be sliced".formatted(Values.typeName(object)));
        }
        if (object instanceof String text) {
            int[] points = text.codePoints().toArray();
            var picked = new StringBuilder();
            indexes(points.length, from, to, step).forEach(at -> picked.appendCodePoint(points[at]));
            return budget.text(picked.toString());
        }
        var items = Values.items(object);
        var picked = new ArrayList<Object>();
        indexes(items.size(), from, to, step).forEach(at -> picked.add(items.get(at)));
        budget.steps(picked.size());
        return object instanceof Tuple ? new Tuple(picked) : picked;
    }

    /** The places that a slice picks from {@code size} items. */
    private static IntStream indexes(int size, Object from, Object to, Object step) {
        long stride = bound(step, 1);
        if (stride == 0) {
            throw TemplateException.evaluation("a slice's step is zero");
        }
        long low = stride > 0 ? 0 : -1;
        long high = stride > 0 ? size : size - 1L;
        int start = (int) clamped(from, stride > 0 ? low : high, size, low, high);
        int end = (int) clamped(to, stride > 0 ? high : low, size, low, high);
        // A stride beyond the size picks one item at most, and must not overflow.
        int move = (int) Math.clamp(stride, -size - 1L, size + 1L);
        return IntStream.iterate(start, at -> move > 0 ? at < end : at > end, at -> at + move);
    }

    private static long bound(Object value, long whenNone) {
        return switch (value) {
            case None _ -> whenNone;
            case Long number -> number;
            case Boolean flag -> Arithmetic.integer(flag);
            default ->
                throw TemplateException.evaluation(
                        "a slice's bound should be an integer, is " + Values.typeName(value));
        };
    }

    private static long clamped(Object value, long whenNone, int size, long low, long high) {
        if (value instanceof None) {
            return whenNone;
        }
        long bound = bound(value, 0);
        return Math.clamp(bound < 0 ? bound + size : bound, low, high);
    }

    private static Function dictMethod(Map<?, ?> map, String name, Budget budget) {
        return arguments -> {
            budget.steps(name.equals("get") ? 1 : map.size());
            if (name.equals("get")) {
                var bound = arguments.bind("get", 1, "key", "default");
                var value = Values.isKey(bound.get("key")) ? map.get(bound.get("key")) : null;
                return value == null ? bound.get("default", None.NONE) : value;
            }
            arguments.bind(name, 0);
            return switch (name) {
                case "keys" -> View.ofDict(name, new ArrayList<>(map.keySet()));
                case "values" -> View.ofDict(name, new ArrayList<>(map.values()));
                case "copy" -> new LinkedHashMap<Object, Object>(map);
                default -> View.ofDict(name, pairs(map));
            };
        };
    }

    /** Keys with their values. */
    static List<Object> pairs(Map<?, ?> map) {
        var pairs = new ArrayList<Object>();
        map.forEach((key, value) -> pairs.add(Tuple.of(key, value)));
        return pairs;
    }

    private static Function listMethod(List<Object> items, String name) {
        return arguments -> {
            var wanted = arguments.bind(name, 1, "value").get("value");
            if (name.equals("count")) {
                return items.stream().filter(item -> Values.equal(item, wanted)).count();
            }
            for (int i = 0; i < items.size(); i++) {
                if (Values.equal(items.get(i), wanted)) {
                    return (long) i;
                }
            }
            throw TemplateException.evaluation("the list does not contain the value looked for");
        };
    }
}
