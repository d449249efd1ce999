package io.weighbridge.engine.chat;

import java.util.Locale;

/** Python's notions of white space, characters and escapes, where Java's differ. Indexes count code points. */
final class PythonText {
    private PythonText() {}

    static boolean isSpace(int c) {
        return Character.isWhitespace(c) || c == 0x85 || c == 0xA0 || c == 0x2007 || c == 0x202F;
    }

    /** Whether all of {@code text} is white space, and there is some. */
    static boolean isSpace(String text) {
        return !text.isEmpty() && text.chars().allMatch(PythonText::isSpace);
    }

    static String strip(String text) {
        return stripStart(stripEnd(text));
    }

    static String stripStart(String text) {
        int start = 0;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return text.substring(start);
    }

    static String stripEnd(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(0, end);
    }

    /** {@code text} without the characters of {@code set} at the chosen ends. */
    static String strip(String text, String set, boolean atStart, boolean atEnd) {
        var points = text.codePoints().toArray();
        int start = 0;
        int end = points.length;
        while (atStart && start < end && set.indexOf(points[start]) >= 0) {
            start++;
        }
        while (atEnd && end > start && set.indexOf(points[end - 1]) >= 0) {
            end--;
        }
        return new String(points, start, end - start);
    }

    /** Python's isdigit: decimal digits and those that only look different, such as superscripts. */
    static boolean isDigit(int c) {
        return Character.isDigit(c)
                || c == 0xB2
                || c == 0xB3
                || c == 0xB9
                || (c >= 0x2070 && c <= 0x2089)
                || (c >= 0x2460 && c <= 0x2468);
    }

    /** Python's isnumeric: whatever has a numeric value. */
    static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
            default ->
                "\u3007\u4E00\u4E8C\u4E09\u56DB\u4E94\u516D\u4E03\u516B\u4E5D\u5341\u767E\u5343\u4E07\u4EBF".indexOf(c)
                        >= 0;
        };
    }

    static String swapCase(String text) {
        var out = new StringBuilder();
        text.codePoints()
                .mapToObj(Character::toString)
                .forEach(c -> out.append(Character.isUpperCase(c.codePointAt(0)) ? lower(c) : upper(c)));
        return out.toString();
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return upper(text.substring(0, first)) + lower(text.substring(first));
    }

    static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Python's str.title: each run of letters begins with a capital. */
    static String title(String text) {
        var title = new StringBuilder();
        boolean inWord = false;
        for (int c : text.codePoints().toArray()) {
            var letter = Character.toString(c);
            title.append(inWord ? lower(letter) : Character.toString(Character.toTitleCase(c)));
            inWord = Character.isLetter(c);
        }
        return title.toString();
    }

    /** A string literal's value. */
    static String unescape(String literal, int line) {
        if (literal.indexOf('\\') < 0) {
            return literal;
        }
        var value = new StringBuilder();
        int i = 0;
        while (i < literal.length()) {
            char c = literal.charAt(i++);
            if (c != '\\' || i == literal.length()) {
                value.append(c);
                continue;
            }
            char escape = literal.charAt(i++);
            switch (escape) {
                case 'n' -> value.append('\n');
                case 't' -> value.append('\t');
                case 'r' -> value.append('\r');
                case 'a' -> value.append('\u0007');
                case 'b' -> value.append('\b');
                case 'f' -> value.append('\f');
                case 'v' -> value.append('\u000b');
                case '\\', '\'', '"' -> value.append(escape);
                case '\n' -> {}
                case 'x', 'u', 'U' -> {
                    int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    value.appendCodePoint(hex(literal, i, digits, line));
                    i += digits;
                }
                default -> {
                    int end = i - 1;
                    while (end < literal.length()
                            && end < i + 2
                            && literal.charAt(end) >= '0'
                            && literal.charAt(end) <= '7') {
                        end++;
                    }
                    if (end >= i) {
                        value.append((char) Integer.parseInt(literal.substring(i - 1, end), 8));
                        i = end;
                    } else {
                        value.append('\\').append(escape);
                    }
                }
            }
        }
        return value.toString();
    }

    private static int hex(String literal, int from, int digits, int line) {
        int point = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < literal.length() ? Character.digit(literal.charAt(i), 16) : -1;
            if (digit < 0 || point > Character.MAX_CODE_POINT) {
                throw TemplateException.syntax(line, "a string has an incomplete escape");
            }
            point = point * 16 + digit;
        }
        if (point > Character.MAX_CODE_POINT) {
            throw TemplateException.syntax(line, "a string has an escape beyond Unicode");
        }
        return point;
    }
}
