package io.weighbridge.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.Metadata;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what SentencePiece itself made of texts (src/test/oracle/sentencepiece_ties.py); most scores of the vocabulary are equal. */
class SentencePieceTokenizerTest {
    private static final JsonNode GOLDEN = golden();

    private static JsonNode golden() {
        try (var stream = SentencePieceTokenizerTest.class.getResourceAsStream("/tokenizer/sentencepiece.json")) {
            return new ObjectMapper().readTree(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Named<JsonNode>> cases() {
        return GOLDEN.get("cases").valueStream().map(node -> Named.of("space first " + node.get("spaceFirst"), node));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void texts_have_sentencepieces_ids_also_where_scores_are_equal(JsonNode golden) {
        var tokenizer = tokenizer(golden.get("spaceFirst").booleanValue(), Map.of());
        for (var node : golden.get("texts")) {
            assertThat(IntStream.of(tokenizer.encode(node.get("text").textValue(), false))
                            .boxed())
                    .as(node.get("text").textValue())
                    .containsExactlyElementsOf(
                            node.get("ids").valueStream().map(JsonNode::asInt).toList());
        }
    }

    @Test
    void a_space_comes_before_a_text_and_after_special_tokens_but_not_before_more_of_a_text() {
        var tokenizer = tokenizer(true, Map.of());
        var hello = tokenizer.encode("hello", false);
        int end = 2;
        assertThat(tokenizer.decode(hello)).isEqualTo("hello");
        assertThat(tokenizer.encode("</s>hello</s>", false))
                .containsExactly(concat(new int[] {end}, hello, new int[] {end}));
        var more = tokenizer.encodeMore("hello");
        assertThat(more).isNotEqualTo(hello);
        assertThat(tokenizer.vocabulary().text(concat(hello, more))).isEqualTo("hellohello");
        assertThat(tokenizer.encode("hello", true)).containsExactly(concat(new int[] {1}, hello));
    }

    @Test
    void a_user_s_text_that_is_cut_at_a_special_token_gains_no_space() {
        var encoder = new PromptEncoder(tokenizer(true, Map.of()));
        var ids = encoder.encodeUserText("a</s>b", false);
        assertThat(ids).doesNotContain(2);
        assertThat(tokenizer(true, Map.of()).decode(ids)).isEqualTo("a</s>b");
    }

    @Test
    void white_space_after_special_tokens_of_phi_3_belongs_to_them() {
        var tokenizer = tokenizer(false, Map.of("general.name", "Phi-3-mini"));
        assertThat(tokenizer.encode("</s> \n hello", false)).containsExactly(tokenizer.encode("</s>hello", false));
    }

    @Test
    void what_has_neither_piece_nor_bytes_is_unknown_once() {
        var tokens = List.of("<unk>", "<s>", "</s>", "a", "\u2581");
        var values = new HashMap<String, Object>();
        values.put("tokenizer.ggml.model", "llama");
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 3L, 1L, 1L));
        values.put("tokenizer.ggml.scores", List.of(0.0, 0.0, 0.0, -1.0, -2.0));
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        values.put("tokenizer.ggml.add_eos_token", true);
        var tokenizer = Objects.requireNonNull(
                TokenizerDefinitions.of(new Metadata.Gguf(values)).own());
        assertThat(tokenizer.encode("aéüa", true)).containsExactly(1, 4, 3, 0, 3, 2);
    }

    private static Tokenizer tokenizer(boolean spaceFirst, Map<String, Object> more) {
        var values = new HashMap<String, Object>(more);
        values.put("tokenizer.ggml.model", "llama");
        values.put(
                "tokenizer.ggml.tokens",
                GOLDEN.get("tokens").valueStream().map(JsonNode::textValue).toList());
        values.put(
                "tokenizer.ggml.token_type",
                GOLDEN.get("types").valueStream().map(JsonNode::longValue).toList());
        values.put(
                "tokenizer.ggml.scores",
                GOLDEN.get("scores").valueStream().map(JsonNode::doubleValue).toList());
        values.put("tokenizer.ggml.add_space_prefix", spaceFirst);
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        return Objects.requireNonNull(
                TokenizerDefinitions.of(new Metadata.Gguf(values)).own());
    }

    private static int[] concat(int[]... parts) {
        return Stream.of(parts).flatMapToInt(IntStream::of).toArray();
    }
}
