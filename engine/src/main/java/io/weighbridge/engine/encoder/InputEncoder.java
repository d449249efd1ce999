package io.weighbridge.engine.encoder;

import io.weighbridge.engine.tokenizer.Tokenizer;
import java.util.Arrays;

/** Turns texts into an encoder's inputs: its rules for text, its special tokens, its limit. Thread-safe. */
public final class InputEncoder {
    private final Tokenizer tokenizer;
    private final Encoder.TextRules rules;
    private final int contextLength;

    /** The tokenizer stays the caller's. */
    public InputEncoder(Tokenizer tokenizer, Encoder encoder) {
        this(tokenizer, encoder.text(), encoder.spec().contextLength());
    }

    InputEncoder(Tokenizer tokenizer, Encoder.TextRules rules, int contextLength) {
        this.tokenizer = tokenizer;
        this.rules = rules;
        this.contextLength = contextLength;
    }

    /**
     * The token ids of {@code text}, special tokens included.
     *
     * @param truncate whether the end of a text that is too long is cut off; the special tokens after it are kept
     * @throws InputTooLongException when it is too long and may not be cut
     */
    public int[] encode(String text, boolean truncate) {
        var whole = rules.apply(text);
        var tokens = tokenizer.encode(whole, true);
        if (tokens.length <= contextLength) {
            return tokens;
        }
        if (!truncate) {
            throw new InputTooLongException(tokens.length, contextLength);
        }
        int after = tokens.length - content(tokens, tokenizer.encode(whole, false));
        var cut = Arrays.copyOf(tokens, contextLength);
        int kept = Math.min(after, contextLength);
        System.arraycopy(tokens, tokens.length - kept, cut, contextLength - kept, kept);
        return cut;
    }

    /** Where the text's own tokens end within all of them. */
    private static int content(int[] tokens, int[] own) {
        for (int from = 0; from + own.length <= tokens.length; from++) {
            if (Arrays.equals(tokens, from, from + own.length, own, 0, own.length)) {
                return from + own.length;
            }
        }
        return tokens.length;
    }
}
