package io.weighbridge.engine.encoder;

/**
 * What an encoder reads at once: a text, or a pair of texts with the special tokens between them.
 *
 * @param tokenIds special tokens included
 * @param tokenTypes which of the two texts each token belongs to; empty where all are of type 0
 */
public record EncoderInput(int[] tokenIds, int[] tokenTypes) {
    private static final int[] NONE = new int[0];

    public EncoderInput {
        if (tokenTypes.length != 0 && tokenTypes.length != tokenIds.length) {
            throw new IllegalArgumentException(
                    "%d token types for %d tokens".formatted(tokenTypes.length, tokenIds.length));
        }
    }

    /** One text. */
    public static EncoderInput of(int[] tokenIds) {
        return new EncoderInput(tokenIds, NONE);
    }

    public int length() {
        return tokenIds.length;
    }

    /** The type of the token at {@code index}. */
    public int tokenType(int index) {
        return tokenTypes.length == 0 ? 0 : tokenTypes[index];
    }
}
