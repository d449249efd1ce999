package io.weighbridge.engine.tokenizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Encodes prompts so that control tokens come from the chat template only, never from what a user wrote. A tokenizer takes
 * the text of a special token for the token wherever it stands. So user text is {@linkplain #guard guarded} before it goes
 * into a template: a private mark is put inside each special token's text. Afterwards the prompt is cut at the marks and the
 * pieces are encoded apart. The marks are noncharacters of Unicode, which no text for interchange contains; text that has them
 * nevertheless comes through unchanged. A special token of a single character cannot be cut and is not guarded against.
 * Thread-safe when the tokenizer is.
 */
public final class PromptEncoder {
    /** Marks a cut. */
    static final char MARK = '\uFDD0';
    /** After {@link #MARK}: not a cut, but a U+FDD0 that the user wrote. */
    static final char LITERAL = '\uFDD1';
    /**
     * A special token could also come together from what the template puts before a user's text and its beginning (or from its
     * end and what comes after). Such a beginning is cut off from this length on: shorter ones, such as the '>' of a quotation,
     * are too common, and a cut there would change how ordinary text is encoded. Ends are cut off at any length.
     */
    static final int SHARED_BEGINNING_MIN = 2;

    private final Tokenizer tokenizer;
    private final List<String> specialTokens;

    public PromptEncoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.specialTokens = tokenizer.specialTokens().stream()
                .filter(token -> token.codePointCount(0, token.length()) > 1)
                .toList();
        for (var token : specialTokens) {
            if (token.indexOf(MARK) >= 0 || token.indexOf(LITERAL) >= 0) {
                throw new IllegalArgumentException("a special token contains U+FDD0 or U+FDD1");
            }
        }
    }

    /** {@code userText} with marks, to be put into a template in its place. */
    public String guard(String userText) {
        var cuts = new boolean[userText.length() + 1];
        for (var token : specialTokens) {
            int afterFirst = token.offsetByCodePoints(0, 1);
            for (int at = userText.indexOf(token); at >= 0; at = userText.indexOf(token, at + 1)) {
                cuts[at + afterFirst] = true;
            }
            int most = Math.min(token.length() - 1, userText.length());
            for (int length = 1; length <= most; length++) {
                if (userText.endsWith(token.substring(0, length))) {
                    cuts[userText.length()] = true;
                }
                if (length >= SHARED_BEGINNING_MIN && userText.startsWith(token.substring(token.length() - length))) {
                    cuts[0] = true;
                }
            }
        }
        var guarded = new StringBuilder(userText.length() + 8);
        for (int i = 0; i <= userText.length(); i++) {
            if (cuts[i]) {
                guarded.append(MARK);
            }
            if (i < userText.length()) {
                guarded.append(userText.charAt(i));
                if (userText.charAt(i) == MARK) {
                    guarded.append(LITERAL);
                }
            }
        }
        return guarded.toString();
    }

    /** {@code value} with every string in it guarded: a string, or a list or map of plain values, its keys too. */
    public @Nullable Object guardAll(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case String text -> guard(text);
            case List<?> list -> {
                var guarded = new ArrayList<@Nullable Object>();
                list.forEach(item -> guarded.add(guardAll(item)));
                yield guarded;
            }
            case Map<?, ?> map -> {
                var guarded = new LinkedHashMap<@Nullable Object, @Nullable Object>();
                map.forEach((key, item) -> guarded.put(guardAll(key), guardAll(item)));
                yield guarded;
            }
            default -> value;
        };
    }

    /**
     * The token ids of a prompt rendered from guarded texts.
     *
     * @param addSpecialTokens as for {@link Tokenizer#encode}; false for a chat template's output, which writes its own
     */
    public int[] encode(String prompt, boolean addSpecialTokens) {
        var pieces = pieces(prompt);
        if (pieces.size() == 1) {
            return tokenizer.encode(pieces.getFirst(), addSpecialTokens);
        }
        var first = tokenizer.encode(pieces.getFirst(), addSpecialTokens);
        // Tokens that the checkpoint puts after a text belong after the last piece.
        int end = addSpecialTokens ? endOf(tokenizer.encode(pieces.getFirst(), false), first) : first.length;
        var parts = new ArrayList<int[]>();
        parts.add(Arrays.copyOf(first, end));
        for (var piece : pieces.subList(1, pieces.size())) {
            parts.add(tokenizer.encodeMore(piece));
        }
        parts.add(Arrays.copyOfRange(first, end, first.length));
        return parts.stream().flatMapToInt(Arrays::stream).toArray();
    }

    /** The token ids of a text that a user wrote and no template surrounds. */
    public int[] encodeUserText(String userText, boolean addSpecialTokens) {
        return encode(guard(userText), addSpecialTokens);
    }

    /** {@code prompt} cut at the marks. Always at least one piece. */
    private static List<String> pieces(String prompt) {
        var pieces = new ArrayList<String>();
        var piece = new StringBuilder();
        for (int i = 0; i < prompt.length(); i++) {
            char c = prompt.charAt(i);
            if (c != MARK) {
                piece.append(c);
            } else if (i + 1 < prompt.length() && prompt.charAt(i + 1) == LITERAL) {
                piece.append(MARK);
                i++;
            } else if (!piece.isEmpty()) {
                pieces.add(piece.toString());
                piece.setLength(0);
            }
        }
        if (!piece.isEmpty() || pieces.isEmpty()) {
            pieces.add(piece.toString());
        }
        return pieces;
    }

    /** Where {@code inner} ends within {@code whole}; the end of {@code whole} when it is not in it. */
    private static int endOf(int[] inner, int[] whole) {
        for (int start = 0; start + inner.length <= whole.length; start++) {
            if (Arrays.equals(inner, 0, inner.length, whole, start, start + inner.length)) {
                return start + inner.length;
            }
        }
        return whole.length;
    }
}
