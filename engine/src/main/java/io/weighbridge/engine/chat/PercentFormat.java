package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Python's {@code 'pattern' % values}. */
final class PercentFormat {
    private static final Pattern FIELD =
            Pattern.compile("%(?:\\(([^)]*)\\))?([-#0 +]*)(\\d*)(?:\\.(\\d*))?([a-zA-Z%])");

    private PercentFormat() {}

    static String format(String pattern, Object values, Budget budget) {
        var all = values instanceof Tuple(var items) ? items : List.of(values);
        var left = new ArrayList<>(all);
        var out = new StringBuilder();
        var field = FIELD.matcher(pattern);
        int from = 0;
        for (int at = pattern.indexOf('%'); at >= 0; at = pattern.indexOf('%', from)) {
            out.append(pattern, from, at);
            if (!field.region(at, pattern.length()).lookingAt()) {
                throw TemplateException.evaluation(
                        "'%%' formatting: '%s' is no field".formatted(pattern.substring(at)));
            }
            from = field.end();
            if (field.group(5).equals("%")) {
                out.append('%');
                continue;
            }
            var value = field.group(1) != null ? named(values, field.group(1)) : next(left);
            out.append(one(
                    value,
                    field.group(2),
                    field.group(3),
                    field.group(4) == null ? "" : "." + field.group(4),
                    field.group(5)));
            if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(out.length());
            }
        }
        if (!left.isEmpty() && left.size() == all.size() && values instanceof Map) {
            left.clear();
        }
        if (!left.isEmpty()) {
            throw TemplateException.evaluation("'%' formatting: not all values are used");
        }
        return budget.text(out.append(pattern.substring(from)).toString());
    }

    private static Object next(List<Object> left) {
        if (left.isEmpty()) {
            throw TemplateException.evaluation("'%' formatting: there are fewer values than fields");
        }
        return left.removeFirst();
    }

    private static Object named(Object values, String name) {
        var value = values instanceof Map<?, ?> map ? map.get(name) : null;
        if (value == null) {
            throw TemplateException.evaluation("'%%' formatting: there is no value '%s'".formatted(name));
        }
        return value;
    }

    private static String one(Object value, String flags, String width, String precision, String type) {
        boolean isText = type.equals("s") || type.equals("r");
        var align = flags.contains("-") ? "<" : flags.contains("0") && !isText ? "=" : ">";
        var fill = align.equals("=") ? "0" : " ";
        var sign = isText ? "" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        var rest = width + (precision.equals(".") ? ".0" : precision);
        var specification = fill + align + sign + rest;
        return switch (type) {
            case "s" -> FormatSpec.format(Values.text(value), specification + "s");
            case "r" -> FormatSpec.format(Values.printed(value), specification + "s");
            case "d", "i", "u" ->
                FormatSpec.format(
                        value instanceof Double real ? (Object) (long) (double) real : value,
                        fill + align + sign + width + "d");
            case "x", "X", "o", "e", "E", "f", "F", "g", "G" -> FormatSpec.format(value, specification + type);
            default -> throw TemplateException.evaluation("'%%' formatting: '%%%s' is not supported".formatted(type));
        };
    }
}
