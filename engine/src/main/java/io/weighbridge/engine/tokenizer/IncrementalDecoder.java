package io.weighbridge.engine.tokenizer;

import java.util.Arrays;

/**
 * Turns a growing list of token ids into pieces of text that never end inside a character. A tokenizer can only decode whole
 * lists, and a character may span several tokens; so the last few tokens are decoded again with each new one, and U+FFFD at
 * the end is held back until later tokens settle it. The pieces put together are what decoding everything at once gives.
 * Not thread-safe; one per sequence.
 */
public final class IncrementalDecoder {
    /** Tokens kept when the window moves: enough for a tokenizer's clean-up of spaces to see what stands before. */
    static final int WINDOW_TOKENS_KEPT = 8;
    /** The window is this long before it moves, so that most tokens cost one short decode. */
    static final int WINDOW_TOKENS = 24;
    /** The window moves here even in the middle of a character; only output that is no text gets so far. */
    static final int WINDOW_TOKENS_MAX = 96;
    /** An unfinished character shows as at most this many U+FFFD: UTF-8 has up to four bytes, so three may wait for one. */
    static final int HELD_BACK_CHARACTERS_MAX = 3;

    private static final char REPLACEMENT = '\uFFFD';

    private final Tokenizer tokenizer;
    private int[] window = new int[WINDOW_TOKENS_MAX + 1];
    private int windowLength;
    private int emitted;
    private String text = "";

    public IncrementalDecoder(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The text that {@code tokenId} completes; often empty in the middle of a character. */
    public String add(int tokenId) {
        window[windowLength++] = tokenId;
        text = tokenizer.decode(Arrays.copyOf(window, windowLength));
        int settled = settledLength(text);
        var piece = "";
        if (settled > emitted) {
            piece = text.substring(emitted, settled);
            emitted = settled;
        }
        if (windowLength >= WINDOW_TOKENS) {
            moveWindow();
        }
        return piece;
    }

    /** What is still held back, as it is: the sequence has ended and nothing can complete it. */
    public String flush() {
        var rest = text.substring(Math.min(emitted, text.length()));
        windowLength = 0;
        emitted = 0;
        text = "";
        return rest;
    }

    private static int settledLength(String text) {
        int end = text.length();
        int least = Math.max(0, end - HELD_BACK_CHARACTERS_MAX);
        while (end > least && text.charAt(end - 1) == REPLACEMENT) {
            end--;
        }
        return end;
    }

    private void moveWindow() {
        var kept = Arrays.copyOfRange(window, windowLength - WINDOW_TOKENS_KEPT, windowLength);
        var keptText = tokenizer.decode(kept);
        boolean cutsCharacter = !text.endsWith(keptText) || (!keptText.isEmpty() && keptText.charAt(0) == REPLACEMENT);
        if (cutsCharacter && windowLength < WINDOW_TOKENS_MAX) {
            return;
        }
        System.arraycopy(kept, 0, window, 0, WINDOW_TOKENS_KEPT);
        windowLength = WINDOW_TOKENS_KEPT;
        emitted = Math.max(0, keptText.length() - (text.length() - emitted));
        text = keptText;
    }
}
