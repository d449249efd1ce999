package io.weighbridge.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions as ECMA-262 writes them with the flag {@code u}, as far as they are regular: no back references, no
 * look-around, no word boundaries. Lazy quantifiers mean the same language as greedy ones.
 */
final class RegexParser {
    private static final CharSet DIGIT = CharSet.of('0', '9');
    private static final CharSet WORD = CharSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    private static final CharSet SPACE = CharSet.of(
            9, 13, 32, 32, 0xA0, 0xA0, 0x1680, 0x1680, 0x2000, 0x200A, 0x2028, 0x2029, 0x202F, 0x202F, 0x205F, 0x205F,
            0x3000, 0x3000, 0xFEFF, 0xFEFF);
    private static final CharSet DOT =
            CharSet.of('\n', '\n', '\r', '\r', 0x2028, 0x2029).not();

    private final String text;
    private int at;
    private int depth;

    private RegexParser(String text) {
        this.text = text;
    }

    /** The expression as it stands, for texts that match it as a whole. */
    static Regex whole(String text) {
        if (text.length() > Budget.PATTERN_LENGTH_MAX) {
            throw GrammarException.limit("the regular expression is %d characters long; the limit is %d"
                    .formatted(text.length(), Budget.PATTERN_LENGTH_MAX));
        }
        var parser = new RegexParser(text);
        var regex = parser.alternatives();
        if (parser.at < text.length()) {
            throw parser.error("')' without '('");
        }
        return regex;
    }

    /** For texts that have a match somewhere, as JSON Schema means it. */
    static Regex anywhere(String text) {
        var any = Regex.star(new Regex.Chars(CharSet.ANY));
        return Regex.cat(any, whole(text), any);
    }

    private Regex alternatives() {
        if (++depth > Budget.PATTERN_DEPTH_MAX) {
            throw GrammarException.limit("the regular expression nests groups deeper than " + Budget.PATTERN_DEPTH_MAX);
        }
        var options = new ArrayList<Regex>();
        options.add(sequence());
        while (at < text.length() && text.charAt(at) == '|') {
            at++;
            options.add(sequence());
        }
        depth--;
        return options.size() == 1 ? options.getFirst() : new Regex.Or(List.copyOf(options));
    }

    private Regex sequence() {
        var parts = new ArrayList<Regex>();
        while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
            parts.add(quantified());
        }
        return parts.size() == 1 ? parts.getFirst() : new Regex.Cat(List.copyOf(parts));
    }

    private Regex quantified() {
        var atom = atom();
        while (at < text.length()) {
            int min;
            int max;
            switch (text.charAt(at)) {
                case '*' -> {
                    min = 0;
                    max = Regex.UNBOUNDED;
                    at++;
                }
                case '+' -> {
                    min = 1;
                    max = Regex.UNBOUNDED;
                    at++;
                }
                case '?' -> {
                    min = 0;
                    max = 1;
                    at++;
                }
                case '{' -> {
                    at++;
                    min = number();
                    max = min;
                    if (peek() == ',') {
                        at++;
                        max = peek() == '}' ? Regex.UNBOUNDED : number();
                    }
                    expect('}');
                    if (max < min) {
                        throw error("a repetition whose maximum is below its minimum");
                    }
                }
                default -> {
                    return atom;
                }
            }
            if (atom instanceof Regex.Begin || atom instanceof Regex.End) {
                throw error("a repeated anchor");
            }
            if (peek() == '?') {
                at++; // lazy: the same language
            }
            atom = new Regex.Rep(atom, min, max);
            if (at < text.length() && "*+?".indexOf(text.charAt(at)) >= 0) {
                throw error("nothing to repeat");
            }
        }
        return atom;
    }

    private int number() {
        int start = at;
        while (at < text.length() && Character.isDigit(text.charAt(at)) && at - start < 9) {
            at++;
        }
        if (at == start) {
            throw error("a number is missing after '{'; write \\{ for the character");
        }
        return Integer.parseInt(text, start, at, 10);
    }

    private int peek() {
        return at < text.length() ? text.charAt(at) : -1;
    }

    private void expect(char c) {
        if (peek() != c) {
            throw error("'" + c + "' is missing");
        }
        at++;
    }

    private Regex atom() {
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return switch (c) {
            case '^' -> new Regex.Begin();
            case '$' -> new Regex.End();
            case '.' -> new Regex.Chars(DOT);
            case '(' -> group();
            case '[' -> new Regex.Chars(charClass());
            case '\\' -> new Regex.Chars(escape(false));
            case '*', '+', '?' -> throw error("nothing to repeat");
            case '{' -> throw error("'{' has to be written \\{ where it is no repetition");
            default -> {
                if (Character.getType(c) == Character.SURROGATE) {
                    throw error("half a surrogate pair");
                }
                yield Regex.chars(c, c);
            }
        };
    }

    private Regex group() {
        if (peek() == '?') {
            if (text.startsWith("?:", at)) {
                at += 2;
            } else if (text.startsWith("?<", at) && !text.startsWith("?<=", at) && !text.startsWith("?<!", at)) {
                int close = text.indexOf('>', at);
                if (close < 0) {
                    throw error("'>' is missing after the name of a group");
                }
                at = close + 1;
            } else {
                throw GrammarException.unsupported(
                        "look-around and flags in a regular expression are not supported: '%s'".formatted(shown()));
            }
        }
        var inside = alternatives();
        expect(')');
        return inside;
    }

    private CharSet charClass() {
        boolean negated = peek() == '^';
        if (negated) {
            at++;
        }
        var set = CharSet.NONE;
        while (peek() != ']') {
            if (at >= text.length()) {
                throw error("']' is missing");
            }
            var first = classAtom();
            if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                var last = classAtom();
                if (!isSingle(first) || !isSingle(last)) {
                    throw error("a range between classes");
                }
                if (last.low(0) < first.low(0)) {
                    throw error("a range out of order");
                }
                set = set.or(CharSet.of(first.low(0), last.low(0)).and(CharSet.ANY));
            } else {
                set = set.or(first);
            }
        }
        at++;
        return negated ? set.not() : set;
    }

    private static boolean isSingle(CharSet set) {
        return set.ranges() == 1 && set.low(0) == set.high(0);
    }

    private CharSet classAtom() {
        if (at >= text.length()) {
            throw error("']' is missing");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return c == '\\' ? escape(true) : CharSet.of(c, c);
    }

    private CharSet escape(boolean inClass) {
        if (at >= text.length()) {
            throw error("a backslash at the end");
        }
        int c = text.codePointAt(at);
        at += Character.charCount(c);
        return switch (c) {
            case 'd' -> DIGIT;
            case 'D' -> DIGIT.not();
            case 'w' -> WORD;
            case 'W' -> WORD.not();
            case 's' -> SPACE;
            case 'S' -> SPACE.not();
            case 'n' -> CharSet.of('\n', '\n');
            case 'r' -> CharSet.of('\r', '\r');
            case 't' -> CharSet.of('\t', '\t');
            case 'f' -> CharSet.of('\f', '\f');
            case 'v' -> CharSet.of(0x0B, 0x0B);
            case '0' -> CharSet.of(0, 0);
            case 'b' -> {
                if (!inClass) {
                    throw GrammarException.unsupported(
                            "word boundaries (\\b) in a regular expression are not supported");
                }
                yield CharSet.of('\b', '\b');
            }
            case 'B' -> throw GrammarException.unsupported("\\B in a regular expression is not supported");
            case 'c' -> {
                int letter = at < text.length() ? text.charAt(at++) : -1;
                if (letter > 127 || !Character.isLetter(letter)) {
                    throw error("\\c without a letter");
                }
                yield CharSet.of(letter & 31, letter & 31);
            }
            case 'x' -> single(hexadecimal(2));
            case 'u' -> single(unicode());
            case 'p' -> property();
            case 'P' -> property().not();
            default -> {
                if (c >= '1' && c <= '9') {
                    throw GrammarException.unsupported("back references in a regular expression are not supported");
                }
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw error("\\" + (char) c + " is no known escape");
                }
                yield CharSet.of(c, c);
            }
        };
    }

    private CharSet single(int c) {
        if (c > CharSet.CODE_POINT_MAX || (c >= 0xD800 && c <= 0xDFFF)) {
            throw error("an escape that is no character");
        }
        return CharSet.of(c, c);
    }

    private int unicode() {
        if (peek() == '{') {
            int close = text.indexOf('}', at);
            int digits = close - at - 1;
            if (close < 0 || digits < 1 || digits > 6) {
                throw error("\\u{...} with one to six digits expected");
            }
            at++;
            int c = hexadecimal(digits);
            at++;
            return c;
        }
        int c = hexadecimal(4);
        if (Character.isHighSurrogate((char) c) && text.startsWith("\\u", at)) {
            int before = at;
            at += 2;
            int low = hexadecimal(4);
            if (Character.isLowSurrogate((char) low)) {
                return Character.toCodePoint((char) c, (char) low);
            }
            at = before;
        }
        return c;
    }

    private int hexadecimal(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
            if (digit < 0 || text.charAt(at) > 127) {
                throw error("%d hexadecimal digits expected".formatted(digits));
            }
            value = value * 16 + digit;
            at++;
        }
        return value;
    }

    private CharSet property() {
        int close = peek() == '{' ? text.indexOf('}', at) : -1;
        if (close < 0) {
            throw error("\\p{...} expected");
        }
        var name = text.substring(at + 1, close);
        at = close + 1;
        return UnicodeProperties.named(name);
    }

    private String shown() {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }

    private GrammarException error(String what) {
        return GrammarException.syntax("regular expression '%s', at character %d: %s".formatted(shown(), at, what));
    }
}
