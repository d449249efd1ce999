package io.weighbridge.engine.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template computes. */
sealed interface Expression {
    /** A number, string, boolean or none. */
    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record TupleOf(List<Expression> items) implements Expression {}

    record DictOf(List<Pair> pairs) implements Expression {}

    record Pair(Expression key, Expression value) {}

    /** {@code object.name}. */
    record Attribute(Expression object, String name) implements Expression {}

    /** {@code object[key]}. */
    record Item(Expression object, Expression key) implements Expression {}

    /** {@code object[from:to:step]}. */
    record Slice(
            Expression object,
            @Nullable Expression from,
            @Nullable Expression to,
            @Nullable Expression step) implements Expression {}

    record Call(Expression function, CallArguments arguments) implements Expression {}

    /** The arguments of a call, a filter or a test, before evaluation. */
    record CallArguments(List<Expression> positional, List<Named> named) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of());
    }

    record Named(String name, Expression value) {}

    /** {@code value | name(arguments)}. Without a value, as in a block set, the block's text is the value. */
    record Filter(@Nullable Expression value, String name, CallArguments arguments) implements Expression {}

    /** {@code value is name(arguments)}. */
    record Test(Expression value, String name, CallArguments arguments, boolean negated) implements Expression {}

    /** {@code + - * / // % **} between two values. */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code ~} between two or more. */
    record Concat(List<Expression> parts) implements Expression {}

    /** {@code + -} before a value. */
    record Sign(boolean negative, Expression value) implements Expression {}

    record Not(Expression value) implements Expression {}

    record And(Expression left, Expression right) implements Expression {}

    record Or(Expression left, Expression right) implements Expression {}

    /** {@code a < b <= c}: true when each neighboring pair is. */
    record Compare(Expression first, List<Comparison> rest) implements Expression {}

    /** One of {@code == != < <= > >= in}, and {@code not in}. */
    record Comparison(String operator, Expression right) {}

    /** {@code then if condition else otherwise}; undefined where there is no else. */
    record Conditional(
            Expression condition, Expression then, @Nullable Expression otherwise) implements Expression {}
}
