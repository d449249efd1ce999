package io.weighbridge.engine.chat;

import io.weighbridge.engine.chat.Token.Type;
import java.util.List;

/** Tokens with a place in them, and the nesting of what is being parsed. */
final class TokenStream {
    private final List<Token> tokens;
    private int at;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    /** A place to look back from with {@link #named}. */
    int position() {
        return at;
    }

    /** Whether {@code name} stands between the place {@code from} and here. */
    boolean named(String name, int from) {
        return tokens.subList(from, at).stream().anyMatch(token -> token.isName(name));
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    Token next() {
        var token = tokens.get(at);
        if (token.type() != Type.END) {
            at++;
        }
        return token;
    }

    boolean skipOperator(String operator) {
        if (current().isOperator(operator)) {
            next();
            return true;
        }
        return false;
    }

    boolean skipName(String name) {
        if (current().isName(name)) {
            next();
            return true;
        }
        return false;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw unexpected("'" + operator + "'");
        }
    }

    Token expect(Type type, String what) {
        if (current().type() != type) {
            throw unexpected(what);
        }
        return next();
    }

    TemplateException unexpected(String wanted) {
        return TemplateException.syntax(
                current().line(),
                "%s expected, found %s".formatted(wanted, current().described()));
    }

    /** Goes one level deeper; each call needs a {@link #leave}. */
    void enter() {
        if (++depth > ChatTemplate.NESTING_MAX) {
            throw TemplateException.limit(
                    "line %d: nested more than %d deep".formatted(current().line(), ChatTemplate.NESTING_MAX));
        }
    }

    void leave() {
        depth--;
    }
}
