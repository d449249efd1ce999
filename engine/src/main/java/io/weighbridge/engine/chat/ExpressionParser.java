package io.weighbridge.engine.chat;

import io.weighbridge.engine.chat.Expression.CallArguments;
import io.weighbridge.engine.chat.Token.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Parses expressions. One method per level of binding, loosest first. */
final class ExpressionParser {
    private final TokenStream tokens;

    /** Filters and tests that nobody knows. As in Jinja they are no error where a condition may keep them from running. */
    private final List<TemplateException> unknown = new ArrayList<>();

    private boolean allowsUnknown;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Whether what follows may use unknown filters and tests until it runs; gives back what was before. */
    boolean allowUnknownNames(boolean allow) {
        boolean before = allowsUnknown;
        allowsUnknown = allow;
        return before;
    }

    /** Throws for the first unknown filter or test so far that has no excuse. */
    void checkNames() {
        if (!unknown.isEmpty()) {
            throw unknown.getFirst();
        }
    }

    private void unknown(int line, String what, String name) {
        if (!allowsUnknown) {
            unknown.add(TemplateException.syntax(line, "the %s '%s' is not supported".formatted(what, name)));
        }
    }

    Expression expression() {
        tokens.enter();
        var expression = conditional();
        tokens.leave();
        return expression;
    }

    /** An expression, or several with commas, which are a tuple. */
    Expression tupleOrExpression() {
        return tuple(true);
    }

    /** As {@link #tupleOrExpression}, where a following {@code if} belongs to the statement. */
    Expression iterated() {
        return tuple(false);
    }

    private Expression tuple(boolean withConditional) {
        tokens.enter();
        var first = withConditional ? conditional() : or();
        if (tokens.current().isOperator(",")) {
            var items = new ArrayList<Expression>(List.of(first));
            while (tokens.skipOperator(",") && !endsTuple()) {
                items.add(withConditional ? conditional() : or());
            }
            first = new Expression.TupleOf(items);
        }
        tokens.leave();
        return first;
    }

    private boolean endsTuple() {
        return switch (tokens.current().type()) {
            case VARIABLE_END, BLOCK_END, END -> true;
            case OPERATOR -> tokens.current().isOperator(")");
            case TEXT, VARIABLE_BEGIN, BLOCK_BEGIN, NAME, STRING, INTEGER, FLOAT -> false;
        };
    }

    private Expression conditional() {
        int unknownBefore = unknown.size();
        var value = or();
        while (tokens.skipName("if")) {
            var condition = or();
            Expression otherwise = tokens.skipName("else") ? expression() : null;
            unknown.subList(unknownBefore, unknown.size()).clear();
            value = new Expression.Conditional(condition, value, otherwise);
        }
        return value;
    }

    private Expression or() {
        var left = and();
        while (tokens.skipName("or")) {
            left = new Expression.Or(left, and());
        }
        return left;
    }

    private Expression and() {
        var left = not();
        while (tokens.skipName("and")) {
            left = new Expression.And(left, not());
        }
        return left;
    }

    private Expression not() {
        if (tokens.skipName("not")) {
            tokens.enter();
            var value = new Expression.Not(not());
            tokens.leave();
            return value;
        }
        return comparison();
    }

    private Expression comparison() {
        var first = sum();
        var rest = new ArrayList<Expression.Comparison>();
        while (true) {
            var token = tokens.current();
            if (token.type() == Type.OPERATOR
                    && List.of("==", "!=", "<", "<=", ">", ">=").contains(token.text())) {
                tokens.next();
                rest.add(new Expression.Comparison(token.text(), sum()));
            } else if (tokens.skipName("in")) {
                rest.add(new Expression.Comparison("in", sum()));
            } else if (token.isName("not") && tokens.following().isName("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Expression.Comparison("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Compare(first, rest);
            }
        }
    }

    private Expression sum() {
        var left = concat();
        while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
            var operator = tokens.next().text();
            left = new Expression.Binary(operator, left, concat());
        }
        return left;
    }

    private Expression concat() {
        var first = product();
        if (!tokens.current().isOperator("~")) {
            return first;
        }
        var parts = new ArrayList<Expression>(List.of(first));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concat(parts);
    }

    private Expression product() {
        var left = power();
        while (tokens.current().type() == Type.OPERATOR
                && List.of("*", "/", "//", "%").contains(tokens.current().text())) {
            var operator = tokens.next().text();
            left = new Expression.Binary(operator, left, power());
        }
        return left;
    }

    private Expression power() {
        var left = unary(true);
        while (tokens.skipOperator("**")) {
            left = new Expression.Binary("**", left, unary(true));
        }
        return left;
    }

    private Expression unary(boolean withFilters) {
        Expression value;
        if (tokens.current().isOperator("-") || tokens.current().isOperator("+")) {
            boolean negative = tokens.next().text().equals("-");
            tokens.enter();
            value = new Expression.Sign(negative, unary(false));
            tokens.leave();
        } else {
            value = primary();
        }
        value = postfix(value);
        return withFilters ? filtered(value) : value;
    }

    private Expression primary() {
        var token = tokens.next();
        return switch (token.type()) {
            case NAME -> named(token.text());
            case STRING -> {
                var text = new StringBuilder(token.text());
                while (tokens.current().type() == Type.STRING) {
                    text.append(tokens.next().text());
                }
                yield new Expression.Literal(text.toString());
            }
            case INTEGER -> new Expression.Literal(integer(token));
            case FLOAT -> new Expression.Literal(Double.parseDouble(token.text()));
            case OPERATOR ->
                switch (token.text()) {
                    case "(" -> parenthesized();
                    case "[" -> new Expression.ListOf(items("]"));
                    case "{" -> dict();
                    default -> throw notAnExpression(token);
                };
            case TEXT, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> throw notAnExpression(token);
        };
    }

    private static TemplateException notAnExpression(Token token) {
        return TemplateException.syntax(token.line(), "an expression expected, found " + token.described());
    }

    private static Expression named(String name) {
        return switch (name) {
            case "true", "True" -> new Expression.Literal(true);
            case "false", "False" -> new Expression.Literal(false);
            case "none", "None" -> new Expression.Literal(None.NONE);
            default -> new Expression.Name(name);
        };
    }

    private static Long integer(Token token) {
        var text = token.text();
        try {
            if (text.length() > 2 && text.charAt(0) == '0' && Character.isLetter(text.charAt(1))) {
                int radix = switch (Character.toLowerCase(text.charAt(1))) {
                    case 'x' -> 16;
                    case 'o' -> 8;
                    default -> 2;
                };
                return Long.parseLong(text.substring(2), radix);
            }
            return Long.parseLong(text);
        } catch (NumberFormatException _) {
            throw TemplateException.syntax(token.line(), "not an integer of 64 bits: " + text);
        }
    }

    private Expression parenthesized() {
        if (tokens.skipOperator(")")) {
            return new Expression.TupleOf(List.of());
        }
        var inner = tuple(true);
        tokens.expectOperator(")");
        return inner;
    }

    private List<Expression> items(String closing) {
        var items = new ArrayList<Expression>();
        while (!tokens.skipOperator(closing)) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(closing)) {
                    break;
                }
            }
            items.add(expression());
        }
        return items;
    }

    private Expression dict() {
        var pairs = new ArrayList<Expression.Pair>();
        while (!tokens.skipOperator("}")) {
            if (!pairs.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            var key = expression();
            tokens.expectOperator(":");
            pairs.add(new Expression.Pair(key, expression()));
        }
        return new Expression.DictOf(pairs);
    }

    private Expression postfix(Expression start) {
        var value = start;
        while (true) {
            if (tokens.skipOperator(".")) {
                var token = tokens.next();
                value = switch (token.type()) {
                    case NAME -> new Expression.Attribute(value, token.text());
                    case INTEGER -> new Expression.Item(value, new Expression.Literal(integer(token)));
                    default -> throw TemplateException.syntax(token.line(), "a name expected after '.'");
                };
            } else if (tokens.skipOperator("[")) {
                value = subscript(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression object) {
        @Nullable Expression from = tokens.current().isOperator(":") ? null : expression();
        if (from != null && tokens.skipOperator("]")) {
            return new Expression.Item(object, from);
        }
        tokens.expectOperator(":");
        @Nullable Expression to = null;
        @Nullable Expression step = null;
        if (!tokens.current().isOperator(":") && !tokens.current().isOperator("]")) {
            to = expression();
        }
        if (tokens.skipOperator(":") && !tokens.current().isOperator("]")) {
            step = expression();
        }
        tokens.expectOperator("]");
        return new Expression.Slice(object, from, to, step);
    }

    private Expression filtered(Expression start) {
        var value = start;
        while (true) {
            if (tokens.skipOperator("|")) {
                value = filter(value);
            } else if (tokens.skipName("is")) {
                value = test(value);
            } else if (tokens.current().isOperator("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    /** A filter, the bar before it already taken. */
    Expression.Filter filter(@Nullable Expression value) {
        int line = tokens.current().line();
        var name = tokens.expect(Type.NAME, "a filter's name").text();
        if (!Filters.isKnown(name)) {
            unknown(line, "filter", name);
        }
        return new Expression.Filter(value, name, tokens.current().isOperator("(") ? arguments() : CallArguments.NONE);
    }

    private Expression test(Expression value) {
        boolean negated = tokens.skipName("not");
        int line = tokens.current().line();
        var name = tokens.expect(Type.NAME, "a test's name").text();
        if (!Tests.isKnown(name)) {
            unknown(line, "test", name);
        }
        var token = tokens.current();
        var arguments = CallArguments.NONE;
        if (token.isOperator("(")) {
            arguments = arguments();
        } else if (startsArgument(token)) {
            if (token.isName("is")) {
                throw TemplateException.syntax(token.line(), "tests cannot be chained with 'is'");
            }
            arguments = new CallArguments(List.of(postfix(primary())), List.of());
        }
        return new Expression.Test(value, name, arguments, negated);
    }

    private static boolean startsArgument(Token token) {
        return switch (token.type()) {
            case NAME -> !List.of("else", "or", "and").contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case TEXT, VARIABLE_BEGIN, VARIABLE_END, BLOCK_BEGIN, BLOCK_END, END -> false;
        };
    }

    private CallArguments arguments() {
        tokens.expectOperator("(");
        var positional = new ArrayList<Expression>();
        var named = new ArrayList<Expression.Named>();
        boolean first = true;
        while (!tokens.skipOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            if (tokens.current().type() == Type.NAME && tokens.following().isOperator("=")) {
                var name = tokens.next().text();
                tokens.next();
                named.add(new Expression.Named(name, expression()));
            } else if (!named.isEmpty()) {
                throw tokens.unexpected("a named argument");
            } else {
                positional.add(expression());
            }
        }
        return new CallArguments(positional, named);
    }
}
