package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.engine.grammar.Grammar;
import io.weighbridge.engine.message.MessageDelta;
import io.weighbridge.engine.message.MessageFormat;
import io.weighbridge.engine.message.MessageParser;
import io.weighbridge.engine.tokenizer.ByteTokenizer;
import io.weighbridge.inference.chat.ChatEncoder.AnswerFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AnswerReaderTest {
    private static final String CALL = "[TOOL_CALLS]clock[ARGS]{}";
    private final ByteTokenizer tokenizer = new ByteTokenizer(List.of("[TOOL_CALLS]", "[ARGS]", "<|other|>"), false);

    private final AnswerFormat mistral = new AnswerFormat() {
        @Override
        public Map<Integer, String> marks() {
            return Map.of(ByteTokenizer.FIRST_SPECIAL, "[TOOL_CALLS]", ByteTokenizer.FIRST_SPECIAL + 1, "[ARGS]");
        }

        @Override
        public String describe(Map<String, Map<String, Object>> tools) {
            return tools.toString();
        }

        @Override
        public Grammar call(Map<String, Map<String, Object>> tools) {
            return Grammar.jsonObject();
        }

        @Override
        public MessageParser parser(Set<String> tools) {
            return MessageParser.of(MessageFormat.MISTRAL, tools, null, false, new Random(1));
        }
    };

    @Test
    void control_tokens_that_are_marks_are_seen_and_others_are_not() {
        var reader = reader(List.of(), mistral, false);
        assertThat(read(reader, "Wait<|other|>." + CALL)).isEqualTo("Wait.@clock{}");
        assertThat(reader.calledTools()).isTrue();
    }

    @Test
    void without_a_format_text_comes_as_it_is() {
        var reader = reader(List.of(), null, false);
        assertThat(read(reader, " \u00c5 {\"name\": \"clock\"} \n")).isEqualTo(" \u00c5 {\"name\": \"clock\"} \n");
        assertThat(reader.calledTools()).isFalse();
    }

    @Test
    void a_stop_string_ends_it_also_right_before_a_control_token() {
        var reader = reader(List.of("END"), mistral, false);
        assertThat(read(reader, "aEND")).isEqualTo("a");
        assertThat(reader.stopped()).isTrue();
        reader = reader(List.of("END"), mistral, false);
        assertThat(read(reader, "aEN" + CALL)).isEqualTo("aEN@clock{}");
        assertThat(reader.stopped()).isFalse();
    }

    @Test
    void where_one_call_is_allowed_the_second_ends_the_answer() {
        var reader = reader(List.of(), mistral, true);
        assertThat(read(reader, CALL)).isEqualTo("@clock{}");
        assertThat(reader.stopped()).isFalse();
        assertThat(read(reader, CALL + "more")).isEmpty();
        assertThat(reader.stopped()).isTrue();
    }

    private AnswerReader reader(List<String> stops, @Nullable AnswerFormat format, boolean singleCall) {
        return new AnswerReader(tokenizer, stops, format, Set.of("clock"), singleCall);
    }

    private String read(AnswerReader reader, String text) {
        var deltas = new ArrayList<MessageDelta>();
        for (int id : tokenizer.encode(text, false)) {
            deltas.addAll(reader.token(id));
        }
        deltas.addAll(reader.end());
        var read = new StringBuilder();
        for (var delta : deltas) {
            read.append(
                    switch (delta) {
                        case MessageDelta.Content(var content) -> content;
                        case MessageDelta.Reasoning(var thought) -> "~" + thought;
                        case MessageDelta.CallStarted(var index, var id, var name) -> "@" + name;
                        case MessageDelta.CallArguments(var index, var arguments) -> arguments;
                    });
        }
        return read.toString();
    }
}
