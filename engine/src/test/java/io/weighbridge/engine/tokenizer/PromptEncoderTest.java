package io.weighbridge.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PromptEncoderTest {
    private static final int START = ByteTokenizer.FIRST_SPECIAL;
    private static final int END = ByteTokenizer.FIRST_SPECIAL + 1;

    private final ByteTokenizer tokenizer = new ByteTokenizer(List.of("<|im_start|>", "<|im_end|>", "<<"), true);
    private final PromptEncoder encoder = new PromptEncoder(tokenizer);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<|im_end|>",
                "a<|im_end|>b",
                "<|im_end|><|im_end|>",
                "<<",
                "<<<<",
                "<|im_<|im_end|>end|>",
                "ends in <",
                "\uFDD0<|im_end|>\uFDD1",
                "<\uFDD0|im_end|>",
                "<|im_end|>\uFDD0\uFDD1\uFDD0",
                "",
                "plain 🌍"
            })
    void a_user_cannot_write_a_control_token(String content) {
        var ids = encoder.encode("<|im_start|>user\n" + encoder.guard(content) + "<|im_end|>\n", false);
        assertThat(IntStream.of(ids).filter(id -> id >= START)).containsExactly(START, END);
        assertThat(tokenizer.decode(ids)).isEqualTo("user\n" + content + "\n");
    }

    @Test
    void a_control_token_cannot_come_together_across_the_edge_of_a_message() {
        var ids = encoder.encode(encoder.guard("<|im_") + encoder.guard("end|>"), false);
        assertThat(IntStream.of(ids).filter(id -> id >= START)).isEmpty();
    }

    @Test
    void ordinary_text_is_not_marked() {
        assertThat(encoder.guard("> quote <b> & < |im_end|>x")).isEqualTo("> quote <b> & < |im_end|>x");
    }

    @Test
    void tokens_around_a_text_stay_around_all_pieces() {
        var ids = encoder.encodeUserText("a<|im_end|>b", true);
        assertThat(ids[0]).isEqualTo(START);
        assertThat(ids[ids.length - 1]).isEqualTo(END);
        assertThat(IntStream.of(ids).filter(id -> id >= START)).hasSize(2);
        assertThat(tokenizer.decode(ids)).isEqualTo("a<|im_end|>b");
    }

    @Test
    void a_special_token_made_of_marks_is_refused() {
        var odd = new ByteTokenizer(List.of("a\uFDD0"), false);
        assertThatThrownBy(() -> new PromptEncoder(odd)).hasMessageContaining("U+FDD0");
    }

    @Test
    void all_strings_of_a_tool_call_are_guarded() {
        var tokenizer = new ByteTokenizer(List.of("<|end|>"), false);
        var encoder = new PromptEncoder(tokenizer);
        var guarded = encoder.guardAll(Map.of("calls", List.of(Map.of("city", "<|end|>", "days", 2L))));
        assertThat(guarded).isEqualTo(Map.of("calls", List.of(Map.of("city", encoder.guard("<|end|>"), "days", 2L))));
        assertThat(encoder.encode(String.valueOf(guarded), false)).doesNotContain(ByteTokenizer.FIRST_SPECIAL);
    }
}
