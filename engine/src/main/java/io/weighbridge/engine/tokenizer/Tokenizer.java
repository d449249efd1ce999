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

    /** The text of {@code tokenIds}; special tokens are left out; incomplete characters come out as U+FFFD. */
    String decode(int[] tokenIds);

    /** The texts that {@link #encode} takes for special tokens. */
    Set<String> specialTokens();

    @Override
    void close();
}
