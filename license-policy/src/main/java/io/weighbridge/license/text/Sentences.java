package io.weighbridge.license.text;

import java.util.ArrayList;
import java.util.List;

/** Cuts a block of text after each full stop, semicolon, colon, question or exclamation mark that a space follows. */
final class Sentences {
    private Sentences() {}

    static List<String> of(CharSequence block) {
        var text = block.toString();
        var sentences = new ArrayList<String>();
        int from = 0;
        for (int at = 0; at + 1 < text.length(); at++) {
            if (".;:?!".indexOf(text.charAt(at)) >= 0) {
                int end = at + 1;
                while (end < text.length() && "\"')]*_".indexOf(text.charAt(end)) >= 0) {
                    end++;
                }
                if (end < text.length() && Character.isWhitespace(text.charAt(end))) {
                    sentences.add(text.substring(from, end));
                    from = end;
                    at = end - 1;
                }
            }
        }
        sentences.add(text.substring(from));
        return sentences;
    }
}
