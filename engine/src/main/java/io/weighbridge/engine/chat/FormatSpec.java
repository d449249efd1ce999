package io.weighbridge.engine.chat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's format specification, as after the colon in {@code '{:>8.2f}'}, for strings and numbers. */
final class FormatSpec {
    /** Characters of a width or digits of a precision; a template that wants more wants to exhaust memory. */
    static final int WIDTH_MAX = 10_000;

    private static final Pattern FORM = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([bcdeEfFgGnosxX%])?", Pattern.DOTALL);

    private final Matcher parts;

    private FormatSpec(Matcher parts) {
        this.parts = parts;
    }

    /** {@code value} written as {@code specification} says. */
    static String format(Object value, String specification) {
        if (specification.isEmpty()) {
            return Values.text(value);
        }
        var parts = FORM.matcher(specification);
        if (!parts.matches()) {
            throw TemplateException.evaluation("format: '%s' is no format specification".formatted(specification));
        }
        return new FormatSpec(parts).format(value);
    }

    private String format(Object value) {
        var type = part(9);
        return switch (value) {
            case String text
            when type.isEmpty() || type.equals("s") -> {
                int most = number(8, Integer.MAX_VALUE);
                int length = PythonText.length(text);
                yield padded("", most < length ? text.substring(0, text.offsetByCodePoints(0, most)) : text, '<');
            }
            case Boolean flag when type.isEmpty() -> padded("", Values.text(flag), '>');
            case Long _, Boolean _
            when type.isEmpty() || "dnbcoxX".contains(type) -> integer(Arithmetic.integer(value), type);
            case Long _, Double _, Boolean _
            when type.isEmpty() || "eEfFgG%n".contains(type) -> real(Arithmetic.real(value), type);
            default ->
                throw TemplateException.evaluation(
                        "format: '%s' does not fit %s".formatted(parts.group(), Values.typeName(value)));
        };
    }

    private String integer(long number, String type) {
        var digits = switch (type) {
            case "b" -> Long.toString(number, 2);
            case "o" -> Long.toString(number, 8);
            case "x" -> Long.toString(number, 16);
            case "X" -> Long.toString(number, 16).toUpperCase(Locale.ROOT);
            case "c" -> Character.toString((int) Math.clamp(number, 0, Character.MAX_CODE_POINT));
            default -> Long.toString(number);
        };
        if (type.equals("c")) {
            return padded("", digits, '<');
        }
        var prefix = part(4).isEmpty() || type.isEmpty() || "dn".contains(type) ? "" : "0" + type;
        return padded(sign(number < 0) + prefix, grouped(digits.replace("-", "")), '>');
    }

    private String real(double number, String type) {
        boolean negative = number < 0 || (number == 0 && 1 / number < 0);
        double size = Math.abs(number);
        if (Double.isNaN(size) || Double.isInfinite(size)) {
            var name = Values.realText(size);
            return padded(
                    sign(negative),
                    type.equals("E") || type.equals("F") || type.equals("G") ? name.toUpperCase(Locale.ROOT) : name,
                    '>');
        }
        var digits = switch (type) {
            case "f", "F" -> fixed(size, number(8, 6));
            case "%" -> fixed(size * 100, number(8, 6)) + "%";
            case "e", "E" -> exponential(size, number(8, 6), type);
            case "" -> parts.group(8) == null ? Values.realText(size) : general(size, number(8, 6), "e", true);
            default -> general(size, number(8, 6), type.equals("G") ? "E" : "e", false);
        };
        return padded(sign(negative), grouped(digits), '>');
    }

    static String fixed(double size, int digits) {
        return new BigDecimal(size).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String exponential(double size, int digits, String letter) {
        var decimal = new BigDecimal(size);
        if (size == 0) {
            return (digits == 0 ? "0" : "0." + "0".repeat(digits)) + letter + "+00";
        }
        var rounded = decimal.round(new java.math.MathContext(digits + 1, RoundingMode.HALF_EVEN));
        var unscaled = rounded.unscaledValue().toString();
        int exponent = unscaled.length() - 1 - rounded.scale();
        var all = unscaled + "0".repeat(Math.max(0, digits + 1 - unscaled.length()));
        return all.charAt(0)
                + (digits == 0 ? "" : "." + all.substring(1, digits + 1))
                + letter
                + (exponent < 0 ? "-" : "+")
                + "%02d".formatted(Math.abs(exponent));
    }

    /** The shorter of both forms with at most that many digits that count, zeros at the end left out. */
    private static String general(double size, int precision, String letter, boolean withPoint) {
        int digits = Math.max(1, precision);
        var form = exponential(size, digits - 1, letter);
        int exponent = Integer.parseInt(form.substring(form.indexOf(letter) + 1));
        int most = withPoint ? digits - 1 : digits;
        if (exponent >= -4 && exponent < most) {
            var plain = withoutZeros(fixed(size, Math.max(0, digits - 1 - exponent)));
            return withPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        int at = form.indexOf(letter);
        return withoutZeros(form.substring(0, at)) + form.substring(at);
    }

    private static String withoutZeros(String digits) {
        return digits.indexOf('.') < 0 ? digits : digits.replaceAll("\\.?0+$", "");
    }

    private String grouped(String digits) {
        if (part(7).isEmpty()) {
            return digits;
        }
        int end = 0;
        while (end < digits.length() && digits.charAt(end) >= '0' && digits.charAt(end) <= '9') {
            end++;
        }
        var out = new StringBuilder(digits);
        for (int at = end - 3; at > 0; at -= 3) {
            out.insert(at, part(7));
        }
        return out.toString();
    }

    private String sign(boolean negative) {
        return negative ? "-" : part(3).equals("-") ? "" : part(3);
    }

    private String padded(String before, String text, char alignByDefault) {
        boolean zeros = !part(5).isEmpty() && part(2).isEmpty();
        var fill = !part(1).isEmpty() ? part(1) : zeros ? "0" : " ";
        char align = !part(2).isEmpty() ? part(2).charAt(0) : zeros && alignByDefault == '>' ? '=' : alignByDefault;
        int missing = number(6, 0) - PythonText.length(before) - PythonText.length(text);
        if (missing <= 0) {
            return before + text;
        }
        return switch (align) {
            case '<' -> before + text + fill.repeat(missing);
            case '>' -> fill.repeat(missing) + before + text;
            case '=' -> before + fill.repeat(missing) + text;
            default -> fill.repeat(missing / 2) + before + text + fill.repeat(missing - missing / 2);
        };
    }

    private String part(int group) {
        var part = parts.group(group);
        return part == null ? "" : part;
    }

    private int number(int group, int whenAbsent) {
        var digits = part(group);
        if (digits.isEmpty()) {
            return whenAbsent;
        }
        return bounded(digits);
    }

    /** A width or precision; beyond {@link #WIDTH_MAX} is an error. */
    static int bounded(String digits) {
        if (digits.length() > 5 || Integer.parseInt(digits) > WIDTH_MAX) {
            throw TemplateException.limit(
                    "a format asks for %s characters; at most %d are allowed".formatted(digits, WIDTH_MAX));
        }
        return Integer.parseInt(digits);
    }
}
