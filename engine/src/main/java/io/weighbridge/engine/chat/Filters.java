package io.weighbridge.engine.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The filters. Those over several items are in {@link ListFilters}. */
final class Filters {
    interface Filter {
        Object apply(Object value, Arguments arguments, Budget budget);
    }

    private static final Map<String, Filter> BY_NAME = Map.ofEntries(
            Map.entry(
                    "trim",
                    (value, arguments, budget) -> TextMethods.stripped(text(value, budget), arguments, true, true)),
            Map.entry("upper", (value, arguments, budget) -> PythonText.upper(text(value, arguments, budget))),
            Map.entry("lower", (value, arguments, budget) -> PythonText.lower(text(value, arguments, budget))),
            Map.entry(
                    "capitalize", (value, arguments, budget) -> PythonText.capitalize(text(value, arguments, budget))),
            Map.entry("title", (value, arguments, budget) -> title(text(value, arguments, budget))),
            Map.entry("string", (value, arguments, budget) -> text(value, arguments, budget)),
            Map.entry("safe", (value, _, budget) -> new Markup(text(value, budget))),
            Map.entry("escape", (value, _, budget) -> new Markup(budget.text(Markup.escaped(value)))),
            Map.entry("e", (value, _, budget) -> new Markup(budget.text(Markup.escaped(value)))),
            Map.entry(
                    "forceescape",
                    (value, _, budget) -> new Markup(budget.text(Markup.escapedText(text(value, budget))))),
            Map.entry("format", Filters::format),
            Map.entry("center", Filters::center),
            Map.entry("truncate", Filters::truncate),
            Map.entry("wordcount", (value, _, budget) -> wordCount(text(value, budget))),
            Map.entry("attr", Filters::attribute),
            Map.entry("batch", ListFilters::batch),
            Map.entry("slice", ListFilters::slice),
            Map.entry("groupby", ListFilters::groupBy),
            Map.entry("replace", Filters::replace),
            Map.entry("indent", Filters::indent),
            Map.entry("tojson", Json::text),
            Map.entry("default", Filters::whenUndefined),
            Map.entry("d", Filters::whenUndefined),
            Map.entry("int", Filters::integer),
            Map.entry("float", Filters::real),
            Map.entry("abs", (value, _, _) -> absolute(value)),
            Map.entry("round", Filters::round),
            Map.entry("length", (value, _, _) -> Values.length(value)),
            Map.entry("count", (value, _, _) -> Values.length(value)),
            Map.entry("items", (value, _, budget) -> items(value, budget)),
            Map.entry("dictsort", ListFilters::dictSort),
            Map.entry("join", ListFilters::join),
            Map.entry("first", (value, _, _) -> ListFilters.end(value, true)),
            Map.entry("last", (value, _, _) -> ListFilters.end(value, false)),
            Map.entry("list", (value, _, budget) -> ListFilters.copy(value, budget)),
            Map.entry("reverse", (value, _, budget) -> ListFilters.reverse(value, budget)),
            Map.entry("sort", ListFilters::sort),
            Map.entry("unique", ListFilters::unique),
            Map.entry("min", (value, arguments, budget) -> ListFilters.extreme(value, arguments, budget, -1)),
            Map.entry("max", (value, arguments, budget) -> ListFilters.extreme(value, arguments, budget, 1)),
            Map.entry("sum", ListFilters::sum),
            Map.entry("map", ListFilters::map),
            Map.entry("select", (value, arguments, budget) -> ListFilters.select(value, arguments, budget, true)),
            Map.entry("reject", (value, arguments, budget) -> ListFilters.select(value, arguments, budget, false)),
            Map.entry(
                    "selectattr",
                    (value, arguments, budget) -> ListFilters.selectByAttribute(value, arguments, budget, true)),
            Map.entry(
                    "rejectattr",
                    (value, arguments, budget) -> ListFilters.selectByAttribute(value, arguments, budget, false)));

    /** The filters to which it matters that text is marked as safe. */
    private static final Set<String> KEEP_MARKUP = Set.of("escape", "e", "default", "d");

    /** The filters that change the text, not whether it is safe. */
    private static final Set<String> STAY_MARKUP = Set.of(
            "upper", "lower", "capitalize", "title", "trim", "string", "replace", "indent", "center", "truncate");

    private static final Pattern WORD = Pattern.compile("[\\w]+", Pattern.UNICODE_CHARACTER_CLASS);

    private Filters() {}

    static boolean isKnown(String name) {
        return BY_NAME.containsKey(name);
    }

    static Object apply(String name, Object value, Arguments arguments, Budget budget) {
        var filter = BY_NAME.get(name);
        if (filter == null) {
            throw TemplateException.evaluation("the filter '%s' is not supported".formatted(name));
        }
        var result = filter.apply(KEEP_MARKUP.contains(name) ? value : Markup.plain(value), arguments, budget);
        boolean staysMarkup = value instanceof Markup && STAY_MARKUP.contains(name);
        return staysMarkup && result instanceof String text ? new Markup(text) : result;
    }

    private static String text(Object value, Budget budget) {
        return budget.text(Values.text(value));
    }

    private static String text(Object value, Arguments arguments, Budget budget) {
        arguments.bind("the filter", 0);
        return text(value, budget);
    }

    /** A capital after each space, hyphen or opening bracket, the rest small. */
    private static String title(String text) {
        var out = new StringBuilder();
        boolean starts = true;
        for (int c : text.codePoints().toArray()) {
            var letter = Character.toString(c);
            out.append(starts ? PythonText.upper(letter) : PythonText.lower(letter));
            starts = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
        }
        return out.toString();
    }

    private static Object replace(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("replace", 2, "old", "new", "count");
        long count = bound.get("count") instanceof None ? -1 : bound.integer("count", -1);
        return TextMethods.replaced(
                text(value, budget), Values.text(bound.get("old")), Values.text(bound.get("new")), count, budget);
    }

    private static Object indent(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("indent", 0, "width", "first", "blank");
        var width = bound.get("width", 4L);
        var indentation = width instanceof String text
                ? text
                : " ".repeat((int) Math.clamp(bound.integer("width", 4), 0, ChatTemplate.INDENT_MAX));
        boolean blank = bound.flag("blank", false);
        var out = new StringBuilder(bound.flag("first", false) ? indentation : "");
        var lines = TextMethods.lines(text(value, budget) + "\n", false, budget);
        for (int i = 0; i < lines.size(); i++) {
            var line = (String) lines.get(i);
            budget.characters((long) line.length() + indentation.length());
            out.append(i == 0 ? "" : "\n")
                    .append(i > 0 && (blank || !line.isEmpty()) ? indentation : "")
                    .append(line);
        }
        return budget.text(out.toString());
    }

    private static Object format(Object value, Arguments arguments, Budget budget) {
        if (!arguments.positional().isEmpty() && !arguments.named().isEmpty()) {
            throw TemplateException.evaluation("format takes values by place or by name, not both");
        }
        var values = arguments.named().isEmpty() ? new Tuple(arguments.positional()) : arguments.named();
        return PercentFormat.format(text(value, budget), values, budget);
    }

    private static Object center(Object value, Arguments arguments, Budget budget) {
        long width = arguments.bind("center", 0, "width").integer("width", 80);
        return TextMethods.bound(text(value, budget), "center", budget).call(Arguments.of(width));
    }

    private static Object truncate(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
        var text = text(value, budget);
        var end = Values.text(bound.get("end", "..."));
        long most = bound.integer("length", 255);
        long leeway = bound.get("leeway") instanceof None ? 5 : bound.integer("leeway", 5);
        if (most < PythonText.length(end) || leeway < 0) {
            throw TemplateException.evaluation(
                    "truncate: the length should be at least that of the end, the leeway positive");
        }
        if (PythonText.length(text) <= most + leeway) {
            return text;
        }
        int kept = text.offsetByCodePoints(0, (int) most - PythonText.length(end));
        int space =
                bound.flag("killwords", false) ? -1 : text.substring(0, kept).lastIndexOf(' ');
        return budget.text(text.substring(0, space < 0 ? kept : space) + end);
    }

    private static Object wordCount(String text) {
        return WORD.matcher(text).results().count();
    }

    private static Object attribute(Object value, Arguments arguments, Budget budget) {
        var name = arguments.bind("attr", 1, "name").text("name");
        return value instanceof Map
                ? new Undefined("dict has no attribute '%s'".formatted(name))
                : Access.attribute(value, name, budget);
    }

    private static Object whenUndefined(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("default", 0, "default_value", "boolean");
        boolean replaces = value instanceof Undefined || (bound.flag("boolean", false) && !Values.isTrue(value));
        return replaces ? bound.get("default_value", "") : value;
    }

    private static Object integer(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("int", 0, "default", "base");
        var whenNot = bound.get("default", 0L);
        return switch (value) {
            case Long number -> number;
            case Boolean flag -> Arithmetic.integer(flag);
            case Double number when !number.isNaN() && Math.abs(number) < 0x1p63 -> number.longValue();
            case String text -> {
                try {
                    int base = (int) Math.clamp(bound.integer("base", 10), 2, 36);
                    yield Long.parseLong(withoutPrefix(PythonText.strip(text), base), base);
                } catch (NumberFormatException _) {
                    var real = parsed(text);
                    yield real == null || real.isNaN() || Math.abs(real) >= 0x1p63
                            ? whenNot
                            : (Object) real.longValue();
                }
            }
            default -> whenNot;
        };
    }

    /** Python reads {@code 0x1f} where the base is 16, and so on. */
    private static String withoutPrefix(String digits, int base) {
        var prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        boolean hasPrefix = !prefix.isEmpty() && digits.regionMatches(true, 0, prefix, 0, 2);
        return hasPrefix ? digits.substring(2) : digits;
    }

    private static Object real(Object value, Arguments arguments, Budget budget) {
        var whenNot = arguments.bind("float", 0, "default").get("default", 0.0);
        if (Values.isNumber(value)) {
            return Arithmetic.real(value);
        }
        var real = value instanceof String text ? parsed(text) : null;
        return real == null ? whenNot : real;
    }

    private static @Nullable Double parsed(String text) {
        var stripped = PythonText.strip(text);
        switch (PythonText.lower(stripped).replaceFirst("^[+-]", "")) {
            case "nan" -> {
                return Double.NaN;
            }
            case "inf", "infinity" -> {
                return stripped.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            }
            default -> {}
        }
        boolean plain = !stripped.isEmpty()
                && stripped.chars().allMatch(c -> (c >= '0' && c <= '9') || "+-.eE".indexOf(c) >= 0);
        try {
            return plain ? Double.valueOf(stripped) : null;
        } catch (NumberFormatException _) {
            return null;
        }
    }

    private static Object absolute(Object value) {
        return switch (value) {
            case Long number when number == Long.MIN_VALUE -> throw TemplateException.evaluation("integer too large");
            case Long number -> Math.abs(number);
            case Double number -> Math.abs(number);
            case Boolean flag -> Arithmetic.integer(flag);
            default -> throw TemplateException.evaluation("abs of " + Values.typeName(value));
        };
    }

    private static Object round(Object value, Arguments arguments, Budget budget) {
        var bound = arguments.bind("round", 0, "precision", "method");
        int precision = (int) Math.clamp(bound.integer("precision", 0), -300, 300);
        var mode = switch (Values.text(bound.get("method", "common"))) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw TemplateException.evaluation("round: the method is common, ceil or floor");
        };
        if (!Values.isNumber(value)) {
            throw TemplateException.evaluation("round of " + Values.typeName(value));
        }
        double number = Arithmetic.real(value);
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return number;
        }
        double rounded = new BigDecimal(number).setScale(precision, mode).doubleValue();
        return mode == RoundingMode.HALF_EVEN && !(value instanceof Double)
                ? (Object) (long) rounded
                : (Object) rounded;
    }

    private static Generator items(Object value, Budget budget) {
        if (value instanceof Undefined) {
            return new Generator(List.of());
        }
        if (value instanceof Map<?, ?> map) {
            budget.steps(map.size());
            return new Generator(Access.pairs(map));
        }
        throw TemplateException.evaluation("items of " + Values.typeName(value));
    }
}
