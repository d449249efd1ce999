package io.weighbridge.engine.encoder;

import io.weighbridge.engine.tokenizer.Tokenizer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Turns texts into an encoder's inputs: its rules for text, its special tokens, its limit. Thread-safe. */
public final class InputEncoder {
    private final Tokenizer tokenizer;
    private final Encoder.TextRules rules;
    private final int contextLength;
    private final boolean typed;

    /** The tokenizer stays the caller's. */
    public InputEncoder(Tokenizer tokenizer, Encoder encoder) {
        this(tokenizer, encoder.text(), encoder.spec().contextLength(), hasTypes(encoder));
    }

    /**
     * @param contextLength most tokens of one input
     * @param typed whether the encoder tells the texts of a pair apart; the types that a tokenizer gives are ignored where it does not
     */
    public InputEncoder(Tokenizer tokenizer, Encoder.TextRules rules, int contextLength, boolean typed) {
        this.tokenizer = tokenizer;
        this.rules = rules;
        this.contextLength = contextLength;
        this.typed = typed;
    }

    /** The same with the prompt that the checkpoint uses unless told otherwise. */
    public int[] encode(String text, boolean truncate) {
        return encode(text, null, truncate);
    }

    /**
     * The token ids of {@code text}, special tokens included.
     *
     * @param prompt the name of one of the checkpoint's prompts, to put before the text; null for its default
     * @param truncate whether the end of a text that is too long is cut off; the special tokens after it are kept
     * @throws InputTooLongException when it is too long and may not be cut
     * @throws UnknownPromptException when there is no such prompt
     */
    public int[] encode(String text, @Nullable String prompt, boolean truncate) {
        var whole = rules.apply(text, prompt);
        var tokens = tokenizer.encode(whole, true);
        if (tokens.length <= contextLength) {
            return tokens;
        }
        if (!truncate) {
            throw new InputTooLongException(tokens.length, contextLength);
        }
        var own = tokenizer.encode(whole, false);
        int after = tokens.length - Math.min(tokens.length, place(tokens, own, 0) + own.length);
        var cut = Arrays.copyOf(tokens, contextLength);
        int kept = Math.min(after, contextLength);
        System.arraycopy(tokens, tokens.length - kept, cut, contextLength - kept, kept);
        return cut;
    }

    /**
     * A query and a document as an encoder that judges pairs reads them.
     *
     * @param truncate whether the ends of texts that are too long together are cut off: the longer one's first, then both to the same
     *     length, as Hugging Face's "longest first" does
     * @throws InputTooLongException when they are too long and may not be cut
     */
    public EncoderInput encodePair(String query, String document, boolean truncate) {
        var first = rules.apply(query, null);
        var second = rules.apply(document, null);
        var pair = tokenizer.encodePair(first, second);
        int length = pair.tokenIds().length;
        if (length <= contextLength) {
            return input(pair.tokenIds(), pair.tokenTypes());
        }
        if (!truncate) {
            throw new InputTooLongException(length, contextLength);
        }
        var one = tokenizer.encode(first, false);
        var other = tokenizer.encode(second, false);
        int onePlace = place(pair.tokenIds(), one, 0);
        int otherPlace = place(pair.tokenIds(), other, onePlace + one.length);
        int room = contextLength - (length - one.length - other.length);
        if (room < 0 || otherPlace + other.length > length) {
            throw new InputTooLongException(length, contextLength);
        }
        var kept = keep(one.length, other.length, room);
        var parts = new int[][] {
            {0, onePlace + kept[0]}, {onePlace + one.length, otherPlace + kept[1]}, {otherPlace + other.length, length}
        };
        return input(joined(pair.tokenIds(), parts), joined(pair.tokenTypes(), parts));
    }

    private EncoderInput input(int[] tokenIds, int[] tokenTypes) {
        return typed ? new EncoderInput(tokenIds, tokenTypes) : EncoderInput.of(tokenIds);
    }

    private static boolean hasTypes(Encoder encoder) {
        var table = encoder.tensors().tokenTypes();
        return table != null && table.shape().getFirst() > 1;
    }

    /** How many tokens of two texts remain where {@code room} is less than both together. */
    private static int[] keep(int one, int other, int room) {
        int shorter = Math.min(one, other);
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if (shorter + longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        return one > other ? new int[] {longer, shorter} : new int[] {shorter, longer};
    }

    private static int[] joined(int[] all, int[][] parts) {
        int length = Arrays.stream(parts).mapToInt(part -> part[1] - part[0]).sum();
        var joined = new int[length];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(all, part[0], joined, at, part[1] - part[0]);
            at += part[1] - part[0];
        }
        return joined;
    }

    /** Where a text's own tokens begin within all of them, from {@code from} on; the end where they are not to be found. */
    private static int place(int[] tokens, int[] own, int from) {
        for (int start = from; start + own.length <= tokens.length; start++) {
            if (Arrays.equals(tokens, start, start + own.length, own, 0, own.length)) {
                return start;
            }
        }
        return tokens.length;
    }
}
