package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
            "partition",
            "rpartition",
            "center",
            "ljust",
            "rjust",
            "swapcase",
            "casefold",
            "expandtabs",
            "isdecimal",
            "isnumeric",
            "isidentifier",
            "isascii",
            "istitle");

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
            case "startswith" -> {
                var part = part(text, arguments);
                yield part != null && affixes(name, arguments).stream().anyMatch(part::startsWith);
            }
            case "endswith" -> {
                var part = part(text, arguments);
                yield part != null && affixes(name, arguments).stream().anyMatch(part::endsWith);
            }
            case "strip" -> stripped(text, arguments, true, true);
            case "lstrip" -> stripped(text, arguments, true, false);
            case "rstrip" -> stripped(text, arguments, false, true);
            case "split", "rsplit" -> split(text, name, arguments, budget);
            case "splitlines" -> lines(text, arguments.bind(name, 0, "keepends").flag("keepends", false), budget);
            case "partition", "rpartition" ->
                partition(text, arguments.bind(name, 1, "sep").text("sep"), name.equals("rpartition"));
            case "center", "ljust", "rjust" -> aligned(text, name, arguments, budget);
            case "expandtabs" ->
                withoutTabs(text, arguments.bind(name, 0, "tabsize").integer("tabsize", 8), budget);
            case "replace" -> {
                var bound = arguments.bind(name, 2, "old", "new", "count");
                yield replaced(text, bound.text("old"), bound.text("new"), bound.integer("count", -1), budget);
            }
            case "join" ->
                joined(text, Values.items(arguments.bind(name, 1, "items").get("items")), budget);
            case "find", "rfind", "index", "count" -> {
                var bound = arguments.bind(name, 1, "sub", "start", "end");
                yield searched(text, name, bound.text("sub"), bound);
            }
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
                var zeros = "0".repeat((int) Math.max(0, width - PythonText.length(text)));
                boolean isSigned = text.startsWith("-") || text.startsWith("+");
                yield isSigned ? text.charAt(0) + zeros + text.substring(1) : zeros + text;
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
            case "swapcase" -> PythonText.swapCase(text);
            case "casefold" ->
                PythonText.lower(PythonText.lower(PythonText.upper(text)).replace("\u00DF", "ss"));
            case "isascii" -> text.chars().allMatch(c -> c < 0x80);
            case "isdecimal" ->
                !text.isEmpty()
                        && text.codePoints().allMatch(c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER);
            case "isnumeric" -> !text.isEmpty() && text.codePoints().allMatch(PythonText::isNumeric);
            case "isidentifier" ->
                !text.isEmpty()
                        && (text.charAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))
                        && text.codePoints().allMatch(c -> c == '_' || Character.isUnicodeIdentifierPart(c));
            case "istitle" ->
                text.equals(PythonText.title(text)) && !PythonText.upper(text).equals(PythonText.lower(text));
            case "isdigit" -> !text.isEmpty() && text.codePoints().allMatch(PythonText::isDigit);
            case "isalpha" -> !text.isEmpty() && text.codePoints().allMatch(Character::isLetter);
            case "isalnum" ->
                !text.isEmpty() && text.codePoints().allMatch(c -> Character.isLetter(c) || PythonText.isNumeric(c));
            case "isspace" -> PythonText.isSpace(text);
            case "isupper" -> text.equals(PythonText.upper(text)) && !text.equals(PythonText.lower(text));
            default -> text.equals(PythonText.lower(text)) && !text.equals(PythonText.upper(text));
        };
    }

    /** One string, or a tuple of them of which one suffices. */
    private static List<String> affixes(String name, Arguments arguments) {
        var bound = arguments.bind(name, 1, "affix", "start", "end");
        if (bound.get("affix") instanceof Tuple(var items)) {
            return items.stream()
                    .map(item -> Arguments.of(item).bind(name, 1, "affix").text("affix"))
                    .toList();
        }
        return List.of(bound.text("affix"));
    }

    /** The part that the arguments after the first one choose; null where it starts beyond the end. */
    private static @Nullable String part(String text, Arguments arguments) {
        var bound = arguments.bind("a search", 0, "affix", "start", "end");
        return bound.has("start") || bound.has("end") ? part(text, bound) : text;
    }

    private static @Nullable String part(String text, Arguments.Bound bound) {
        int length = PythonText.length(text);
        int start = place(bound, "start", 0, length);
        int end = place(bound, "end", length, length);
        if (start > length || end < start) {
            return null;
        }
        return text.substring(text.offsetByCodePoints(0, start), text.offsetByCodePoints(0, end));
    }

    private static int place(Arguments.Bound bound, String name, int whenAbsent, int length) {
        if (bound.get(name) instanceof None) {
            return whenAbsent;
        }
        long place = bound.integer(name, whenAbsent);
        return (int) Math.clamp(place < 0 ? place + length : place, 0, name.equals("end") ? length : length + 1L);
    }

    private static String aligned(String text, String name, Arguments arguments, Budget budget) {
        var bound = arguments.bind(name, 1, "width", "fillchar");
        var fill = Values.text(bound.get("fillchar", " "));
        if (PythonText.length(fill) != 1) {
            throw TemplateException.evaluation(name + " needs one character to fill with");
        }
        long width = bound.integer("width", 0);
        budget.characters(Math.max(0, width));
        int missing = (int) Math.max(0, width - PythonText.length(text));
        int before = switch (name) {
            case "ljust" -> 0;
            case "rjust" -> missing;
            default -> missing / 2 + (missing & (int) width & 1);
        };
        return fill.repeat(before) + text + fill.repeat(missing - before);
    }

    private static String withoutTabs(String text, long size, Budget budget) {
        var out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\t') {
                int blanks = size <= 0 ? 0 : (int) Math.min(size - column % size, ChatTemplate.INDENT_MAX);
                out.repeat(' ', blanks);
                column += blanks;
            } else {
                out.append(c);
                column = c == '\n' || c == '\r' ? 0 : Character.isLowSurrogate(c) ? column : column + 1;
            }
            if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(out.length());
            }
        }
        return budget.text(out.toString());
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
            return splitAtSpaceFromEnd(text, (int) limit);
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
                parts.add(text.substring(at));
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

    private static List<Object> splitAtSpaceFromEnd(String text, int limit) {
        var parts = new ArrayList<Object>();
        var rest = PythonText.stripEnd(text);
        while (parts.size() < limit && !rest.isEmpty()) {
            int start = rest.length();
            while (start > 0 && !PythonText.isSpace(rest.charAt(start - 1))) {
                start--;
            }
            parts.addFirst(rest.substring(start));
            rest = PythonText.stripEnd(rest.substring(0, start));
        }
        if (!rest.isEmpty()) {
            parts.addFirst(rest);
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

    /** The lines of {@code text}; no empty one after a last newline. */
    static List<Object> lines(String text, boolean withEnds, Budget budget) {
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
                int end = i;
                if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
                    i++;
                }
                lines.add(text.substring(from, withEnds ? i + 1 : end));
                from = i + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from));
        }
        budget.steps(lines.size());
        return lines;
    }

    private static Tuple partition(String text, String separator, boolean atLast) {
        if (separator.isEmpty()) {
            throw TemplateException.evaluation("partition needs a separator that is not empty");
        }
        int at = atLast ? text.lastIndexOf(separator) : text.indexOf(separator);
        if (at < 0) {
            return atLast ? Tuple.of("", "", text) : Tuple.of(text, "", "");
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
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

    private static Object searched(String whole, String name, String wanted, Arguments.Bound bound) {
        var text = part(whole, bound);
        if (name.equals("count")) {
            return text == null ? 0L : count(text, wanted);
        }
        int at = text == null ? -1 : name.equals("rfind") ? text.lastIndexOf(wanted) : text.indexOf(wanted);
        if (text == null || at < 0) {
            if (name.equals("index")) {
                throw TemplateException.evaluation("the text looked for is not there");
            }
            return -1L;
        }
        return (long) text.codePointCount(0, at) + place(bound, "start", 0, PythonText.length(whole));
    }

    private static long count(String text, String wanted) {
        if (wanted.isEmpty()) {
            return PythonText.length(text) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length())) {
            count++;
        }
        return count;
    }
}
