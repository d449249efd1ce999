package io.weighbridge.engine.sampling;

/** Which tokens may come next in one text; moves on with each. Belongs to the engine's thread. */
public interface TokenMask {
    /**
     * Writes which tokens may come next: bit {@code id % 64} of {@code bits[id / 64]}, end tokens among them where the text may end.
     *
     * @param tokensLeft so many may still come; the mask leads to an end in time where it can
     * @throws MaskLimitException if it takes too long to find them
     */
    void mask(long[] bits, int tokensLeft);

    /**
     * Makes the next mask beforehand, as far as there is {@code room}; true when {@link #mask} with as many tokens left takes no time any more, or only tells that it
     * cannot. After false it goes on where it was when it is asked again.
     */
    default boolean prepare(int tokensLeft, MaskWork room) {
        return true;
    }

    /** Takes a token that the mask allowed. If it takes too long to find what follows, the next mask says so. */
    void advance(int tokenId);

    /** The same place, moving on by itself. */
    TokenMask copy();
}
