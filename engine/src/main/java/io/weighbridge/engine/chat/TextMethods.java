package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The methods of Python's str that templates use. */
final class TextMethods {
    private static final Set<String> NAMES = Set.of(
            "startswith",
            "endswith",
            "strip",
            "lstrip",
            "rstrip",
            "split",
            "rsplit",
            "splitlines",
            "upper",
            "lower",
            "title",
            "capitalize",
            "replace",
            "join",
            "find",
            "rfind",
            "index",
            "count",
            "format",
            "isdigit",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "removeprefix",
            "removesuffix",
            "zfill",
            "partition");

    private TextMethods() {}

    static boolean isKnown(String name) {
        return NAMES.contains(name);
    }

    static Function bound(String text, String name, Budget budget) {
        return arguments -> {
            budget.characters(text.length());
            return call(text, name, arguments, budget);
        };
    }

    private static Object call(String text, String name, Arguments arguments, Budget budget) {
        return switch (name) {
            case "startswith" -> affixes(name, arguments).stream().anyMatch(text::startsWith);
            case "endswith" -> affixes(name, arguments).stream().anyMatch(text::endsWith);
            case "strip" -> stripped(text, arguments, true, true);
            case "lstrip" -> stripped(text, arguments, true, false);
            case "rstrip" -> stripped(text, arguments, false, true);
            case "split", "rsplit" -> split(text, name, arguments, budget);
            case "splitlines" -> lines(text, budget);
            case "partition" -> partition(text, arguments.bind(name, 1, "sep").text("sep"));
            case "replace" -> {
                var bound = arguments.bind(name, 2, "old", "new", "count");
                yield replaced(text, bound.text("old"), bound.text("new"), bound.integer("count", -1), budget);
            }
            case "join" ->
                joined(text, Values.items(arguments.bind(name, 1, "items").get("items")), budget);
            case "find", "rfind", "index", "count" ->
                searched(text, name, arguments.bind(name, 1, "sub").text("sub"));
            case "removeprefix" -> {
                var prefix = arguments.bind(name, 1, "prefix").text("prefix");
                yield text.startsWith(prefix) ? text.substring(prefix.length()) : text;
            }
            case "removesuffix" -> {
                var suffix = arguments.bind(name, 1, "suffix").text("suffix");
                yield text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
            }
            case "zfill" -> {
                long width = arguments.bind(name, 1, "width").integer("width", 0);
                budget.characters(width);
                yield "0".repeat((int) Math.max(0, width - PythonText.length(text))) + text;
            }
            case "format" -> Formatting.format(text, arguments, budget);
            default -> {
                arguments.bind(name, 0);
                yield plain(text, name);
            }
        };
    }

    private static Object plain(String text, String name) {
        return switch (name) {
            case "upper" -> PythonText.upper(text);
            case "lower" -> PythonText.lower(text);
            case "title" -> PythonText.title(text);
            case "capitalize" -> PythonText.capitalize(text);
            case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(Character::isDigit);
            case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isalnum" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetterOrDigit);
            case "isspace" -> PythonText.isSpace(text);
            case "isupper" -> text.equals(PythonText.upper(text)) && !text.equals(PythonText.lower(text));
            default -> text.equals(PythonText.lower(text)) && !text.equals(PythonText.upper(text));
        };
    }

    /** One string, or a tuple of them of which one suffices. */
    private static List<String> affixes(String name, Arguments arguments) {
        var bound = arguments.bind(name, 1, "affix");
        if (bound.get("affix") instanceof Tuple(var items)) {
            return items.stream()
                    .map(item -> Arguments.of(item).bind(name, 1, "affix").text("affix"))
                    .toList();
        }
        return List.of(bound.text("affix"));
    }

    static String stripped(String text, Arguments arguments, boolean atStart, boolean atEnd) {
        var bound = arguments.bind("strip", 0, "chars");
        if (bound.get("chars") instanceof None) {
            var start = atStart ? PythonText.stripStart(text) : text;
            return atEnd ? PythonText.stripEnd(start) : start;
        }
        return PythonText.strip(text, bound.text("chars"), atStart, atEnd);
    }

    private static List<Object> split(String text, String name, Arguments arguments, Budget budget) {
        var bound = arguments.bind(name, 0, "sep", "maxsplit");
        long most = bound.integer("maxsplit", -1);
        long limit = most < 0 ? Long.MAX_VALUE : most;
        boolean fromEnd = name.equals("rsplit") && limit != Long.MAX_VALUE;
        var parts = bound.get("sep") instanceof None
                ? splitAtSpace(text, fromEnd ? Long.MAX_VALUE : limit)
                : splitAt(text, bound.text("sep"), fromEnd ? Long.MAX_VALUE : limit);
        budget.steps(parts.size());
        if (!fromEnd || parts.size() <= limit + 1) {
            return parts;
        }
        if (bound.get("sep") instanceof None) {
            throw TemplateException.evaluation("rsplit with a limit needs a separator");
        }
        int kept = (int) (parts.size() - limit);
        var joined = new ArrayList<Object>();
        joined.add(joined(bound.text("sep"), parts.subList(0, kept), budget));
        joined.addAll(parts.subList(kept, parts.size()));
        return joined;
    }

    private static List<Object> splitAt(String text, String separator, long limit) {
        if (separator.isEmpty()) {
            throw TemplateException.evaluation("split needs a separator that is not empty");
        }
        var parts = new ArrayList<Object>();
        int from = 0;
        for (int at = text.indexOf(separator); at >= 0 && parts.size() < limit; at = text.indexOf(separator, from)) {
            parts.add(text.substring(from, at));
            from = at + separator.length();
        }
        parts.add(text.substring(from));
        return parts;
    }

    private static List<Object> splitAtSpace(String text, long limit) {
        var parts = new ArrayList<Object>();
        int at = afterSpace(text, 0);
        while (at < text.length()) {
            if (parts.size() >= limit) {
                parts.add(PythonText.stripEnd(text.substring(at)));
                break;
            }
            int end = at;
            while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
                end++;
            }
            parts.add(text.substring(at, end));
            at = afterSpace(text, end);
        }
        return parts;
    }

    private static int afterSpace(String text, int from) {
        int at = from;
        while (at < text.length() && PythonText.isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** The lines of {@code text} without their ends; no empty one after a last newline. */
    static List<Object> lines(String text, Budget budget) {
        var lines = new ArrayList<Object>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\n'
                    || c == '\r'
                    || c == 0x0B
                    || c == 0x0C
                    || (c >= 0x1C && c <= 0x1E)
                    || c == 0x85
                    || c == '\u2028'
                    || c == '\u2029') {
                lines.add(text.substring(from, i));
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                from = i + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        budget.steps(lines.size());
        return lines;
    }

    private static Tuple partition(String text, String separator) {
        int at = separator.isEmpty() ? -1 : text.indexOf(separator);
        return at < 0
                ? Tuple.of(text, "", "")
                : Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    static String replaced(String text, String old, String with, long count, Budget budget) {
        long limit = count < 0 ? Long.MAX_VALUE : count;
        var out = new StringBuilder();
        int from = 0;
        for (long done = 0; done < limit; done++) {
            int at = text.indexOf(old, from);
            if (at < 0) {
                break;
            }
            if (old.isEmpty()) {
                // Between all characters, as Python does.
                at = done == 0 || from >= text.length() ? from : text.offsetByCodePoints(from, 1);
                if (done > 0 && from >= text.length()) {
                    break;
                }
            }
            out.append(text, from, at).append(with);
            from = at + old.length();
            if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(out.length());
            }
        }
        return budget.text(out.append(text.substring(from)).toString());
    }

    static String joined(String separator, List<Object> items, Budget budget) {
        var out = new StringBuilder();
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof String item)) {
                throw TemplateException.evaluation("join needs strings, got " + Values.typeName(items.get(i)));
            }
            budget.characters((long) item.length() + separator.length());
            out.append(i == 0 ? "" : separator).append(item);
            if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(out.length());
            }
        }
        return out.toString();
    }

    private static Object searched(String text, String name, String part) {
        if (name.equals("count")) {
            long count = 0;
            if (part.isEmpty()) {
                return PythonText.length(text) + 1L;
            }
            for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
                count++;
            }
            return count;
        }
        int at = name.equals("rfind") ? text.lastIndexOf(part) : text.indexOf(part);
        if (at < 0 && name.equals("index")) {
            throw TemplateException.evaluation("the text looked for is not there");
        }
        return at < 0 ? -1L : (long) text.codePointCount(0, at);
    }
}
