package io.weighbridge.license.text;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Follows the numbering of a license and tells which section a line opens: "1." then "b." then "iv." is "1.b.iv".
 *
 * <p>A number counts as a label only where it continues or starts a series. That keeps a year or an amount that a line
 * break has put at the start of a line ("700. You ...") what it is: a number of the text. Not thread-safe.
 */
final class Outline {
    /** Deepest nesting we follow; deeper labels are read as text. */
    static final int DEPTH_MAX = 6;

    private static final Pattern LABEL = Pattern.compile(
            "^(?:(?:section|article|clause)\\s{1,4}(?<headed>\\d{1,3}(?:\\.\\d{1,3}){0,4})[.:)]?(?=\\s|$)"
                    + "|\\(?(?<plain>\\d{1,3}|[a-z]|[ivxlc]{1,6})\\\\?[.):](?=[\\s*_]|$)\\*{0,2}"
                    + "|\\(?(?<dotted>\\d{1,3}(?:\\.\\d{1,3}){1,4})\\\\?[.):]?(?=\\s|$))",
            Pattern.CASE_INSENSITIVE);
    private static final List<String> ROMAN = List.of(
            "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi",
            "xvii", "xviii", "xix", "xx", "xxi", "xxii", "xxiii", "xxiv", "xxv");

    private enum Style {
        DECIMAL,
        ALPHA,
        ROMAN
    }

    private record Level(Style style, int value, String label) {}

    private final List<Level> levels = new ArrayList<>();
    private final Set<String> dottedSeen = new HashSet<>();

    /** A label at the start of a line: the section it opens, how many characters it takes, whether they are only a mark. */
    record Label(String path, int length, boolean onlyMark) {}

    /** The label that {@code line} opens with, or null. */
    @Nullable
    Label open(String line) {
        var match = LABEL.matcher(line);
        if (!match.find()) {
            return null;
        }
        if (match.group("headed") != null) {
            return dotted(match.group("headed")) ? new Label(path(), match.end(), false) : null;
        }
        if (match.group("dotted") != null) {
            return dotted(match.group("dotted")) ? new Label(path(), match.end(), true) : null;
        }
        return plain(match.group("plain").toLowerCase(Locale.ROOT)) ? new Label(path(), match.end(), true) : null;
    }

    /** The section that is open now, "0" before the first label. */
    String path() {
        return levels.isEmpty()
                ? "0"
                : String.join(".", levels.stream().map(Level::label).toList());
    }

    private boolean plain(String label) {
        for (int depth = levels.size() - 1; depth >= 0; depth--) {
            var level = levels.get(depth);
            if (value(label, level.style()) == level.value() + 1) {
                levels.subList(depth, levels.size()).clear();
                levels.add(new Level(level.style(), level.value() + 1, label));
                return true;
            }
        }
        for (var style : Style.values()) {
            if (value(label, style) == 1 && levels.size() < DEPTH_MAX) {
                levels.add(new Level(style, 1, label));
                return true;
            }
        }
        return false;
    }

    /** Accepts "3.2" when 3.1 came before it, "3.1" always when it opens what it names. */
    private boolean dotted(String label) {
        int point = label.lastIndexOf('.');
        int last = Integer.parseInt(label.substring(point + 1));
        var before = label.substring(0, point + 1) + (last - 1);
        if (last > 1 && !dottedSeen.contains(before)) {
            return false;
        }
        dottedSeen.add(label);
        levels.clear();
        for (var part : label.split("\\.")) {
            levels.add(new Level(Style.DECIMAL, Integer.parseInt(part), part));
        }
        return true;
    }

    private static int value(String label, Style style) {
        return switch (style) {
            case DECIMAL -> Character.isDigit(label.charAt(0)) ? Integer.parseInt(label) : -1;
            case ALPHA ->
                label.length() == 1 && label.charAt(0) >= 'a' && label.charAt(0) <= 'z'
                        ? label.charAt(0) - 'a' + 1
                        : -1;
            case ROMAN -> ROMAN.indexOf(label) + 1 == 0 ? -1 : ROMAN.indexOf(label) + 1;
        };
    }
}
