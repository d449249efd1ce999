package io.weighbridge.engine.message;

import java.util.random.RandomGenerator;

/** Makes ids of tool calls: letters and digits, as many as the format's templates accept. */
final class CallIds {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static final int LENGTH = 24;
    /** Mistral's templates refuse any other length. */
    private static final int MISTRAL_LENGTH = 9;

    private final RandomGenerator random;
    private final boolean mistral;

    CallIds(RandomGenerator random, MessageFormat format) {
        this.random = random;
        this.mistral = format == MessageFormat.MISTRAL;
    }

    String next() {
        var id = new StringBuilder(mistral ? "" : "call_");
        for (int i = 0; i < (mistral ? MISTRAL_LENGTH : LENGTH); i++) {
            id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
