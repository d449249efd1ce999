package io.weighbridge.engine.grammar;

import static io.weighbridge.engine.grammar.TestVocabulary.TOKENS;
import static io.weighbridge.engine.grammar.TestVocabulary.VOCABULARY;
import static io.weighbridge.engine.grammar.TestVocabulary.schema;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrammarStateTest {
    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"maxLength\":20},\"tags\":{\"type\":\"array\","
                    + "\"items\":{\"enum\":[\"foo\",\"bar\",1]}},\"d\":{\"format\":\"date\",\"type\":\"string\"},\"any\":{}},\"required\":[\"name\",\"d\"]}";

    private static boolean has(long[] mask, int id) {
        return (mask[id >>> 6] >>> id & 1) != 0;
    }

    private static final String LONG_STRINGS =
            "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":100,\"maxLength\":300},\"minItems\":2,\"maxItems\":3}";

    /** The mask says of every token what trying it says; long tokens, which cross more borders, are taken more often. */
    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "3,false", "4,false", "5,false", "6,true", "7,true", "8,true", "9,true"})
    void mask_agrees_with_every_single_token(int seed, boolean longStrings) {
        var random = new Random(seed);
        var grammar = schema(longStrings ? LONG_STRINGS : SCHEMA);
        var state = grammar.start();
        var mask = new long[grammar.maskLength()];
        for (int step = 0; step < 60 && !state.isComplete(); step++) {
            state.mask(mask);
            var allowed = new java.util.ArrayList<Integer>();
            for (int id = 0; id < TOKENS.size(); id++) {
                assertThat(has(mask, id)).as("token %d at step %d", id, step).isEqualTo(state.allows(id));
                if (has(mask, id)) {
                    allowed.add(id);
                }
            }
            assertThat(allowed).isNotEmpty();
            if (random.nextBoolean()) {
                allowed.sort(Comparator.comparing(id -> -TOKENS.bytes(id).length));
                state.advance(allowed.get(random.nextInt(Math.min(5, allowed.size()))));
            } else {
                state.advance(allowed.get(random.nextInt(allowed.size())));
            }
        }
    }

    @Test
    void a_counted_string_has_few_different_masks() {
        var leaf = (Node.Leaf) JsonLeaves.characters(JsonLeaves.BLOCK_LENGTH);
        var costs = new int[leaf.dfa().states()];
        var behavior = Objects.requireNonNull(Behavior.of(leaf.dfa(), 16, costs));
        assertThat(leaf.dfa().states()).isGreaterThan(1_000);
        assertThat(behavior.count()).isLessThan(leaf.dfa().states() / 4);
        int count = Behavior.TRANSITIONS_MAX / 3;
        var large = ByteDfa.utf8(Dfa.of(Regex.times(Regex.text("a"), count, count), new Budget()), new Budget());
        assertThat(large.states() * large.classCount()).isGreaterThan(Behavior.TRANSITIONS_MAX);
        assertThat(Behavior.of(large, 16, new int[large.states()])).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 40, 60, 100, 200})
    void with_few_tokens_left_the_mask_steers_to_the_end(int tokens) {
        for (int seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            var grammar = schema(SCHEMA);
            var state = grammar.start();
            assertThat(state.tokensToEnd()).isLessThanOrEqualTo(30);
            var mask = new long[grammar.maskLength()];
            int left = tokens;
            while (left > 0 && !state.isComplete()) {
                state.mask(mask, left);
                var allowed = new java.util.ArrayList<Integer>();
                for (int id = 0; id < TOKENS.size(); id++) {
                    if (has(mask, id)) {
                        allowed.add(id);
                    }
                }
                state.advance(allowed.get(random.nextInt(allowed.size())));
                left--;
                assertThat(state.isComplete() || state.tokensToEnd() <= left).isTrue();
            }
            assertThat(state.isComplete() || state.mayEnd()).isTrue();
        }
    }

    @Test
    void a_completion_ends_with_an_end_token_where_the_text_may_end() {
        var grammar = Grammar.regex("a+").compile(VOCABULARY);
        var state = grammar.start();
        var mask = new long[grammar.maskLength()];
        state.mask(mask);
        assertThat(has(mask, TOKENS.end())).isFalse();
        assertThatThrownBy(() -> state.advance(TOKENS.end())).hasMessageContaining("may not come here");
        state.advance('a');
        state.mask(mask);
        assertThat(has(mask, TOKENS.end())).isTrue();
        assertThat(state.isComplete()).isFalse();
        state.advance(TOKENS.end());
        assertThat(state.isComplete()).isTrue();
        state.mask(mask);
        assertThat(mask).containsOnly(0);
    }

    @Test
    void forced_bytes_are_the_only_way_on() {
        var grammar = schema(
                "{\"type\":\"object\",\"properties\":{\"answer\":{\"const\":\"yes\"}},\"required\":[\"answer\"],\"additionalProperties\":false}");
        var state = grammar.start();
        assertThat(new String(state.forced(), UTF_8)).isEqualTo("{");
        assertThat(state.tryAdvance("{\"".getBytes(UTF_8))).isTrue();
        assertThat(new String(state.forced(), UTF_8)).isEqualTo("answer\":");
        assertThat(state.tryAdvance("answer\":\"".getBytes(UTF_8))).isTrue();
        assertThat(new String(state.forced(), UTF_8)).isEqualTo("yes\"");
        assertThat(state.tryAdvance("no".getBytes(UTF_8))).isFalse();
    }

    @Test
    void tokens_can_be_taken_back_and_states_copied() {
        var state = Grammar.regex("abc|xyz").compile(VOCABULARY).start();
        state.advance('a');
        var copy = state.copy();
        state.advance('b');
        state.rollback(2);
        state.advance('x');
        assertThat(state.allows('y')).isTrue();
        assertThat(copy.allows('b')).isTrue();
        assertThat(copy.allows('y')).isFalse();
        assertThatThrownBy(() -> state.rollback(2)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void grammars_are_put_together() {
        var call = Grammar.sequence(
                Grammar.literal("<tool_call>\n"),
                Grammar.jsonSchema(
                        "{\"type\":\"object\",\"properties\":{\"name\":{\"const\":\"f\"}},\"required\":[\"name\"],\"additionalProperties\":false}"),
                Grammar.literal("\n</tool_call>"));
        var grammar = Grammar.anyOf(List.of(
                        Grammar.textWithout("<tool_call>"),
                        Grammar.sequence(
                                Grammar.textUntil("<tool_call>"),
                                Grammar.literal("\n"),
                                Grammar.jsonObject(),
                                Grammar.literal("\n</tool_call>"),
                                Grammar.between(0, 2, Grammar.sequence(Grammar.literal("\n"), call)))))
                .compile(VOCABULARY);
        assertThat(TestVocabulary.accepts(grammar, "plain text < with <tool")).isTrue();
        assertThat(TestVocabulary.accepts(grammar, "Let me see.<tool_call>\n{\"a\":1}\n</tool_call>"))
                .isTrue();
        assertThat(TestVocabulary.accepts(
                        grammar, "<tool_call>\n{}\n</tool_call>\n<tool_call>\n{\"name\":\"f\"}\n</tool_call>"))
                .isTrue();
        assertThat(TestVocabulary.accepts(
                        grammar, "<tool_call>\n{}\n</tool_call>\n<tool_call>\n{\"name\":\"g\"}\n</tool_call>"))
                .isFalse();
        assertThat(TestVocabulary.accepts(grammar, "<tool_call>no")).isFalse();
    }

    @Test
    void memory_is_dropped_and_texts_go_on() {
        var grammar = schema("{}");
        var random = new Random(1);
        var mask = new long[grammar.maskLength()];
        for (int run = 0; run < 300; run++) {
            var state = grammar.start();
            var bytes = new ByteArrayOutputStream();
            for (int step = 0; step < 200 && !state.isComplete(); step++) {
                state.mask(mask);
                int id;
                do {
                    id = random.nextInt(TOKENS.size());
                } while (!has(mask, id));
                state.advance(id);
                bytes.writeBytes(TOKENS.bytes(id));
            }
            assertThat(grammar.remembered().size()).isLessThan(2 * CompiledGrammar.FRAMES_MAX);
        }
    }
}
