package io.weighbridge.license.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Splits text into the words that make its identity: lower-case words, numbers, the few signs that carry meaning
 * (money, percent, section, comparison) and the marks that end or divide a sentence. Everything else (spaces, line ends,
 * quotes, brackets, dashes, bullets, comment and markdown marks) only separates words.
 *
 * <p>An apostrophe stays inside a word, a decimal point inside a number, thousands separators go ("700,000,000" is
 * "700000000"), © is written as the word "c" (as "(c)" is), https counts as http, and each ideograph is a word. Marks
 * that turn the direction of text are kept as words: a text that reads differently from how it is stored is not the same. A mark counts
 * right after a word and before a space, since "No. Commercial use" is not "No commercial use"; after a number or a label
 * ("2.", "iv)") it does not, since numbering is written in many ways.
 */
final class Words {
    /** How far a comparison sign may stand before its number. */
    static final int COMPARISON_CHARS_MAX = 8;

    private static final String MARKS = ".,;:?!";
    private static final String CLOSING = "\"')]}*_`";
    private static final Pattern LABEL = Pattern.compile("[a-z]|\\d+(?:\\.\\d+)*|[ivxlc]{1,6}");
    private static final String SIGNS = "%‰§≤≥≠±¬\uFFFD\u202D\u202E\u2066\u2067\u2068";

    private Words() {}

    /** The words of {@code text}, which must have gone through {@link Lines#plain}. */
    static List<String> of(String text) {
        var words = new ArrayList<String>();
        int at = 0;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            int next = at + Character.charCount(point);
            if (Character.isIdeographic(point) || isSign(text, at, point)) {
                words.add(Character.toString(point));
            } else if (isWord(point)) {
                next = endOfWord(text, at);
                words.add(spelling(text.substring(at, next)));
            } else if (isMark(text, at) && !words.isEmpty() && isSaid(words.getLast())) {
                words.add(Character.toString(point));
            }
            at = next;
        }
        return words;
    }

    /** The same without marks. */
    static List<String> spoken(String text) {
        return spoken(of(text));
    }

    static List<String> spoken(List<String> words) {
        return words.stream().filter(word -> !MARKS.contains(word)).toList();
    }

    private static boolean isMark(String text, int at) {
        if (MARKS.indexOf(text.charAt(at)) < 0 || at == 0 || Character.isWhitespace(text.charAt(at - 1))) {
            return false;
        }
        int after = at + 1;
        while (after < text.length() && CLOSING.indexOf(text.charAt(after)) >= 0) {
            after++;
        }
        return after == text.length() || Character.isWhitespace(text.charAt(after));
    }

    private static boolean isSaid(String word) {
        return !MARKS.contains(word) && !LABEL.matcher(word).matches();
    }

    private static int endOfWord(String text, int from) {
        int at = from;
        while (at < text.length()) {
            int point = text.codePointAt(at);
            if (Character.isIdeographic(point) || !(isWord(point) || joins(text, at, point))) {
                break;
            }
            at += Character.charCount(point);
        }
        return at;
    }

    /** An apostrophe between letters, or a point or comma between digits. The ends of the text are no neighbors. */
    private static boolean joins(String text, int at, int point) {
        if (at == 0 || at + 1 >= text.length()) {
            return false;
        }
        char before = text.charAt(at - 1);
        char after = text.charAt(at + 1);
        return switch (point) {
            case '\'' -> Character.isLetter(before) && Character.isLetter(after);
            case '.', ',' -> Character.isDigit(before) && Character.isDigit(after);
            default -> false;
        };
    }

    private static String spelling(String word) {
        var lower = word.toLowerCase(Locale.ROOT);
        if (lower.indexOf(',') >= 0) {
            lower = lower.replaceAll(",(?=\\d{3}(?!\\d))", "");
        }
        return lower.equals("https") ? "http" : lower;
    }

    static boolean isWord(int point) {
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.OTHER_NUMBER -> true;
            default -> Character.isLetterOrDigit(point);
        };
    }

    private static boolean isSign(String text, int at, int point) {
        if (point == '<' || point == '>' || point == '=') {
            return comparesNumber(text, at + 1);
        }
        if (point == '+') {
            return at > 0 && Character.isDigit(text.charAt(at - 1));
        }
        return Character.getType(point) == Character.CURRENCY_SYMBOL || SIGNS.indexOf(point) >= 0;
    }

    /** True when a number follows: "> 100 million" compares, "> a quoted line" does not. */
    private static boolean comparesNumber(String text, int from) {
        for (int at = from; at < Math.min(text.length(), from + COMPARISON_CHARS_MAX); at++) {
            char c = text.charAt(at);
            if (Character.isDigit(c)) {
                return true;
            }
            if (c != ' ' && c != '=' && Character.getType(c) != Character.CURRENCY_SYMBOL) {
                return false;
            }
        }
        return false;
    }
}
