package io.weighbridge.engine.chat;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The evaluated arguments of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Object... positional) {
        return new Arguments(List.of(positional), Map.of());
    }

    /** These and one named argument more. */
    Arguments with(String name, Object value) {
        var more = new LinkedHashMap<>(named);
        more.put(name, value);
        return new Arguments(positional, more);
    }

    /** The arguments by parameter. Too many, unknown ones, or fewer than the first {@code required} are errors. */
    Bound bind(String function, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateException.evaluation(
                    "%s takes at most %d arguments, got %d".formatted(function, parameters.length, positional.size()));
        }
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        for (var entry : named.entrySet()) {
            if (!List.of(parameters).contains(entry.getKey()) || values.put(entry.getKey(), entry.getValue()) != null) {
                throw TemplateException.evaluation(
                        "%s does not take the argument '%s' here".formatted(function, entry.getKey()));
            }
        }
        for (int i = 0; i < required; i++) {
            if (!values.containsKey(parameters[i])) {
                throw TemplateException.evaluation("%s needs the argument '%s'".formatted(function, parameters[i]));
            }
        }
        return new Bound(function, values);
    }

    /** Arguments by parameter name. */
    record Bound(String function, Map<String, Object> values) {
        boolean has(String parameter) {
            return values.containsKey(parameter);
        }

        @Nullable
        Object orNull(String parameter) {
            return values.get(parameter);
        }

        Object get(String parameter, Object whenAbsent) {
            return values.getOrDefault(parameter, whenAbsent);
        }

        /** A required argument. */
        Object get(String parameter) {
            return get(parameter, None.NONE);
        }

        String text(String parameter) {
            if (get(parameter) instanceof String text) {
                return text;
            }
            throw wrong(parameter, "a string");
        }

        long integer(String parameter, long whenAbsent) {
            return switch (get(parameter, whenAbsent)) {
                case Long value -> value;
                case Boolean value -> value ? 1 : 0;
                default -> throw wrong(parameter, "an integer");
            };
        }

        boolean flag(String parameter, boolean whenAbsent) {
            return Values.isTrue(get(parameter, whenAbsent));
        }

        private TemplateException wrong(String parameter, String wanted) {
            return TemplateException.evaluation("%s needs %s as '%s', got %s"
                    .formatted(function, wanted, parameter, Values.typeName(get(parameter))));
        }
    }
}
