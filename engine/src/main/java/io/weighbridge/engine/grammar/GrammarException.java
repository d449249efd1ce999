package io.weighbridge.engine.grammar;

/** A grammar cannot be compiled. The message says what is wrong and how to fix it; {@link #kind} says of which sort it is. */
public final class GrammarException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why a grammar is refused. In every case the caller who wrote it can do something about it. */
    public enum Kind {
        /** The text is no JSON, no regular expression, no grammar; or a keyword has a value of the wrong type. */
        SYNTAX,
        /** The text is fine and means something that cannot be generated exactly; the keyword is named. */
        UNSUPPORTED,
        /** Nothing satisfies it. */
        UNSATISFIABLE,
        /** It is larger, or takes longer to compile, than a limit allows. */
        LIMIT
    }

    private final Kind kind;

    private GrammarException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    static GrammarException syntax(String message) {
        return new GrammarException(Kind.SYNTAX, message);
    }

    static GrammarException unsupported(String message) {
        return new GrammarException(Kind.UNSUPPORTED, message);
    }

    static GrammarException unsatisfiable(String message) {
        return new GrammarException(Kind.UNSATISFIABLE, message);
    }

    static GrammarException limit(String message) {
        return new GrammarException(Kind.LIMIT, message);
    }

    public Kind kind() {
        return kind;
    }
}
