package io.weighbridge.engine.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.engine.sampling.MaskLimitException;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarLimitsTest {
    private static void refused(ThrowingCallable compile) {
        assertThatThrownBy(compile)
                .isInstanceOfSatisfying(
                        GrammarException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(GrammarException.Kind.LIMIT));
    }

    private static CompiledGrammar schema(String schema) {
        return TestVocabulary.schema(schema);
    }

    private static String repeated(int count, String joint, java.util.function.IntFunction<String> part) {
        return IntStream.range(0, count).mapToObj(part).collect(Collectors.joining(joint));
    }

    @Test
    void regular_expressions_cannot_explode() {
        refused(() -> Grammar.regex("(a|b)*a(a|b){24}"));
        refused(() -> Grammar.regex("(((a{100}){100}){100}){100}"));
        refused(() -> Grammar.regex("a{1,999999}"));
        refused(() -> Grammar.regex("a".repeat(Budget.PATTERN_LENGTH_MAX + 1)));
        refused(() ->
                Grammar.regex("(".repeat(Budget.PATTERN_DEPTH_MAX + 1) + ")".repeat(Budget.PATTERN_DEPTH_MAX + 1)));
        var harmless = Grammar.regex("(a|a)*(a*)*(a?){50}b").compile(TestVocabulary.VOCABULARY);
        assertThat(TestVocabulary.accepts(harmless, "a".repeat(500) + "b")).isTrue();
        assertThat(Grammar.regex("a".repeat(Budget.PATTERN_LENGTH_MAX))).isNotNull();
    }

    @Test
    void schemas_cannot_explode() {
        refused(() -> schema("{\"enum\":[" + repeated(Budget.ENUM_VALUES_MAX + 1, ",", Integer::toString) + "]}"));
        refused(() -> schema("{\"enum\":[" + repeated(100_000, ",", i -> "\"v" + i + "\"") + "]}"));
        refused(() -> schema("{\"allOf\":["
                + repeated(
                        12, ",", i -> "{\"anyOf\":[{\"required\":[\"a%d\"]},{\"required\":[\"b%d\"]}]}".formatted(i, i))
                + "]}"));
        refused(() -> schema("{\"a\":\"" + "x".repeat(Budget.SOURCE_LENGTH_MAX) + "\"}"));
        refused(() -> schema("{\"type\":\"object\",\"properties\":{"
                + repeated(ObjectMembers.PROPERTIES_MAX + 1, ",", i -> "\"p" + i + "\":{}") + "}}"));
        refused(() -> schema("{\"prefixItems\":[" + repeated(ArrayItems.PREFIX_MAX + 1, ",", _ -> "{}") + "]}"));
        refused(() -> schema("{\"patternProperties\":{"
                + repeated(ObjectMembers.PATTERNS_MAX + 1, ",", i -> "\"p" + i + "\":{}") + "}}"));
        refused(() -> schema("{\"type\":\"string\",\"pattern\":\"a\",\"maxLength\":%d}"
                .formatted(JsonValues.COUNTED_LENGTH_MAX + 1)));
        refused(() -> schema("{\"type\":\"number\",\"multipleOf\":%d}".formatted(Numbers.MULTIPLE_MAX + 1)));
        refused(() -> schema("{\"minimum\":1e400}"));
        refused(() -> schema(
                "{\"type\":\"object\",\"maxProperties\":%d}".formatted(SchemaCompiler.PROPERTIES_COUNTED_MAX + 1)));
    }

    @Test
    void large_schemas_within_the_limits_compile() {
        assertThat(schema("{\"enum\":[" + repeated(Budget.ENUM_VALUES_MAX, ",", i -> "\"v" + i + "\"") + "]}"))
                .isNotNull();
        assertThat(schema("{\"type\":\"object\",\"properties\":{"
                        + repeated(ObjectMembers.PROPERTIES_MAX, ",", i -> "\"p" + i + "\":{\"type\":\"integer\"}")
                        + "}}"))
                .isNotNull();
        assertThat(TestVocabulary.accepts(
                        schema("{\"type\":\"string\",\"minLength\":3,\"maxLength\":100000}"),
                        "\"" + "x".repeat(5_000) + "\""))
                .isTrue();
        assertThat(TestVocabulary.accepts(
                        schema(
                                "{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":1,\"maxItems\":100000}"),
                        "[" + repeated(2_000, ",", Integer::toString) + "]"))
                .isTrue();
    }

    @Test
    void a_recursive_schema_that_multiplies_ends() {
        var defs = repeated(
                20,
                ",",
                i ->
                        "\"d%d\":{\"type\":\"object\",\"properties\":{\"l\":{\"$ref\":\"#/$defs/d%d\"},\"r\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d0\"}]}}}"
                                .formatted(i, (i + 1) % 20, (i + 7) % 20));
        try {
            schema("{\"$ref\":\"#/$defs/d0\",\"$defs\":{" + defs + "}}");
        } catch (GrammarException e) {
            assertThat(e.kind()).isEqualTo(GrammarException.Kind.LIMIT);
        }
    }

    /** Each would take seconds for one mask over a real vocabulary. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "root ::= s\ns ::= \"(\" s \")\" s | [a-z ]+ s | [a-z0-9 ]+ t | \"\"\nt ::= [a-z ]* s \"x\"? | \"\"",
                "root ::= (a | b){1,40}\na ::= ([a-z ]+ | [a-z0-9]+){1,40}\nb ::= ([a-z]{1,40} \" \"){1,40}",
            })
    void the_work_for_one_mask_is_limited(String rules) {
        var grammar = Grammar.ebnf(rules).compile(TestVocabulary.VOCABULARY);
        var mask = new GrammarMask(grammar);
        var bits = new long[grammar.maskLength()];
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 400; i++) {
                        mask.mask(bits, Integer.MAX_VALUE);
                        mask.advance(bits['a' / 64] >>> 'a' % 64 == 0 ? ' ' : 'a');
                    }
                })
                .isInstanceOf(MaskLimitException.class)
                .hasMessageContaining("too many ways");
        assertThat(grammar.work().spent()).isBetween(Work.WORK_MAX, 2 * Work.WORK_MAX);
    }

    @Test
    void a_structure_of_everyday_size_stays_far_below_that_limit() {
        var grammar = schema("{}");
        var state = grammar.start();
        var bits = new long[grammar.maskLength()];
        for (char c : "[{\"a\": \"text\", \"b\": [1, {}, null]}]".toCharArray()) {
            state.mask(bits);
            assertThat(grammar.work().spent()).isLessThan(Work.WORK_MAX / 20);
            state.advance(c);
        }
    }

    @Test
    void time_is_limited() {
        var budget = new Budget(Duration.ofNanos(-1));
        refused(() -> IntStream.range(0, 2_000).forEach(_ -> budget.tick()));
    }
}
