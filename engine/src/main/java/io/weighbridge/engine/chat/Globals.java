package io.weighbridge.engine.chat;

import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/** The functions that every template finds. */
final class Globals {
    /** Numbers in one range; as in Jinja's sandbox. */
    static final int RANGE_MAX = 100_000;

    private Globals() {}

    static void define(Scope scope, ZonedDateTime now, Budget budget) {
        scope.set("raise_exception", (Function) arguments -> {
            throw TemplateException.refused(
                    Values.text(arguments.bind("raise_exception", 1, "message").get("message")));
        });
        scope.set("strftime_now", (Function) arguments -> budget.text(
                Formatting.time(arguments.bind("strftime_now", 1, "format").text("format"), now)));
        scope.set("range", (Function) arguments -> range(arguments, budget));
        scope.set("namespace", (Function) Globals::namespace);
        scope.set("cycler", (Function) Globals::cycler);
        scope.set("joiner", (Function) Globals::joiner);
        scope.set("dict", (Function) arguments -> {
            var dict = new LinkedHashMap<Object, Object>();
            for (var from : arguments.positional()) {
                dict.putAll(map(from));
            }
            dict.putAll(arguments.named());
            budget.steps(dict.size());
            return dict;
        });
    }

    private static Map<?, ?> map(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw TemplateException.evaluation("a dict expected, got " + Values.typeName(value));
    }

    private static Object namespace(Arguments arguments) {
        var namespace = new Namespace();
        for (var from : arguments.positional()) {
            map(from).forEach((key, value) -> namespace.attributes.put(Values.text(key), value));
        }
        namespace.attributes.putAll(arguments.named());
        namespace.attributes.keySet().forEach(Namespace::checkName);
        return namespace;
    }

    /** Gives its values in turn; also what {@code current}, {@code next()} and {@code reset()} are. */
    private static Object cycler(Arguments arguments) {
        var values = arguments.positional();
        if (values.isEmpty()) {
            throw TemplateException.evaluation("cycler needs at least one value");
        }
        var cycler = new Namespace();
        int[] at = {0};
        cycler.attributes.put("current", values.getFirst());
        cycler.attributes.put("next", (Function) _ -> {
            var value = values.get(at[0]);
            at[0] = (at[0] + 1) % values.size();
            cycler.attributes.put("current", values.get(at[0]));
            return value;
        });
        cycler.attributes.put("reset", (Function) _ -> {
            at[0] = 0;
            cycler.attributes.put("current", values.getFirst());
            return None.NONE;
        });
        return cycler;
    }

    /** A function that gives nothing the first time and the separator from then on. */
    private static Object joiner(Arguments arguments) {
        var separator = arguments.bind("joiner", 0, "sep").get("sep", ", ");
        boolean[] used = {false};
        return (Function) _ -> {
            boolean isFirst = !used[0];
            used[0] = true;
            return isFirst ? "" : separator;
        };
    }

    private static Object range(Arguments arguments, Budget budget) {
        var bound = arguments.bind("range", 1, "start", "stop", "step");
        long start = bound.has("stop") ? bound.integer("start", 0) : 0;
        long stop = bound.has("stop") ? bound.integer("stop", 0) : bound.integer("start", 0);
        long step = bound.integer("step", 1);
        if (step == 0) {
            throw TemplateException.evaluation("range: the step is zero");
        }
        var numbers = new ArrayList<Object>();
        for (long at = start; step > 0 ? at < stop : at > stop; at += step) {
            if (numbers.size() == RANGE_MAX) {
                throw TemplateException.limit("a range has more than %d numbers".formatted(RANGE_MAX));
            }
            numbers.add(at);
            if (step > 0 ? at > Long.MAX_VALUE - step : at < Long.MIN_VALUE - step) {
                break;
            }
        }
        budget.steps(numbers.size());
        var printed =
                step == 1 ? "range(%d, %d)".formatted(start, stop) : "range(%d, %d, %d)".formatted(start, stop, step);
        return new View(numbers, "range", printed, true);
    }
}
