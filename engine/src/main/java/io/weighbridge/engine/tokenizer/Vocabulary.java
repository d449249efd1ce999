package io.weighbridge.engine.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that each token id adds to a text. The bytes of a text's tokens, one after the other, are the text's own in UTF-8
 * as far as the checkpoint keeps it. Some put a space before every text ({@link #startsWithSpace}), write SentencePiece's mark
 * U+2581 and the space alike, compose characters first, or lack tokens for bytes that no text has. Control tokens have no
 * bytes. Immutable.
 */
public final class Vocabulary {
    private static final byte[] NOTHING = {};

    /** All tokens' bytes, one after the other. */
    private final byte[] bytes;

    /** Where each token's bytes start, and at last where the last one's end. */
    private final int[] starts;

    private final BitSet control;
    private final boolean startsWithSpace;

    private Vocabulary(byte[] bytes, int[] starts, BitSet control, boolean startsWithSpace) {
        this.bytes = bytes;
        this.starts = starts;
        this.control = control;
        this.startsWithSpace = startsWithSpace;
    }

    /**
     * A vocabulary of {@code size} ids.
     *
     * @param startsWithSpace as for {@link #startsWithSpace()}
     * @param bytesOf the bytes of an id; null for a control token
     */
    public static Vocabulary of(int size, boolean startsWithSpace, IntFunction<byte @Nullable []> bytesOf) {
        var starts = new int[size + 1];
        var all = new byte[Math.max(16, size * 8)];
        var control = new BitSet(size);
        int end = 0;
        for (int id = 0; id < size; id++) {
            var own = bytesOf.apply(id);
            if (own == null) {
                control.set(id);
                own = NOTHING;
            }
            if (end + own.length > all.length) {
                all = Arrays.copyOf(all, Math.max(all.length * 2, end + own.length));
            }
            System.arraycopy(own, 0, all, end, own.length);
            end += own.length;
            starts[id + 1] = end;
        }
        return new Vocabulary(Arrays.copyOf(all, end), starts, control, startsWithSpace);
    }

    /** Token ids run from zero to below this. A model may have logits for more; those ids stand for nothing. */
    public int size() {
        return starts.length - 1;
    }

    /** What {@code tokenId} adds to the text; nothing for a control token and for an id beyond the vocabulary. */
    public byte[] bytes(int tokenId) {
        if (tokenId < 0 || tokenId >= size()) {
            return NOTHING;
        }
        return Arrays.copyOfRange(bytes, starts[tokenId], starts[tokenId + 1]);
    }

    /** Whether the tokenizer puts a space before a text. The first space of a completion is left out then. */
    public boolean startsWithSpace() {
        return startsWithSpace;
    }

    /** The text of {@code tokenIds}; control tokens give none, and incomplete characters come out as U+FFFD. */
    public String text(int[] tokenIds) {
        var all = new ByteArrayOutputStream();
        for (int id : tokenIds) {
            if (id >= 0 && id < size()) {
                all.write(bytes, starts[id], starts[id + 1] - starts[id]);
            }
        }
        var text = all.toString(StandardCharsets.UTF_8);
        return startsWithSpace && text.startsWith(" ") ? text.substring(1) : text;
    }

    /** Whether {@code tokenId} is no text: a special token, or an id beyond the vocabulary. */
    public boolean isControl(int tokenId) {
        return tokenId < 0 || tokenId >= size() || control.get(tokenId);
    }
}
