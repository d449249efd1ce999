package io.weighbridge.engine.grammar;

import static io.weighbridge.engine.grammar.TestVocabulary.VOCABULARY;
import static io.weighbridge.engine.grammar.TestVocabulary.accepts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EbnfTest {
    private static CompiledGrammar grammar(String text) {
        return Grammar.ebnf(text).compile(VOCABULARY);
    }

    @Test
    void expressions_nest() {
        var grammar = grammar("""
                # sums of products
                root ::= sum "\\n"
                sum ::= product (ws "+" ws product)*
                product ::= value
                  | value "*" product
                value ::= [0-9]+ | "(" sum ")"
                ws ::= " "?
                """);
        assertThat(accepts(grammar, "1+2*(3 + 4)\n")).isTrue();
        assertThat(accepts(grammar, "((7))*1\n")).isTrue();
        assertThat(accepts(grammar, "1+\n")).isFalse();
        assertThat(accepts(grammar, "(1\n")).isFalse();
    }

    @Test
    void ambiguity_does_not_multiply_stacks() {
        var grammar = grammar("root ::= \"a\" root \"b\" | \"a\" root \"c\" | \"d\"");
        var text = "a".repeat(60) + "d" + "bc".repeat(30);
        assertThat(accepts(grammar, text)).isTrue();
        assertThat(accepts(grammar, text + "b")).isFalse();
    }

    @Test
    void repetitions_are_counted_also_where_the_body_recurs() {
        var grammar = grammar("root ::= list{2,3} \".\"\nlist ::= \"[\" list* \"]\"");
        assertThat(accepts(grammar, "[][[]].")).isTrue();
        assertThat(accepts(grammar, "[].")).isFalse();
        assertThat(accepts(grammar, "[][][][].")).isFalse();
    }

    @Test
    void nesting_has_a_limit_that_leaves_a_way_out() {
        var state = grammar("root ::= \"(\" root \")\" | \"x\"").start();
        int depth = 0;
        while (state.allows('(')) {
            state.advance('(');
            depth++;
        }
        assertThat(depth).isBetween(CompiledGrammar.DEPTH_MAX - 2, CompiledGrammar.DEPTH_MAX);
        state.advance('x');
        for (int i = 0; i < depth; i++) {
            state.advance(')');
        }
        assertThat(state.isComplete()).isTrue();
    }

    @Test
    void mistakes_are_named() {
        assertThatThrownBy(() -> grammar("root ::= other")).hasMessageContaining("'other'");
        assertThatThrownBy(() -> grammar("start ::= \"a\"")).hasMessageContaining("root");
        assertThatThrownBy(() -> grammar("root ::= root \"a\" | \"b\"")).hasMessageContaining("left recursion");
        assertThatThrownBy(() -> grammar("root ::= (\"a\"")).hasMessageContaining("')' is missing");
        assertThatThrownBy(() -> grammar("root ::= \"a")).hasMessageContaining("line 1");
        assertThatThrownBy(() -> grammar("root ::= \"a\" root")).hasMessageContaining("no text satisfies");
    }
}
