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
            boolean isRecursive,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {}

    record Assign(int line, Target target, Expression value) implements Statement {}

    /** {@code {% set name %}...{% endset %}}, through filters if there are any. */
    record AssignBlock(int line, Target target, Expression.@Nullable Filter filter, List<Statement> body)
            implements Statement {}

    record Macro(int line, MacroBody macro) implements Statement {}

    /** What can be called: a macro, or the body of a call block, which has the name {@code caller}. */
    record MacroBody(
            String name, List<Parameter> parameters, boolean takesMore, boolean takesMoreNamed, List<Statement> body) {}

    /** {@code {% call macro(...) %}...{% endcall %}}: the macro finds the body as {@code caller}. */
    record CallBlock(int line, MacroBody caller, Expression.Call call) implements Statement {}

    /** {@code {% filter name %}...{% endfilter %}}. */
    record FilterBlock(int line, Expression.Filter filter, List<Statement> body) implements Statement {}

    /** {@code {% with name = value %}...{% endwith %}}. */
    record With(int line, List<Assign> variables, List<Statement> body) implements Statement {}

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
