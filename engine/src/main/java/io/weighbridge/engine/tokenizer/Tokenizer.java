package io.weighbridge.engine.tokenizer;

import java.util.Set;

/** Text to token ids and back. Implementations are thread-safe. */
public interface Tokenizer extends AutoCloseable {
    /**
     * The token ids of {@code text}. Special tokens written in the text become their ids.
     *
     * @param addSpecialTokens whether the tokens that the checkpoint puts around a text (such as beginning-of-sequence) are
     *     added
     */
    int[] encode(String text, boolean addSpecialTokens);

    /**
     * Two texts as the checkpoint puts them together for encoders that judge a pair: token ids with all special tokens, and which of the
     * two texts each belongs to, 0 or 1.
     *
     * @throws UnsupportedOperationException when this tokenizer cannot
     */
    default Pair encodePair(String first, String second) {
        throw new UnsupportedOperationException("this tokenizer has no form for pairs of texts");
    }

    /** Two texts as token ids, of the same length as their types. */
    record Pair(int[] tokenIds, int[] tokenTypes) {}

    /**
     * The token ids of a text that goes on after another, cut at a place that must not join: without what a tokenizer puts before a text
     * that begins, if it can be told not to.
     */
    default int[] encodeMore(String text) {
        return encode(text, false);
    }

    /** The text of {@code tokenIds}; special tokens are left out; incomplete characters come out as U+FFFD. */
    default String decode(int[] tokenIds) {
        return vocabulary().text(tokenIds);
    }

    /** The texts that {@link #encode} takes for special tokens. */
    Set<String> specialTokens();

    /** The bytes of every token id, for what has to know text token by token. */
    Vocabulary vocabulary();

    @Override
    void close();
}
