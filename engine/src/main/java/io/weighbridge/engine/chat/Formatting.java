package io.weighbridge.engine.chat;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** {@code str.format} and {@code strftime}. */
final class Formatting {
    private Formatting() {}

    /** {@code {}}, {@code {0}} and {@code {name}} replaced, with a format specification after a colon if there is one. */
    static String format(String pattern, Arguments arguments, Budget budget) {
        var out = new StringBuilder();
        int next = 0;
        int i = 0;
        while (i < pattern.length()) {
            char c = pattern.charAt(i++);
            if ((c == '{' || c == '}') && i < pattern.length() && pattern.charAt(i) == c) {
                out.append(c);
                i++;
            } else if (c == '{') {
                int end = pattern.indexOf('}', i);
                if (end < 0) {
                    throw TemplateException.evaluation("format: '{' is not closed");
                }
                var field = pattern.substring(i, end);
                int colon = field.indexOf(':');
                var name = colon < 0 ? field : field.substring(0, colon);
                boolean isPrinted = name.endsWith("!r");
                name = name.endsWith("!r") || name.endsWith("!s") ? name.substring(0, name.length() - 2) : name;
                var value = field(name.isEmpty() ? String.valueOf(next++) : name, arguments);
                out.append(FormatSpec.format(
                        isPrinted ? Values.printed(value) : value, colon < 0 ? "" : field.substring(colon + 1)));
                i = end + 1;
            } else if (c == '}') {
                throw TemplateException.evaluation("format: a single '}'");
            } else {
                out.append(c);
            }
            if (out.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(out.length());
            }
        }
        return budget.text(out.toString());
    }

    private static Object field(String field, Arguments arguments) {
        boolean isNumber = field.length() < 6 && field.chars().allMatch(c -> c >= '0' && c <= '9');
        if (isNumber && Integer.parseInt(field) < arguments.positional().size()) {
            return arguments.positional().get(Integer.parseInt(field));
        }
        var value = arguments.named().get(field);
        if (value == null) {
            throw TemplateException.evaluation("format: no value for the field '{%s}'".formatted(field));
        }
        return value;
    }

    /** Python's strftime in the C locale; what it does not know stays as it is. */
    static String time(String pattern, ZonedDateTime time) {
        var out = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c != '%' || i + 1 == pattern.length()) {
                out.append(c);
                continue;
            }
            char directive = pattern.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < pattern.length();
            if (unpadded) {
                directive = pattern.charAt(++i);
            }
            out.append(time(directive, unpadded, time));
        }
        return out.toString();
    }

    private static String time(char directive, boolean unpadded, ZonedDateTime time) {
        var java = switch (directive) {
            case 'Y' -> "yyyy";
            case 'y' -> "yy";
            case 'm' -> unpadded ? "M" : "MM";
            case 'B' -> "MMMM";
            case 'b', 'h' -> "MMM";
            case 'd' -> unpadded ? "d" : "dd";
            case 'e' -> "ppd";
            case 'A' -> "EEEE";
            case 'a' -> "EEE";
            case 'H' -> unpadded ? "H" : "HH";
            case 'I' -> unpadded ? "h" : "hh";
            case 'k' -> "ppH";
            case 'l' -> "pph";
            case 'M' -> unpadded ? "m" : "mm";
            case 'S' -> unpadded ? "s" : "ss";
            case 'p' -> "a";
            case 'j' -> unpadded ? "D" : "DDD";
            case 'f' -> "SSSSSS";
            case 'z' -> "xx";
            case 'Z' -> "zzz";
            case 'F' -> "yyyy-MM-dd";
            case 'T', 'X' -> "HH:mm:ss";
            case 'D', 'x' -> "MM/dd/yy";
            case 'R' -> "HH:mm";
            case 'r' -> "hh:mm:ss a";
            case 'c' -> "EEE MMM ppd HH:mm:ss yyyy";
            default -> "";
        };
        return java.isEmpty()
                ? counted(directive, unpadded, time)
                : DateTimeFormatter.ofPattern(java, Locale.ENGLISH).format(time);
    }

    /** The directives that Java has no pattern for in this locale. */
    private static String counted(char directive, boolean unpadded, ZonedDateTime time) {
        int dayOfYear = time.getDayOfYear();
        int weekday = time.getDayOfWeek().getValue();
        return switch (directive) {
            case '%' -> "%";
            case 'n' -> "\n";
            case 't' -> "\t";
            case 'u' -> String.valueOf(weekday);
            case 'w' -> String.valueOf(weekday % 7);
            case 'U' -> "%02d".formatted((dayOfYear + 6 - weekday % 7) / 7);
            case 'W' -> "%02d".formatted((dayOfYear + 6 - (weekday + 6) % 7) / 7);
            case 'V' -> "%02d".formatted(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'G' -> String.valueOf(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'C' -> "%02d".formatted(time.getYear() / 100);
            default -> "%" + (unpadded ? "-" : "") + directive;
        };
    }
}
