package io.weighbridge.engine.grammar;

import static io.weighbridge.engine.grammar.TestVocabulary.accepts;
import static io.weighbridge.engine.grammar.TestVocabulary.schema;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaTest {
    private static void check(String schema, List<String> taken, List<String> refused) {
        var grammar = schema(schema);
        for (var text : taken) {
            assertThat(accepts(grammar, text)).as("%s takes %s", schema, text).isTrue();
        }
        for (var text : refused) {
            assertThat(accepts(grammar, text)).as("%s takes %s", schema, text).isFalse();
        }
    }

    @Test
    void any_document_is_taken_by_the_empty_schema() {
        check(
                "{}",
                List.of("null", "[1, \"a\", {\"b\": [true, -1.5e+3]}]", "{}", "\"\\u00e9\\n😀\"", "{\n  \"a\": 1\n}"),
                List.of("", "nul", "[1,]", "{\"a\"}", "01", "1.", "\"\t\"", "\"\\ud800\"", "{  }", " 1", "1 "));
    }

    @Test
    void properties_come_in_order_and_optional_ones_may_be_left_out() {
        check(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"string\"},\"c\":{}},\"required\":[\"b\"],"
                        + "\"additionalProperties\":false}",
                List.of(
                        "{\"a\":1,\"b\":\"\"}",
                        "{\"b\":\"x\"}",
                        "{\"b\": \"x\", \"c\": [1]}",
                        "{\"a\":1,\"b\":\"\",\"c\":null}"),
                List.of(
                        "{}",
                        "{\"a\":1}",
                        "{\"b\":\"x\",\"a\":1}",
                        "{\"b\":1}",
                        "{\"b\":\"x\",\"d\":1}",
                        "{\"b\":\"x\",}",
                        "{\"a\":1.0,\"b\":\"\"}"));
    }

    @Test
    void additional_properties_follow_and_cannot_pose_as_named_ones() {
        check(
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}},\"additionalProperties\":{\"type\":\"boolean\"}}",
                List.of("{}", "{\"a\":1,\"b\":true}", "{\"aa\":false,\"\":true}"),
                List.of("{\"a\":true}", "{\"b\":true,\"a\":true}", "{\"\\u0061\":true}", "{\"b\":1}"));
    }

    @Test
    void pattern_properties_and_property_names_decide_by_the_name() {
        check(
                "{\"type\":\"object\",\"patternProperties\":{\"^n_\":{\"type\":\"number\"},\"_s$\":{\"minimum\":5}},\"additionalProperties\":false}",
                List.of("{\"n_a\":1}", "{\"n_s\":7}", "{\"x_s\":\"text\"}"),
                List.of("{\"n_s\":1}", "{\"n_a\":\"\"}", "{\"x\":1}"));
        check(
                "{\"type\":\"object\",\"propertyNames\":{\"maxLength\":2}}",
                List.of("{\"ab\":1}", "{\"\":1}"),
                List.of("{\"abc\":1}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"minimum\":-3,\"maximum\":12.5} | -3,-2.999,0,12.50,7 | -3.1,12.51,13,100,1e1",
                "{\"exclusiveMinimum\":0,\"exclusiveMaximum\":1} | 0.5,0.01,0.999 | 0,1,-0,0.0,1.0,2",
                "{\"type\":\"integer\",\"minimum\":100} | 100,101,1000,999999 | 99,-100,1,100.0",
                "{\"type\":\"integer\",\"multipleOf\":7} | 0,7,-14,700 | 1,-8,71",
                "{\"multipleOf\":0.01} | 0.25,3,1.1,-0.010 | 0.001,1.005",
                "{\"multipleOf\":2.5} | 2.5,5,7.50,-10 | 1,2,2.55",
                "{\"enum\":[1,2.5,-3]} | 1,2.5,-3 | 1.5,2,3,-1",
                "{\"type\":\"integer\",\"minimum\":2,\"not\":{\"const\":5}} | 2,4,6,55 | 5,1",
            })
    void numbers_keep_their_bounds(String schema, String taken, String refused) {
        check(
                schema.replace("{", "{\"type\":\"number\",")
                        .replace("\"not\":{\"type\":\"number\",", "\"not\":{")
                        .replace("\"type\":\"number\",\"type\"", "\"type\""),
                List.of(taken.split(",")),
                List.of(refused.split(",")));
    }

    @Test
    void string_lengths_count_code_points() {
        check(
                "{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}",
                List.of("\"ab\"", "\"😀é\"", "\"\\n\\u00e9x\"", "\"\\ud83d\\ude00\\\"\""),
                List.of("\"a\"", "\"abcd\"", "\"😀\"", "\"\\ud83d\\ude00\""));
        for (int max : new int[] {128, 129, 300, 1_000}) {
            var grammar = schema("{\"type\":\"string\",\"minLength\":%d,\"maxLength\":%d}"
                    .formatted(max - 150 < 0 ? 3 : max - 150, max));
            int min = max - 150 < 0 ? 3 : max - 150;
            for (int length : new int[] {min, min + 1, (min + max) / 2, max - 1, max}) {
                assertThat(accepts(grammar, "\"" + "é".repeat(length) + "\"")).isTrue();
            }
            assertThat(accepts(grammar, "\"" + "é".repeat(min - 1) + "\"")).isFalse();
            assertThat(accepts(grammar, "\"" + "é".repeat(max + 1) + "\"")).isFalse();
        }
    }

    @Test
    void patterns_match_anywhere_unless_anchored() {
        check(
                "{\"type\":\"string\",\"pattern\":\"b+\"}",
                List.of("\"abc\"", "\"b\"", "\"é\\nb\""),
                List.of("\"ac\"", "\"\""));
        check(
                "{\"type\":\"string\",\"pattern\":\"^(a|\\\\d{2})$\",\"maxLength\":1}",
                List.of("\"a\""), List.of("\"12\"", "\"ba\"", "\"ab\""));
        check("{\"type\":\"string\",\"pattern\":\"^\\\"\\\\\\\\$\"}", List.of("\"\\\"\\\\\""), List.of("\"\\\"\""));
    }

    @Test
    void formats_are_generated_exactly() {
        check(
                "{\"type\":\"string\",\"format\":\"date\"}",
                List.of("\"2024-02-29\""),
                List.of("\"2023-02-29\"", "\"2024-13-01\""));
        check(
                "{\"type\":\"string\",\"format\":\"date-time\"}",
                List.of("\"2024-02-28T23:59:59.1Z\""),
                List.of("\"2024-02-28\""));
        check(
                "{\"type\":\"string\",\"format\":\"ipv6\"}",
                List.of("\"::1\"", "\"1:2:3:4:5:6:7:8\""),
                List.of("\"1::2::3\"", "\"12345::\""));
        check("{\"type\":\"string\",\"format\":\"email\"}", List.of("\"a.b@example.org\""), List.of("\"a\"", "\"@b\""));
        check("{\"type\":\"string\",\"format\":\"color\"}", List.of("\"anything\""), List.of("1"));
    }

    @Test
    void arrays_keep_places_and_counts() {
        check(
                "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"string\"}],\"items\":{\"type\":\"boolean\"},\"minItems\":1,\"maxItems\":4}",
                List.of("[1]", "[1,\"a\"]", "[1, \"a\", true, false]"),
                List.of("[]", "[\"a\"]", "[1,\"a\",1]", "[1,\"a\",true,true,true]"));
        check(
                "{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\",3]},\"uniqueItems\":true,\"minItems\":2}",
                List.of("[\"a\",3]", "[3,\"b\",\"a\"]"),
                List.of("[\"a\"]", "[\"a\",\"a\"]"));
    }

    @Test
    void references_may_recur() {
        check(
                "{\"$defs\":{\"tree\":{\"type\":\"object\",\"properties\":{\"v\":{\"type\":\"integer\"},\"kids\":{\"type\":\"array\","
                        + "\"items\":{\"$ref\":\"#/$defs/tree\"}}},\"required\":[\"v\"],\"additionalProperties\":false}},\"$ref\":\"#/$defs/tree\"}",
                List.of("{\"v\":1}", "{\"v\":1,\"kids\":[{\"v\":2,\"kids\":[{\"v\":3}]},{\"v\":4}]}"),
                List.of("{\"v\":1,\"kids\":[{}]}", "{\"v\":1,\"kids\":[{\"v\":2}}"));
    }

    @Test
    void combinations_are_exact() {
        check(
                "{\"oneOf\":[{\"type\":\"integer\"},{\"minimum\":2}]}",
                List.of("1", "2.5", "\"text\"", "null"),
                List.of("3", "1.5"));
        check(
                "{\"type\":\"object\",\"properties\":{\"kind\":{\"enum\":[\"a\",\"b\"]}},\"required\":[\"kind\"],"
                        + "\"if\":{\"properties\":{\"kind\":{\"const\":\"a\"}}},\"then\":{\"required\":[\"x\"]},\"else\":{\"required\":[\"y\"]}}",
                List.of("{\"kind\":\"a\",\"x\":1}", "{\"kind\":\"b\",\"y\":1}"),
                List.of("{\"kind\":\"a\",\"y\":1}", "{\"kind\":\"b\",\"x\":1}", "{\"kind\":\"a\"}"));
        check(
                "{\"allOf\":[{\"properties\":{\"a\":{\"minimum\":1}}},{\"properties\":{\"a\":{\"maximum\":3}}}],\"type\":\"object\",\"required\":[\"a\"]}",
                List.of("{\"a\":2}", "{\"a\":\"text\"}"),
                List.of("{\"a\":0}", "{\"a\":4}"));
        check(
                "{\"type\":\"object\",\"dependentRequired\":{\"a\":[\"b\"]}}",
                List.of("{}", "{\"a\":1,\"b\":2}", "{\"b\":1}"),
                List.of("{\"a\":1}", "{\"a\":1,\"c\":2}"));
    }

    @Test
    void what_cannot_be_generated_exactly_is_refused_by_name() {
        for (var schema : List.of(
                "{\"contains\":{}}",
                "{\"unevaluatedProperties\":false}",
                "{\"$dynamicRef\":\"#a\"}",
                "{\"type\":\"array\",\"uniqueItems\":true}",
                "{\"oneOf\":[{\"properties\":{\"a\":{}},\"additionalProperties\":false},{\"properties\":{\"a\":{}}}]}",
                "{\"$ref\":\"https://example.org/other\"}")) {
            assertThatThrownBy(() -> schema(schema))
                    .isInstanceOfSatisfying(
                            GrammarException.class,
                            e -> assertThat(e.kind()).isEqualTo(GrammarException.Kind.UNSUPPORTED));
        }
    }

    @Test
    void what_nothing_satisfies_is_refused() {
        for (var schema : List.of(
                "false",
                "{\"type\":\"integer\",\"minimum\":3,\"maximum\":2}",
                "{\"type\":\"string\",\"pattern\":\"^a$\",\"minLength\":2}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#\"}},\"required\":[\"a\"]}",
                "{\"type\":\"array\",\"items\":false,\"minItems\":1}")) {
            assertThatThrownBy(() -> schema(schema))
                    .isInstanceOfSatisfying(
                            GrammarException.class,
                            e -> assertThat(e.kind()).isEqualTo(GrammarException.Kind.UNSATISFIABLE));
        }
    }

    @Test
    void a_schema_that_is_no_schema_is_a_syntax_error() {
        for (var schema : List.of(
                "{",
                "[]",
                "{\"type\":\"text\"}",
                "{\"minLength\":-1}",
                "{\"pattern\":\"(\"}",
                "{\"required\":\"a\"}",
                "{\"a\":1,\"a\":2}")) {
            assertThatThrownBy(() -> schema(schema))
                    .isInstanceOfSatisfying(
                            GrammarException.class, e -> assertThat(e.kind()).isEqualTo(GrammarException.Kind.SYNTAX));
        }
    }
}
