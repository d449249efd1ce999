package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The filters over several items. What is a generator in Python is a list here. */
final class ListFilters {
    private ListFilters() {}

    static List<Object> copy(Object value, Budget budget) {
        var items = Values.items(value);
        budget.steps(items.size());
        return new ArrayList<>(items);
    }

    static Object end(Object value, boolean first) {
        if (value instanceof Generator generator) {
            if (first) {
                return generator.takeFirst();
            }
            throw TemplateException.evaluation("last of a generator; make it a list first");
        }
        if (value instanceof String text && !text.isEmpty()) {
            return Character.toString(first ? text.codePointAt(0) : text.codePointBefore(text.length()));
        }
        var items = Values.items(value);
        if (items.isEmpty()) {
            return new Undefined("there is no %s item".formatted(first ? "first" : "last"));
        }
        return first ? items.getFirst() : items.getLast();
    }

    static Object reverse(Object value, Budget budget) {
        if (value instanceof String text) {
            budget.characters(text.length());
            var points = text.codePoints().toArray();
            var out = new StringBuilder();
            for (int i = points.length - 1; i >= 0; i--) {
                out.appendCodePoint(points[i]);
            }
            return out.toString();
        }
        if (value instanceof Generator) {
            throw TemplateException.evaluation("reverse of a generator; make it a list first");
        }
        var items = copy(value, budget);
        Collections.reverse(items);
        return new Generator(items);
    }

    static Object join(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("join", 0, "d", "attribute");
        var texts = new ArrayList<Object>();
        for (var item : copy(value, budget)) {
            texts.add(Values.text(of(item, bound.get("attribute"), budget)));
        }
        return TextMethods.joined(Values.text(bound.get("d", "")), texts, budget);
    }

    static Object sort(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
        return sorted(
                copy(value, budget),
                key(bound.get("attribute"), bound.flag("case_sensitive", false), budget),
                bound.flag("reverse", false));
    }

    static Object dictSort(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw TemplateException.evaluation("dictsort of " + Values.typeName(value));
        }
        budget.steps(map.size());
        long position = bound.get("by", "key").equals("value") ? 1 : 0;
        return sorted(
                Access.pairs(map),
                key(position, bound.flag("case_sensitive", false), budget),
                bound.flag("reverse", false));
    }

    private interface Key {
        Object of(Object item);
    }

    private static Key key(Object attribute, boolean caseSensitive, Budget budget) {
        return item -> {
            var value = of(item, attribute, budget);
            return !caseSensitive && value instanceof String text ? PythonText.lower(text) : value;
        };
    }

    private static List<Object> sorted(List<Object> items, Key key, boolean reverse) {
        Comparator<Object> order = (a, b) -> Values.compare(key.of(a), key.of(b));
        var sorted = new ArrayList<>(items);
        // Reversed first and last, so that equal items keep their order in both directions, as in Python.
        if (reverse) {
            Collections.reverse(sorted);
        }
        try {
            sorted.sort(order);
        } catch (IllegalArgumentException _) {
            throw TemplateException.evaluation("the items have no order");
        }
        if (reverse) {
            Collections.reverse(sorted);
        }
        return sorted;
    }

    static Object unique(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("unique", 0, "case_sensitive", "attribute");
        var key = key(bound.get("attribute"), bound.flag("case_sensitive", false), budget);
        var seen = new ArrayList<Object>();
        var unique = new ArrayList<Object>();
        for (var item : copy(value, budget)) {
            var mine = key.of(item);
            budget.steps(seen.size() / 16);
            if (seen.stream().noneMatch(other -> Values.equal(other, mine))) {
                seen.add(mine);
                unique.add(item);
            }
        }
        return new Generator(unique);
    }

    static Object extreme(Object value, Arguments arguments, Budget budget, int sign) {
        var bound = arguments.bind(sign < 0 ? "min" : "max", 0, "case_sensitive", "attribute");
        var key = key(bound.get("attribute"), bound.flag("case_sensitive", false), budget);
        @Nullable Object best = null;
        for (var item : copy(value, budget)) {
            if (best == null || Values.compare(key.of(item), key.of(best)) * sign > 0) {
                best = item;
            }
        }
        return best == null ? new Undefined("there is no item") : best;
    }

    static Object sum(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("sum", 0, "attribute", "start");
        Object sum = bound.get("start", 0L);
        for (var item : copy(value, budget)) {
            sum = Arithmetic.apply("+", sum, of(item, bound.get("attribute"), budget), budget);
        }
        return sum;
    }

    static Object map(Object value, Arguments arguments, Budget budget) {
        var mapped = new ArrayList<Object>();
        if (arguments.positional().isEmpty()) {
            var bound = new Arguments(List.of(), arguments.named()).bind("map", 0, "attribute", "default");
            if (!bound.has("attribute")) {
                throw TemplateException.evaluation("map needs a filter or an attribute");
            }
            for (var item : itemsIfAny(value, budget)) {
                var picked = of(item, bound.get("attribute"), budget);
                mapped.add(picked instanceof Undefined ? bound.get("default", picked) : picked);
            }
            return new Generator(mapped);
        }
        var rest = rest(arguments, 1);
        for (var item : itemsIfAny(value, budget)) {
            mapped.add(Filters.apply(Values.text(arguments.positional().getFirst()), item, rest, budget));
        }
        return new Generator(mapped);
    }

    static Object batch(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("batch", 1, "linecount", "fill_with");
        int size = (int) Math.clamp(bound.integer("linecount", 1), 1, Globals.RANGE_MAX);
        var items = copy(value, budget);
        var batches = new ArrayList<Object>();
        for (int from = 0; from < items.size(); from += size) {
            var batch = new ArrayList<>(items.subList(from, Math.min(items.size(), from + size)));
            if (!(bound.get("fill_with") instanceof None)) {
                budget.steps(size);
                while (batch.size() < size) {
                    batch.add(bound.get("fill_with"));
                }
            }
            batches.add(batch);
        }
        return new Generator(batches);
    }

    static Object slice(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("slice", 1, "slices", "fill_with");
        int count = (int) Math.clamp(bound.integer("slices", 1), 1, Globals.RANGE_MAX);
        var items = copy(value, budget);
        budget.steps(count);
        int size = items.size() / count;
        int longer = items.size() % count;
        var slices = new ArrayList<Object>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            int to = from + size + (i < longer ? 1 : 0);
            var slice = new ArrayList<>(items.subList(from, to));
            if (i >= longer && !(bound.get("fill_with") instanceof None)) {
                slice.add(bound.get("fill_with"));
            }
            slices.add(slice);
            from = to;
        }
        return new Generator(slices);
    }

    /** Pairs of a key and the items that have it, by key. */
    static Object groupBy(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("groupby", 1, "attribute", "default", "case_sensitive");
        Key own = item -> {
            var key = of(item, bound.get("attribute"), budget);
            return key instanceof Undefined && bound.has("default") ? bound.get("default") : key;
        };
        boolean caseSensitive = bound.flag("case_sensitive", false);
        Key key = item -> !caseSensitive && own.of(item) instanceof String text ? PythonText.lower(text) : own.of(item);
        var groups = new ArrayList<Object>();
        @Nullable Object before = null;
        List<Object> group = new ArrayList<>();
        for (var item : sorted(copy(value, budget), key, false)) {
            var current = key.of(item);
            if (before == null || !Values.equal(before, current)) {
                group = new ArrayList<>();
                groups.add(Tuple.of(caseSensitive ? current : own.of(item), group));
                before = current;
            }
            group.add(item);
        }
        return groups;
    }

    static Object select(Object value, Arguments arguments, Budget budget, boolean wanted) {
        return chosen(value, None.NONE, arguments, budget, wanted);
    }

    static Object selectByAttribute(Object value, Arguments arguments, Budget budget, boolean wanted) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.evaluation("the filter needs an attribute");
        }
        return chosen(value, arguments.positional().getFirst(), rest(arguments, 1), budget, wanted);
    }

    /** The items of {@code value}; none where it counts as false, even if it cannot be walked. */
    private static List<Object> itemsIfAny(Object value, Budget budget) {
        return Values.isTrue(value) ? copy(value, budget) : List.of();
    }

    private static Generator chosen(
            Object value, Object attribute, Arguments arguments, Budget budget, boolean wanted) {
        var chosen = new ArrayList<Object>();
        for (var item : itemsIfAny(value, budget)) {
            var tested = of(item, attribute, budget);
            boolean holds = arguments.positional().isEmpty()
                    ? Values.isTrue(tested)
                    : Tests.holds(Values.text(arguments.positional().getFirst()), tested, rest(arguments, 1));
            if (holds == wanted) {
                chosen.add(item);
            }
        }
        return new Generator(chosen);
    }

    private static Arguments rest(Arguments arguments, int from) {
        return new Arguments(
                arguments.positional().subList(from, arguments.positional().size()), new HashMap<>(arguments.named()));
    }

    /** The item itself, or what stands under {@code attribute} in it: a number, or names with dots. */
    private static Object of(Object item, Object attribute, Budget budget) {
        if (attribute instanceof None) {
            return item;
        }
        if (!(attribute instanceof String path)) {
            return Access.item(item, attribute, budget);
        }
        var value = item;
        for (var step : path.split("\\.", -1)) {
            boolean isNumber =
                    !step.isEmpty() && step.length() < 9 && step.chars().allMatch(c -> c >= '0' && c <= '9');
            value = Access.item(value, isNumber ? (Object) Long.parseLong(step) : step, budget);
        }
        return value;
    }
}
