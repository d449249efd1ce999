package io.weighbridge.engine.chat;

/** A chat template cannot be read or rendered. {@link #kind} says whose fault it is. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong with a template. */
    public enum Kind {
        /** The text is no template, or uses something that is not supported; the checkpoint's fault. */
        SYNTAX,
        /** An expression cannot be computed, such as a number added to a string; the checkpoint's fault. */
        EVALUATION,
        /** Rendering would take more than a limit allows; the template's fault or the messages'. */
        LIMIT,
        /** The template itself refused these messages with {@code raise_exception}; the caller's fault. */
        REFUSED
    }

    /** Longest message in characters. What a message quotes is the template's, and so is its length. */
    static final int MESSAGE_CHARACTERS_MAX = 2_000;

    private final Kind kind;
    private boolean located;

    private TemplateException(Kind kind, String message) {
        super(
                message.length() <= MESSAGE_CHARACTERS_MAX
                        ? message
                        : message.substring(0, MESSAGE_CHARACTERS_MAX - 3) + "...");
        this.kind = kind;
    }

    static TemplateException syntax(int line, String message) {
        return new TemplateException(Kind.SYNTAX, "chat template, line %d: %s".formatted(line, message));
    }

    static TemplateException evaluation(String message) {
        return new TemplateException(Kind.EVALUATION, message);
    }

    static TemplateException limit(String message) {
        return new TemplateException(Kind.LIMIT, "chat template: " + message);
    }

    static TemplateException refused(String message) {
        return new TemplateException(
                Kind.REFUSED,
                message.isBlank() ? "the chat template refuses these messages without a reason" : message);
    }

    /** The same with the line, for evaluation errors, which are found where no line is known. */
    TemplateException at(int line) {
        if (kind != Kind.EVALUATION || located) {
            return this;
        }
        var there = evaluation("chat template, line %d: %s".formatted(line, getMessage()));
        there.located = true;
        there.initCause(this);
        return there;
    }

    public Kind kind() {
        return kind;
    }

    /** Whether the template refused the messages, in its own words, which are the message then. */
    public boolean isRefusal() {
        return kind == Kind.REFUSED;
    }
}
