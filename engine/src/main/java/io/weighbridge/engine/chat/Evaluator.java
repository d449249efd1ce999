package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Computes expressions. */
final class Evaluator {
    private final Budget budget;

    Evaluator(Budget budget) {
        this.budget = budget;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.enter();
        var value = valueOf(expression, scope);
        budget.leave();
        return value;
    }

    private Object valueOf(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal(var value) -> value;
            case Expression.Name(var name) -> scope.get(name);
            case Expression.ListOf(var items) -> all(items, scope);
            case Expression.TupleOf(var items) -> new Tuple(all(items, scope));
            case Expression.DictOf(var pairs) -> dict(pairs, scope);
            case Expression.Attribute(var object, var name) ->
                Access.attribute(Markup.plain(evaluate(object, scope)), name, budget);
            case Expression.Item(var object, var key) ->
                Access.item(Markup.plain(evaluate(object, scope)), Markup.plain(evaluate(key, scope)), budget);
            case Expression.Slice(var object, var from, var to, var step) ->
                Access.slice(
                        Markup.plain(evaluate(object, scope)),
                        orNone(from, scope),
                        orNone(to, scope),
                        orNone(step, scope),
                        budget);
            case Expression.Call call -> call(call, null, scope);
            case Expression.Filter filter -> filtered(filter, null, scope);
            case Expression.Test(var value, var name, var arguments, var negated) ->
                Tests.holds(name, evaluate(value, scope), arguments(arguments, scope)) != negated;
            case Expression.Binary(var operator, var left, var right) ->
                Arithmetic.apply(operator, evaluate(left, scope), evaluate(right, scope), budget);
            case Expression.Concat(var parts) -> concat(parts, scope);
            case Expression.Sign(var negative, var value) -> Arithmetic.signed(negative, evaluate(value, scope));
            case Expression.Not(var value) -> !Values.isTrue(evaluate(value, scope));
            case Expression.And(var left, var right) -> {
                var value = evaluate(left, scope);
                yield Values.isTrue(value) ? evaluate(right, scope) : value;
            }
            case Expression.Or(var left, var right) -> {
                var value = evaluate(left, scope);
                yield Values.isTrue(value) ? value : evaluate(right, scope);
            }
            case Expression.Compare(var first, var rest) -> compare(first, rest, scope);
            case Expression.Conditional(var condition, var then, var otherwise) -> {
                if (Values.isTrue(evaluate(condition, scope))) {
                    yield evaluate(then, scope);
                }
                yield otherwise == null ? new Undefined("the inline if has no else") : evaluate(otherwise, scope);
            }
        };
    }

    private Object orNone(@Nullable Expression expression, Scope scope) {
        return expression == null ? None.NONE : evaluate(expression, scope);
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        var values = new ArrayList<Object>();
        expressions.forEach(expression -> values.add(evaluate(expression, scope)));
        return values;
    }

    private Map<Object, Object> dict(List<Expression.Pair> pairs, Scope scope) {
        var dict = new LinkedHashMap<Object, Object>();
        for (var pair : pairs) {
            var key = evaluate(pair.key(), scope);
            if (!Values.isKey(key)) {
                throw TemplateException.evaluation("a %s cannot be a dict's key".formatted(Values.typeName(key)));
            }
            dict.put(key, evaluate(pair.value(), scope));
        }
        return dict;
    }

    /** The result of a call, which finds {@code caller} if there is one. */
    Object call(Expression.Call call, @Nullable Function caller, Scope scope) {
        return switch (evaluate(call.function(), scope)) {
            case Function callable -> {
                var arguments = arguments(call.arguments(), scope);
                yield callable.call(caller == null ? arguments : arguments.with("caller", caller));
            }
            case Loop loop -> loop.call(arguments(call.arguments(), scope));
            case Undefined undefined -> throw undefined.error();
            case Object other ->
                throw TemplateException.evaluation("a %s cannot be called".formatted(Values.typeName(other)));
        };
    }

    private Arguments arguments(Expression.CallArguments arguments, Scope scope) {
        if (arguments.positional().isEmpty() && arguments.named().isEmpty()) {
            return Arguments.NONE;
        }
        var named = new LinkedHashMap<String, Object>();
        for (var argument : arguments.named()) {
            if (named.put(argument.name(), Markup.plain(evaluate(argument.value(), scope))) != null) {
                throw TemplateException.evaluation("the argument '%s' is given twice".formatted(argument.name()));
            }
        }
        var positional = all(arguments.positional(), scope);
        positional.replaceAll(Markup::plain);
        return new Arguments(positional, named);
    }

    /** The filter chain over its own value, or over {@code input} where the chain has none. */
    Object filtered(Expression.Filter filter, @Nullable Object input, Scope scope) {
        Object value = switch (filter.value()) {
            case null -> input == null ? None.NONE : input;
            case Expression.Filter inner when input != null -> filtered(inner, input, scope);
            case Expression inner -> evaluate(inner, scope);
        };
        return Filters.apply(filter.name(), value, arguments(filter.arguments(), scope), budget);
    }

    private String concat(List<Expression> parts, Scope scope) {
        var text = new StringBuilder();
        for (var part : parts) {
            text.append(Values.text(evaluate(part, scope)));
            if (text.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
                budget.characters(text.length());
            }
        }
        return budget.text(text.toString());
    }

    private boolean compare(Expression first, List<Expression.Comparison> rest, Scope scope) {
        var left = Markup.plain(evaluate(first, scope));
        for (var comparison : rest) {
            var right = Markup.plain(evaluate(comparison.right(), scope));
            boolean holds = switch (comparison.operator()) {
                case "==" -> Values.equal(left, right);
                case "!=" -> !Values.equal(left, right);
                case "<" -> Values.compare(left, right) < 0;
                case "<=" -> Values.compare(left, right) <= 0;
                case ">" -> Values.compare(left, right) > 0;
                case ">=" -> Values.compare(left, right) >= 0;
                case "in" -> Values.contains(right, left);
                default -> !Values.contains(right, left);
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }
}
