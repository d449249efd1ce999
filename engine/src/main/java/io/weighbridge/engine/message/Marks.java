package io.weighbridge.engine.message;

import java.util.List;

/** Finds marks in text of which more may come. */
final class Marks {
    private Marks() {}

    /**
     * The first mark in a text.
     *
     * @param at where it begins; where none is in the text: how much of the text surely belongs to none
     * @param mark which; empty for none
     */
    record Found(int at, String mark) {}

    static Found first(CharSequence text, List<String> marks) {
        var whole = text.toString();
        int at = Integer.MAX_VALUE;
        var found = "";
        for (var mark : marks) {
            int start = whole.indexOf(mark);
            if (start >= 0 && start < at) {
                at = start;
                found = mark;
            }
        }
        return found.isEmpty() ? new Found(whole.length() - heldBack(whole, marks), "") : new Found(at, found);
    }

    /** Length of the longest end of {@code text} with which a mark begins. */
    private static int heldBack(String text, List<String> marks) {
        int longest = 0;
        for (var mark : marks) {
            for (int length = Math.min(mark.length() - 1, text.length()); length > longest; length--) {
                if (mark.startsWith(text.substring(text.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    /** Index of the first character from {@code from} on that is no blank; the length if there is none. */
    static int afterBlanks(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
