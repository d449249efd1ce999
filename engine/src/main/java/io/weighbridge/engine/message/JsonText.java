package io.weighbridge.engine.message;

/** Follows one JSON value, character by character, to see where it ends. */
final class JsonText {
    private static final int UNICODE_DIGITS = 4;
    private static final int HEXADECIMAL = 16;

    private boolean string;
    private boolean quoted;
    private boolean escaped;
    private int depth;
    private int unicodeLeft;
    private int unicode;

    /** The next characters are inside a string, its opening quote is past. */
    void startString() {
        string = true;
        escaped = false;
        unicodeLeft = 0;
    }

    /** The next character is the first of a value that is no string. */
    void startValue() {
        string = false;
        quoted = false;
        escaped = false;
        depth = 0;
    }

    boolean isString() {
        return string;
    }

    /** Takes a character of a string and appends what it stands for to {@code sink}; true if it was the closing quote. */
    boolean inString(char c, StringBuilder sink) {
        if (unicodeLeft > 0) {
            unicode = unicode * HEXADECIMAL + Math.max(0, Character.digit(c, HEXADECIMAL));
            if (--unicodeLeft == 0) {
                sink.append((char) unicode);
            }
        } else if (escaped) {
            escaped = false;
            if (c == 'u') {
                unicodeLeft = UNICODE_DIGITS;
                unicode = 0;
            } else {
                sink.append(unescaped(c));
            }
        } else if (c == '\\') {
            escaped = true;
        } else if (c == '"') {
            return true;
        } else {
            sink.append(c);
        }
        return false;
    }

    private static char unescaped(char c) {
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> c;
        };
    }

    /** Whether {@code c} is the first character after a number or a literal. */
    boolean endsBefore(char c) {
        return depth == 0 && !quoted && (c == ',' || c == '}' || c == ']' || Character.isWhitespace(c));
    }

    /** Takes a character of a value that is no string; true if it closes an object or a list. */
    boolean endsWith(char c) {
        if (quoted) {
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == '"') {
                quoted = false;
            }
            return false;
        }
        switch (c) {
            case '"' -> quoted = true;
            case '{', '[' -> depth++;
            case '}', ']' -> depth--;
            default -> {}
        }
        return depth == 0 && (c == '}' || c == ']');
    }
}
