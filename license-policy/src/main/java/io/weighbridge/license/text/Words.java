package io.weighbridge.license.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Splits text into the words that make its identity: lower-case words, numbers and the few signs that carry meaning
 * (money, percent, section, comparison). Everything else (spaces, line ends, quotes, dashes, bullets, comment and
 * markdown marks, sentence punctuation) only separates words.
 *
 * <p>An apostrophe stays inside a word, a decimal point inside a number, thousands separators go ("700,000,000" is
 * "700000000"), © is written as the word "c" (as "(c)" is), https counts as http, and each ideograph is a word. Marks
 * that turn the direction of text are kept as words: a text that reads differently from how it is stored is not the same.
 */
final class Words {
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
            }
            at = next;
        }
        return words;
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
        return Character.getType(point) == Character.CURRENCY_SYMBOL || SIGNS.indexOf(point) >= 0;
    }

    /** True when a number follows: "> 100 million" compares, "> a quoted line" does not. */
    private static boolean comparesNumber(String text, int from) {
        for (int at = from; at < text.length(); at++) {
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
