package io.weighbridge.engine.chat;

/** A piece of template text. For {@code STRING} the text is the value, escapes resolved; the line counts from 1. */
record Token(Type type, String text, int line) {
    enum Type {
        TEXT,
        VARIABLE_BEGIN,
        VARIABLE_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    boolean isOperator(String operator) {
        return type == Type.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return type == Type.NAME && text.equals(name);
    }

    String described() {
        return switch (type) {
            case END -> "the end of the template";
            case TEXT -> "text";
            case VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                "'" + text + "'";
        };
    }
}
