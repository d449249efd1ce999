package io.weighbridge.engine.chat;

import io.weighbridge.engine.chat.Token.Type;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Cuts a template into tokens with the white space rules that chat templates are written for: the newline after a block or
 * comment goes ({@code trim_blocks}), blanks before one at the start of a line go ({@code lstrip_blocks}), {@code -} takes all
 * white space on its side, and the template's last newline goes.
 */
final class Lexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", ">=", "<=", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ":", "|", ",", "(",
            ")", "[", "]", "{", "}");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private boolean lineStarting = true;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) {
        var source = template.replace("\r\n", "\n").replace('\r', '\n');
        if (source.endsWith("\n")) {
            source = source.substring(0, source.length() - 1);
        }
        var lexer = new Lexer(source);
        lexer.root();
        return lexer.tokens;
    }

    private void root() {
        while (at < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                add(Type.TEXT, source.substring(at));
                at = source.length();
                break;
            }
            text(tag);
            char kind = source.charAt(tag + 1);
            moveTo(tag + 2);
            boolean signed = at < source.length() && (source.charAt(at) == '-' || source.charAt(at) == '+');
            if (signed) {
                moveTo(at + 1);
            }
            switch (kind) {
                case '#' -> comment();
                case '{' -> expression(Type.VARIABLE_BEGIN, Type.VARIABLE_END, "}}");
                default -> {
                    if (!raw()) {
                        expression(Type.BLOCK_BEGIN, Type.BLOCK_END, "%}");
                    }
                }
            }
        }
        add(Type.END, "");
    }

    private int nextTag() {
        for (int i = at; i + 1 < source.length(); i++) {
            if (source.charAt(i) == '{') {
                char next = source.charAt(i + 1);
                if (next == '{' || next == '%' || next == '#') {
                    return i;
                }
            }
        }
        return -1;
    }

    /** The text up to {@code tag}, stripped at its end as the tag says. */
    private void text(int tag) {
        var text = source.substring(at, tag);
        add(Type.TEXT, stripped(text, tag));
        line += newlines(text);
        at = tag;
    }

    private String stripped(String text, int tag) {
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        if (sign == '-') {
            return PythonText.stripEnd(text);
        }
        if (sign == '+' || source.charAt(tag + 1) == '{') {
            return text;
        }
        int start = text.lastIndexOf('\n') + 1;
        if ((start > 0 || lineStarting) && PythonText.isSpace(text.substring(start))) {
            return text.substring(0, start);
        }
        return text;
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw TemplateException.syntax(line, "a comment '{#' is not closed");
        }
        boolean strip = end > at && source.charAt(end - 1) == '-';
        boolean keep = end > at && source.charAt(end - 1) == '+';
        moveTo(end + 2);
        afterBlock(strip, keep);
    }

    /** White space after a block or comment. */
    private void afterBlock(boolean strip, boolean keep) {
        if (strip) {
            skipSpace();
        } else if (!keep && at < source.length() && source.charAt(at) == '\n') {
            moveTo(at + 1);
        }
        lineStarting = at > 0 && source.charAt(at - 1) == '\n';
    }

    /** If a raw block begins here, takes it whole. */
    private boolean raw() {
        int begin = afterWord(at, "raw");
        if (begin < 0) {
            return false;
        }
        boolean strip = source.charAt(begin) == '-';
        moveTo(begin + (strip ? 3 : 2));
        if (strip) {
            skipSpace();
        }
        lineStarting = source.charAt(at - 1) == '\n';
        for (int tag = source.indexOf("{%", at); tag >= 0; tag = source.indexOf("{%", tag + 1)) {
            int word = tag + 2;
            if (word < source.length() && (source.charAt(word) == '-' || source.charAt(word) == '+')) {
                word++;
            }
            int end = afterWord(word, "endraw");
            if (end >= 0) {
                text(tag);
                boolean signed = source.charAt(end) != '%';
                boolean stripAfter = source.charAt(end) == '-';
                moveTo(end + (signed ? 3 : 2));
                afterBlock(stripAfter, signed && !stripAfter);
                return true;
            }
        }
        throw TemplateException.syntax(line, "'{% raw %}' is not closed");
    }

    /** Where the block's end begins (at its sign, if any) when {@code word} is all there is from {@code from}; else -1. */
    private int afterWord(int from, String word) {
        int i = from;
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
            i++;
        }
        if (!source.startsWith(word, i)) {
            return -1;
        }
        i += word.length();
        while (i < source.length() && PythonText.isSpace(source.charAt(i))) {
            i++;
        }
        boolean signed = source.startsWith("-%}", i) || (source.startsWith("+%}", i) && word.equals("endraw"));
        return signed || source.startsWith("%}", i) ? i : -1;
    }

    private void expression(Type begin, Type end, String closing) {
        int startLine = line;
        add(begin, begin == Type.VARIABLE_BEGIN ? "{{" : "{%");
        Deque<Character> open = new ArrayDeque<>();
        while (true) {
            skipSpace();
            if (at >= source.length()) {
                throw TemplateException.syntax(startLine, "a tag is not closed, '%s' expected".formatted(closing));
            }
            if (open.isEmpty()) {
                boolean signed = source.startsWith("-" + closing, at)
                        || (source.startsWith("+" + closing, at) && end == Type.BLOCK_END);
                if (signed || source.startsWith(closing, at)) {
                    boolean strip = source.charAt(at) == '-';
                    add(end, closing);
                    moveTo(at + closing.length() + (signed ? 1 : 0));
                    if (end == Type.BLOCK_END) {
                        afterBlock(strip, signed && !strip);
                    } else if (strip) {
                        skipSpace();
                    }
                    lineStarting = source.charAt(at - 1) == '\n';
                    return;
                }
            }
            token(open);
        }
    }

    private void token(Deque<Character> open) {
        char c = source.charAt(at);
        if (isDigit(c)) {
            number();
        } else if (Character.isUnicodeIdentifierStart(source.codePointAt(at)) || c == '_') {
            int end = at;
            while (end < source.length()
                    && (Character.isUnicodeIdentifierPart(source.codePointAt(end))
                            && !Character.isIdentifierIgnorable(source.codePointAt(end)))) {
                end += Character.charCount(source.codePointAt(end));
            }
            end = Math.max(end, at + 1);
            add(Type.NAME, source.substring(at, end));
            at = end;
        } else if (c == '\'' || c == '"') {
            string(c);
        } else {
            operator(open);
        }
    }

    private void operator(Deque<Character> open) {
        for (var operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                char c = operator.charAt(0);
                if (c == '(' || c == '[' || c == '{') {
                    open.push(c);
                } else if (c == ')' || c == ']' || c == '}') {
                    if (open.isEmpty() || open.pop() != (c == ')' ? '(' : c == ']' ? '[' : '{')) {
                        throw TemplateException.syntax(line, "unexpected '%s'".formatted(c));
                    }
                }
                add(Type.OPERATOR, operator);
                at += operator.length();
                return;
            }
        }
        throw TemplateException.syntax(
                line, "unexpected character '%s'".formatted(Character.toString(source.codePointAt(at))));
    }

    private void number() {
        int start = at;
        boolean afterDot = start > 0 && source.charAt(start - 1) == '.';
        if (source.charAt(at) == '0' && at + 1 < source.length() && "xXoObB".indexOf(source.charAt(at + 1)) >= 0) {
            int end = at + 2;
            while (end < source.length()
                    && (Character.digit(source.charAt(end), 16) >= 0 || source.charAt(end) == '_')) {
                end++;
            }
            add(Type.INTEGER, source.substring(at, end).replace("_", ""));
            at = end;
            return;
        }
        int end = digits(start);
        boolean isFloat = false;
        if (!afterDot && end + 1 < source.length() && source.charAt(end) == '.' && isDigit(source.charAt(end + 1))) {
            end = digits(end + 1);
            isFloat = true;
        }
        if (!afterDot && end < source.length() && (source.charAt(end) == 'e' || source.charAt(end) == 'E')) {
            int exponent = end + 1;
            if (exponent < source.length() && (source.charAt(exponent) == '+' || source.charAt(exponent) == '-')) {
                exponent++;
            }
            if (exponent < source.length() && isDigit(source.charAt(exponent))) {
                end = digits(exponent);
                isFloat = true;
            }
        }
        add(isFloat ? Type.FLOAT : Type.INTEGER, source.substring(start, end).replace("_", ""));
        at = end;
    }

    private int digits(int from) {
        int end = from;
        while (end < source.length()
                && (isDigit(source.charAt(end))
                        || (source.charAt(end) == '_'
                                && end + 1 < source.length()
                                && isDigit(source.charAt(end + 1))))) {
            end++;
        }
        return end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private void string(char quote) {
        int end = at + 1;
        while (end < source.length() && source.charAt(end) != quote) {
            end += source.charAt(end) == '\\' ? 2 : 1;
        }
        if (end >= source.length()) {
            throw TemplateException.syntax(line, "a string is not closed");
        }
        add(Type.STRING, PythonText.unescape(source.substring(at + 1, end), line));
        moveTo(end + 1);
    }

    private void skipSpace() {
        int end = at;
        while (end < source.length() && PythonText.isSpace(source.charAt(end))) {
            end++;
        }
        moveTo(end);
    }

    private void moveTo(int position) {
        line += newlines(source.substring(at, position));
        at = position;
    }

    private static int newlines(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    private void add(Type type, String text) {
        if (type != Type.TEXT || !text.isEmpty()) {
            tokens.add(new Token(type, text, line));
        }
    }
}
