package io.weighbridge.engine.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a template does. The line is where it begins. */
sealed interface Statement {
    int line();

    record Text(int line, String text) implements Statement {}

    record Output(int line, Expression value) implements Statement {}

    record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record For(
            int line,
            Target target,
            Expression values,
            @Nullable Expression condition,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Assign(int line, Target target, Expression value) implements Statement {}

    /** {@code {% set name %}...{% endset %}}, through filters if there are any. */
    record AssignBlock(int line, Target target, Expression.@Nullable Filter filter, List<Statement> body)
            implements Statement {}

    record Macro(int line, String name, List<Parameter> parameters, List<Statement> body) implements Statement {}

    record Parameter(String name, @Nullable Expression whenAbsent) {}

    /** A part with its own variables and no effect otherwise: {@code {% generation %}}. */
    record Block(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /** What can stand left of {@code =} and after {@code for}. */
    sealed interface Target {}

    record NameTarget(String name) implements Target {}

    record AttributeTarget(String namespace, String attribute) implements Target {}

    record TupleTarget(List<Target> targets) implements Target {}
}
