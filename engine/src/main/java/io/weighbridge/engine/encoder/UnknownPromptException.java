package io.weighbridge.engine.encoder;

import java.util.Set;
import java.util.TreeSet;

/** A text shall be embedded with a prompt that the checkpoint does not define. */
public final class UnknownPromptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnknownPromptException(String name, Set<String> known) {
        super(
                known.isEmpty()
                        ? "the model defines no prompts, so there is none named '%s'; leave it out".formatted(name)
                        : "the model has no prompt '%s'; it has %s".formatted(name, new TreeSet<>(known)));
    }
}
