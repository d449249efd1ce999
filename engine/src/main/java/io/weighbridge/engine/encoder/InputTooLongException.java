package io.weighbridge.engine.encoder;

/** An input has more tokens than the encoder takes. */
public final class InputTooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public InputTooLongException(int tokenCount, int contextLength) {
        super("the input has %d tokens; the model takes at most %d".formatted(tokenCount, contextLength));
    }
}
