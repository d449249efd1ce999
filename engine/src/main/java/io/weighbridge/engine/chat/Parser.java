package io.weighbridge.engine.chat;

import io.weighbridge.engine.chat.Token.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses a template into statements. */
final class Parser {
    private static final Set<String> CONSTANTS = Set.of("true", "True", "false", "False", "none", "None");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    private Parser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String template) {
        var parser = new Parser(new TokenStream(Lexer.tokens(template)));
        var statements = parser.body(Set.of());
        if (parser.tokens.current().type() != Type.END) {
            throw parser.tokens.unexpected("the end of the template");
        }
        return statements;
    }

    /** Statements up to a block that begins with one of {@code ends}; stands on that word then. */
    private List<Statement> body(Set<String> ends) {
        tokens.enter();
        var statements = new ArrayList<Statement>();
        while (true) {
            var token = tokens.current();
            if (token.type() == Type.END) {
                if (!ends.isEmpty()) {
                    throw tokens.unexpected("'{%% %s %%}'"
                            .formatted(
                                    String.join("' or '", ends.stream().sorted().toList())));
                }
                break;
            }
            tokens.next();
            if (token.type() == Type.TEXT) {
                statements.add(new Statement.Text(token.line(), token.text()));
            } else if (token.type() == Type.VARIABLE_BEGIN) {
                statements.add(new Statement.Output(token.line(), expressions.tupleOrExpression()));
                tokens.expect(Type.VARIABLE_END, "'}}'");
            } else if (tokens.current().type() == Type.NAME
                    && ends.contains(tokens.current().text())) {
                break;
            } else {
                statements.add(block());
            }
            expressions.checkNames();
        }
        tokens.leave();
        return statements;
    }

    private Statement block() {
        var word = tokens.expect(Type.NAME, "a statement");
        return switch (word.text()) {
            case "if" -> conditional(word.line());
            case "for" -> loop(word.line());
            case "set" -> assignment(word.line());
            case "macro" -> macro(word.line());
            case "call" -> callBlock(word.line());
            case "filter" -> filterBlock(word.line());
            case "with" -> with(word.line());
            case "generation" -> {
                endOfBlock();
                yield new Statement.Block(word.line(), closed("endgeneration"));
            }
            case "break" -> {
                leaveLoop(word);
                yield new Statement.Break(word.line());
            }
            case "continue" -> {
                leaveLoop(word);
                yield new Statement.Continue(word.line());
            }
            default ->
                throw TemplateException.syntax(
                        word.line(), "the statement '%s' is unknown or out of place".formatted(word.text()));
        };
    }

    private void leaveLoop(Token word) {
        if (loops == 0) {
            throw TemplateException.syntax(word.line(), "'%s' outside a loop".formatted(word.text()));
        }
        endOfBlock();
    }

    private void endOfBlock() {
        tokens.expect(Type.BLOCK_END, "'%}'");
    }

    private List<Statement> closed(String end) {
        var body = body(Set.of(end));
        tokens.next();
        endOfBlock();
        return body;
    }

    private Statement conditional(int line) {
        var branches = new ArrayList<Statement.Branch>();
        List<Statement> otherwise = List.of();
        boolean open = true;
        boolean outside = expressions.allowUnknownNames(true);
        while (open) {
            var condition = expressions.iterated();
            if (tokens.current().isName("if")) {
                throw tokens.unexpected("'%}'");
            }
            endOfBlock();
            branches.add(new Statement.Branch(condition, body(Set.of("elif", "else", "endif"))));
            open = tokens.skipName("elif");
        }
        if (tokens.skipName("else")) {
            endOfBlock();
            otherwise = body(Set.of("endif"));
        }
        tokens.next();
        endOfBlock();
        expressions.allowUnknownNames(outside);
        return new Statement.If(line, branches, otherwise);
    }

    private Statement loop(int line) {
        var target = target(false);
        if (!tokens.skipName("in")) {
            throw tokens.unexpected("'in'");
        }
        var values = expressions.iterated();
        @Nullable Expression condition = tokens.skipName("if") ? expressions.expression() : null;
        boolean isRecursive = tokens.skipName("recursive");
        endOfBlock();
        boolean outside = expressions.allowUnknownNames(false);
        loops++;
        var body = body(Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.skipName("else")) {
            endOfBlock();
            otherwise = body(Set.of("endfor"));
        }
        tokens.next();
        endOfBlock();
        expressions.allowUnknownNames(outside);
        return new Statement.For(line, target, values, condition, isRecursive, body, otherwise);
    }

    private Statement assignment(int line) {
        var target = target(true);
        if (tokens.skipOperator("=")) {
            var value = expressions.tupleOrExpression();
            endOfBlock();
            return new Statement.Assign(line, target, value);
        }
        Expression.@Nullable Filter filter = null;
        while (tokens.skipOperator("|")) {
            filter = expressions.filter(filter);
        }
        endOfBlock();
        return new Statement.AssignBlock(line, target, filter, closed("endset"));
    }

    private Statement.Target target(boolean withAttributes) {
        var first = singleTarget(withAttributes);
        if (!tokens.current().isOperator(",")) {
            return first;
        }
        var targets = new ArrayList<>(List.of(first));
        while (tokens.skipOperator(",")
                && !tokens.current().isName("in")
                && !tokens.current().isOperator("=")) {
            targets.add(singleTarget(withAttributes));
        }
        return new Statement.TupleTarget(targets);
    }

    private Statement.Target singleTarget(boolean withAttributes) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            var inner = target(withAttributes);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        int line = tokens.current().line();
        var name = tokens.expect(Type.NAME, "a variable's name").text();
        if (CONSTANTS.contains(name)) {
            throw TemplateException.syntax(line, "'%s' cannot be assigned".formatted(name));
        }
        if (withAttributes && tokens.skipOperator(".")) {
            return new Statement.AttributeTarget(
                    name, tokens.expect(Type.NAME, "an attribute's name").text());
        }
        return new Statement.NameTarget(name);
    }

    private Statement macro(int line) {
        var name = tokens.expect(Type.NAME, "a macro's name").text();
        tokens.expectOperator("(");
        return new Statement.Macro(line, macroBody(name, parameters(), "endmacro"));
    }

    private Statement callBlock(int line) {
        var parameters = tokens.skipOperator("(") ? parameters() : List.<Statement.Parameter>of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TemplateException.syntax(line, "'call' needs the call of a macro");
        }
        return new Statement.CallBlock(line, macroBody("caller", parameters, "endcall"), call);
    }

    /** Parameters up to the closing parenthesis. */
    private List<Statement.Parameter> parameters() {
        var parameters = new ArrayList<Statement.Parameter>();
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            var parameter = tokens.expect(Type.NAME, "a parameter's name").text();
            @Nullable Expression whenAbsent = tokens.skipOperator("=") ? expressions.expression() : null;
            parameters.add(new Statement.Parameter(parameter, whenAbsent));
        }
        return parameters;
    }

    private Statement.MacroBody macroBody(String name, List<Statement.Parameter> parameters, String end) {
        endOfBlock();
        int outer = loops;
        loops = 0;
        boolean outside = expressions.allowUnknownNames(false);
        int start = tokens.position();
        var body = closed(end);
        expressions.allowUnknownNames(outside);
        loops = outer;
        return new Statement.MacroBody(
                name, parameters, tokens.named("varargs", start), tokens.named("kwargs", start), body);
    }

    private Statement filterBlock(int line) {
        var filter = expressions.filter(null);
        while (tokens.skipOperator("|")) {
            filter = expressions.filter(filter);
        }
        endOfBlock();
        return new Statement.FilterBlock(line, filter, closed("endfilter"));
    }

    private Statement with(int line) {
        var variables = new ArrayList<Statement.Assign>();
        while (tokens.current().type() != Type.BLOCK_END) {
            if (!variables.isEmpty()) {
                tokens.expectOperator(",");
            }
            var target = singleTarget(false);
            tokens.expectOperator("=");
            variables.add(new Statement.Assign(line, target, expressions.expression()));
        }
        endOfBlock();
        return new Statement.With(line, variables, closed("endwith"));
    }
}
