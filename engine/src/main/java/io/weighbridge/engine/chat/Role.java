package io.weighbridge.engine.chat;

import java.util.Locale;

/** Who speaks a message of a chat. */
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT,
    TOOL;

    /** The word for it in JSON and in templates: {@code system}, {@code user}, {@code assistant} or {@code tool}. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
