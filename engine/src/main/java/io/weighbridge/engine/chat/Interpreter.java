package io.weighbridge.engine.chat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/** Runs the statements of one template once. Not thread-safe. */
final class Interpreter {
    /** How a run of statements ended. */
    private enum Flow {
        ON,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private StringBuilder out = new StringBuilder();

    Interpreter(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(budget);
    }

    String run(List<Statement> template, Scope scope) {
        runAll(template, scope);
        return out.toString();
    }

    private Flow runAll(List<Statement> statements, Scope scope) {
        for (var statement : statements) {
            budget.enter();
            Flow flow;
            try {
                flow = run(statement, scope);
            } catch (TemplateException e) {
                throw e.at(statement.line());
            }
            budget.leave();
            if (flow != Flow.ON) {
                return flow;
            }
        }
        return Flow.ON;
    }

    private Flow run(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Text text -> print(text.text());
            case Statement.Output output -> print(Values.text(evaluator.evaluate(output.value(), scope)));
            case Statement.If choice -> {
                return runAll(chosen(choice, scope), scope);
            }
            case Statement.For loop -> runLoop(loop, Values.items(evaluator.evaluate(loop.values(), scope)), scope, 1);
            case Statement.Assign assign -> assign(assign.target(), evaluator.evaluate(assign.value(), scope), scope);
            case Statement.AssignBlock assign -> {
                Object text = captured(assign.body(), scope.inner());
                var filter = assign.filter();
                assign(assign.target(), filter == null ? text : evaluator.filtered(filter, text, scope), scope);
            }
            case Statement.Macro(var _, var macro) -> scope.set(macro.name(), macro(macro, scope));
            case Statement.CallBlock block ->
                print(Values.text(evaluator.call(block.call(), macro(block.caller(), scope), scope)));
            case Statement.FilterBlock block ->
                print(Values.text(evaluator.filtered(block.filter(), captured(block.body(), scope.inner()), scope)));
            case Statement.With with -> {
                var inner = scope.inner();
                for (var variable : with.variables()) {
                    assign(variable.target(), evaluator.evaluate(variable.value(), scope), inner);
                }
                return runAll(with.body(), inner);
            }
            case Statement.Block block -> {
                return runAll(block.body(), scope.inner());
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.ON;
    }

    private void print(String text) {
        budget.characters(text.length());
        if (out.length() + text.length() > ChatTemplate.OUTPUT_CHARACTERS_MAX) {
            budget.characters((long) out.length() + text.length());
        }
        out.append(text);
    }

    private List<Statement> chosen(Statement.If choice, Scope scope) {
        for (var branch : choice.branches()) {
            if (Values.isTrue(evaluator.evaluate(branch.condition(), scope))) {
                return branch.body();
            }
        }
        return choice.otherwise();
    }

    private void runLoop(Statement.For statement, List<Object> values, Scope scope, int depth) {
        var items = values;
        budget.steps(items.size());
        var condition = statement.condition();
        if (condition != null) {
            var kept = new ArrayList<Object>();
            for (var item : items) {
                var round = scope.inner();
                assign(statement.target(), item, round);
                if (Values.isTrue(evaluator.evaluate(condition, round))) {
                    kept.add(item);
                }
            }
            items = kept;
        }
        if (items.isEmpty()) {
            runAll(statement.otherwise(), scope.inner());
            return;
        }
        var loop = new Loop(items, depth, statement.isRecursive() ? inner(statement, scope, depth) : null);
        for (int i = 0; i < items.size(); i++) {
            budget.steps(1);
            loop.moveTo(i);
            var round = scope.inner();
            round.set("loop", loop);
            assign(statement.target(), items.get(i), round);
            if (runAll(statement.body(), round) == Flow.BREAK) {
                break;
            }
        }
    }

    /** A recursive loop called in its own body: the same over other values. */
    private Function inner(Statement.For statement, Scope scope, int depth) {
        return arguments -> {
            budget.enter();
            var values = Values.items(arguments.bind("loop", 1, "iterable").get("iterable"));
            var text = captured(() -> runLoop(statement, values, scope, depth + 1));
            budget.leave();
            return text;
        };
    }

    private void assign(Statement.Target target, Object value, Scope scope) {
        switch (target) {
            case Statement.NameTarget(var name) -> scope.set(name, value);
            case Statement.AttributeTarget(var name, var attribute) -> {
                if (!(scope.get(name) instanceof Namespace namespace)) {
                    throw TemplateException.evaluation(
                            "'%s' is no namespace, so '%s.%s' cannot be set".formatted(name, name, attribute));
                }
                Namespace.checkName(attribute);
                namespace.attributes.put(attribute, value);
            }
            case Statement.TupleTarget(var targets) -> {
                var items = Values.items(value);
                if (items.size() != targets.size()) {
                    throw TemplateException.evaluation(
                            "%d values for %d variables".formatted(items.size(), targets.size()));
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), items.get(i), scope);
                }
            }
        }
    }

    /** What {@code statements} print, kept from the output. */
    private String captured(List<Statement> statements, Scope scope) {
        return captured(() -> runAll(statements, scope));
    }

    private String captured(Runnable run) {
        var outer = out;
        out = new StringBuilder();
        try {
            run.run();
            return out.toString();
        } finally {
            out = outer;
        }
    }

    private Function macro(Statement.MacroBody macro, Scope defined) {
        return arguments -> {
            budget.enter();
            var scope = defined.inner();
            bindParameters(macro, arguments, scope);
            var text = captured(macro.body(), scope);
            budget.leave();
            return text;
        };
    }

    private void bindParameters(Statement.MacroBody macro, Arguments arguments, Scope scope) {
        int given = arguments.positional().size();
        int known = macro.parameters().size();
        if (given > known && !macro.takesMore()) {
            throw TemplateException.evaluation(
                    "the macro '%s' takes at most %d arguments, got %d".formatted(macro.name(), known, given));
        }
        Set<String> unknown = new HashSet<>(arguments.named().keySet());
        for (int i = 0; i < macro.parameters().size(); i++) {
            var parameter = macro.parameters().get(i);
            var whenAbsent = parameter.whenAbsent();
            var named = arguments.named().get(parameter.name());
            unknown.remove(parameter.name());
            if (i < given && named != null) {
                throw TemplateException.evaluation(
                        "the macro '%s' gets its parameter '%s' twice".formatted(macro.name(), parameter.name()));
            }
            if (i < arguments.positional().size()) {
                scope.set(parameter.name(), arguments.positional().get(i));
            } else if (named != null) {
                scope.set(parameter.name(), named);
            } else if (whenAbsent != null) {
                scope.set(parameter.name(), evaluator.evaluate(whenAbsent, scope));
            } else {
                scope.set(parameter.name(), new Undefined("parameter '%s' was not given".formatted(parameter.name())));
            }
        }
        var caller = arguments.named().get("caller");
        if (caller != null && unknown.remove("caller")) {
            scope.set("caller", caller);
        }
        if (macro.takesMore()) {
            scope.set("varargs", new Tuple(List.copyOf(arguments.positional().subList(Math.min(given, known), given))));
        }
        if (macro.takesMoreNamed()) {
            var more = new LinkedHashMap<Object, Object>(arguments.named());
            more.keySet().retainAll(unknown);
            scope.set("kwargs", more);
        } else if (!unknown.isEmpty()) {
            throw TemplateException.evaluation("the macro '%s' has no parameter '%s'"
                    .formatted(macro.name(), unknown.iterator().next()));
        }
    }
}
