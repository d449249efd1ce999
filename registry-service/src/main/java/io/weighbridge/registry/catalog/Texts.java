package io.weighbridge.registry.catalog;

import org.jspecify.annotations.Nullable;

/** Limits of texts that people write. */
final class Texts {
    private Texts() {}

    /** Throws when {@code text} is blank or longer than {@code lengthMax} characters; null is fine. */
    static void require(String what, @Nullable String text, int lengthMax) {
        if (text == null) {
            return;
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException("%s is blank: leave it out or say it".formatted(what));
        }
        if (text.length() > lengthMax) {
            throw new IllegalArgumentException(
                    "%s has %d characters, the limit is %d".formatted(what, text.length(), lengthMax));
        }
    }
}
