package io.weighbridge.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerDefinitionsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void a_byte_level_gguf_becomes_a_tokenizer_json() {
        var definition = TokenizerDefinitions.of(byteLevel(_ -> {}));
        assertThat(definition.specialTokens()).containsExactlyInAnyOrder("<|endoftext|>", "<|im_end|>");
        assertThat(definition.endTokenIds()).containsExactlyInAnyOrder(0, 1);
        assertThat(definition.beginText()).isEqualTo("<|endoftext|>");
        assertThat(definition.endText()).isEqualTo("<|im_end|>");
        assertThat(definition.chatTemplate()).isEqualTo("{{ messages }}");
        var json = json(definition.tokenizerJson());
        assertThat(json.at("/model/type").asText()).isEqualTo("BPE");
        assertThat(json.at("/model/vocab/ab").asInt()).isEqualTo(4);
        assertThat(json.at("/model/merges").toString()).isEqualTo("[[\"a\",\"b\"]]");
        assertThat(json.at("/pre_tokenizer/pretokenizers/0/pattern/Regex").asText())
                .isEqualTo("\\p{N}");
        assertThat(json.at("/pre_tokenizer/pretokenizers/2/type").asText()).isEqualTo("ByteLevel");
        assertThat(json.at("/decoder/type").asText()).isEqualTo("ByteLevel");
        assertThat(json.at("/post_processor").isNull()).isTrue();
        assertThat(json.at("/added_tokens")).hasSize(3);
        assertThat(json.at("/added_tokens/1/special").asBoolean()).isTrue();
        assertThat(json.at("/added_tokens/2/content").asText()).isEqualTo("<user>");
        assertThat(json.at("/added_tokens/2/special").asBoolean()).isFalse();
    }

    @Test
    void a_beginning_token_goes_into_the_post_processor() {
        var json = json(TokenizerDefinitions.of(byteLevel(values -> values.put("tokenizer.ggml.add_bos_token", true)))
                .tokenizerJson());
        assertThat(json.at("/post_processor/type").asText()).isEqualTo("TemplateProcessing");
        assertThat(json.at("/post_processor/single/0/SpecialToken/id").asText()).isEqualTo("<|endoftext|>");
        assertThat(json.at("/post_processor/special_tokens/<|endoftext|>/ids/0").asInt())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"default", "gpt-2", "llama-bpe", "qwen2", "smollm"})
    void known_pre_tokenizers_are_written(String pre) {
        var json = json(TokenizerDefinitions.of(byteLevel(values -> values.put("tokenizer.ggml.pre", pre)))
                .tokenizerJson());
        var steps = json.at("/pre_tokenizer/pretokenizers");
        assertThat(steps.get(steps.size() - 1).path("type").asText()).isEqualTo("ByteLevel");
        assertThat(json.at("/model/ignore_merges").asBoolean()).isEqualTo(pre.equals("llama-bpe"));
        assertThat(json.at("/normalizer/type").asText()).isEqualTo(pre.equals("qwen2") ? "NFC" : "");
    }

    @Test
    void an_unknown_tokenizer_is_named() {
        refused(values -> values.put("tokenizer.ggml.pre", "novel"), "tokenizer.ggml.pre 'novel' is not supported");
        refused(values -> values.put("tokenizer.ggml.model", "rwkv"), "tokenizer.ggml.model 'rwkv' is not supported");
        refused(values -> values.remove("tokenizer.ggml.model"), "no tokenizer");
    }

    @Test
    void damaged_metadata_is_named() {
        refused(values -> values.put("tokenizer.ggml.eos_token_id", 99L), "outside the vocabulary of 6 tokens");
        refused(values -> values.put("tokenizer.ggml.token_type", List.of(1L)), "6 tokens but 1 token types");
        refused(values -> values.put("tokenizer.ggml.token_type", List.of(1L, 2L, 3L, 4L, 5L, 7L)), "token type 7");
        refused(values -> values.put("tokenizer.ggml.merges", List.of("ab")), "not two pieces");
        refused(values -> values.put("tokenizer.ggml.tokens", List.of("a", "a", "b", "c", "d", "e")), "twice");
        refused(values -> values.put("tokenizer.ggml.tokens", List.of(1L)), "should hold String");
        refused(values -> values.put("tokenizer.ggml.merges", 1L), "no list tokenizer.ggml.merges");
        refused(values -> values.put("tokenizer.ggml.add_bos_token", "yes"), "should be a boolean");
        refused(
                values -> {
                    values.remove("tokenizer.ggml.eos_token_id");
                    values.put("tokenizer.ggml.token_type", List.of(1L, 1L, 1L, 1L, 1L, 1L));
                },
                "no end token");
    }

    @Test
    void scores_become_merges_best_first() {
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "llama");
        values.put(
                "tokenizer.ggml.tokens", List.of("<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "b", "ab", "▁ab", "▁a"));
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 3L, 6L, 1L, 1L, 1L, 1L, 1L, 1L));
        values.put("tokenizer.ggml.scores", List.of(0.0, 0.0, 0.0, 0.0, -9.0, -8.0, -7.0, -3.0, -4.0, -2.0));
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        var definition = TokenizerDefinitions.of(new Metadata.Gguf(values));
        var json = json(definition.tokenizerJson());
        assertThat(json.at("/model/merges").toString())
                .isEqualTo("[[\"▁\",\"a\"],[\"a\",\"b\"],[\"▁\",\"ab\"],[\"▁a\",\"b\"]]");
        assertThat(json.at("/model/byte_fallback").asBoolean()).isTrue();
        assertThat(json.at("/model/unk_token").asText()).isEqualTo("<unk>");
        assertThat(json.at("/normalizer/normalizers/0/prepend").asText()).isEqualTo("▁");
        assertThat(json.at("/post_processor/single/0/SpecialToken/id").asText()).isEqualTo("<s>");
        assertThat(definition.endTokenIds()).containsExactly(2);
    }

    @Test
    void pieces_know_their_bytes() {
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "t5");
        values.put("tokenizer.ggml.tokens", List.of("<unk>", "</s>", "<0xF0>", "\u2581a", "a", "  "));
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 6L, 1L, 1L, 4L));
        values.put("tokenizer.ggml.scores", List.of(0.0, 0.0, 0.0, -1.0, -2.0, 0.0));
        values.put("tokenizer.ggml.eos_token_id", 1L);
        values.put("tokenizer.ggml.add_space_prefix", true);
        values.put("tokenizer.ggml.precompiled_charsmap", List.of(1L, 255L));
        var definition = TokenizerDefinitions.of(new Metadata.Gguf(values));
        var vocabulary = definition.vocabulary();
        assertThat(vocabulary.size()).isEqualTo(6);
        assertThat(vocabulary.isControl(0)).isTrue();
        assertThat(vocabulary.isControl(1)).isTrue();
        assertThat(vocabulary.isControl(6)).isTrue();
        assertThat(vocabulary.bytes(2)).containsExactly((byte) 0xF0);
        assertThat(vocabulary.bytes(3)).containsExactly(' ', 'a');
        assertThat(vocabulary.bytes(5)).containsExactly(' ', ' ');
        assertThat(vocabulary.bytes(-1)).isEmpty();
        assertThat(vocabulary.text(new int[] {3, 1, 3, 4, 7})).isEqualTo("a aa");
        var json = json(definition.tokenizerJson());
        assertThat(json.at("/model/type").asText()).isEqualTo("Unigram");
        assertThat(json.at("/normalizer/normalizers/0/precompiled_charsmap").asText())
                .isEqualTo("Af8=");
        assertThat(definition.specialTokens()).containsExactlyInAnyOrder("<unk>", "</s>");
    }

    @Test
    void word_pieces_are_spelled_as_tokenizer_json_does() {
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "bert");
        values.put("tokenizer.ggml.tokens", List.of("[UNK]", "[CLS]", "[SEP]", "\u2581play", "ing"));
        values.put("tokenizer.ggml.token_type", List.of(2L, 3L, 3L, 1L, 1L));
        values.put("tokenizer.ggml.cls_token_id", 1L);
        values.put("tokenizer.ggml.seperator_token_id", 2L);
        var definition = TokenizerDefinitions.of(new Metadata.Gguf(values));
        var json = json(definition.tokenizerJson());
        assertThat(json.at("/model/vocab").toString())
                .isEqualTo("{\"[UNK]\":0,\"[CLS]\":1,\"[SEP]\":2,\"play\":3,\"##ing\":4}");
        assertThat(json.at("/post_processor/single/2/SpecialToken/id").asText()).isEqualTo("[SEP]");
        assertThat(definition.endTokenIds()).containsExactly(2);
        assertThat(definition.vocabulary().text(new int[] {1, 3, 4, 3, 2})).isEqualTo("playing play");
    }

    @Test
    void a_message_end_does_not_end_an_answer_of_several_messages() {
        assertThat(harmony(List.of("<|end|>", "<|return|>", "<|call|>")).endTokenIds())
                .containsExactlyInAnyOrder(1, 2);
        assertThat(harmony(List.of("<|end|>", "<|endoftext|>", "a")).endTokenIds())
                .containsExactlyInAnyOrder(0, 1);
    }

    private static TokenizerDefinition harmony(List<String> tokens) {
        return TokenizerDefinitions.of(byteLevel(values -> {
            values.put("tokenizer.ggml.tokens", tokens);
            values.put("tokenizer.ggml.token_type", List.of(3L, 3L, 3L));
            values.put("tokenizer.ggml.merges", List.of());
        }));
    }

    @Test
    void tokens_of_a_folder_know_their_bytes() {
        var byteLevel = folder("{\"eos_token_id\": 0}", """
                {"model": {"vocab": {"a": 0, "\u0120b": 1, "\u00C3": 2}}, "decoder": {"type": "ByteLevel"},
                 "added_tokens": [{"id": 3, "content": "<s>", "special": true}, {"id": 5, "content": "\u00E9"}]}""");
        var vocabulary = TokenizerDefinitions.of(byteLevel).vocabulary();
        assertThat(vocabulary.size()).isEqualTo(6);
        assertThat(vocabulary.bytes(1)).containsExactly(' ', 'b');
        assertThat(vocabulary.bytes(2)).containsExactly((byte) 0xC3);
        assertThat(vocabulary.isControl(3)).isTrue();
        assertThat(vocabulary.isControl(4)).as("an id that no token has").isTrue();
        assertThat(vocabulary.bytes(5)).as("added tokens stand for themselves").containsExactly((byte) 0xC3, (byte)
                0xA9);
        var pieces = folder("{\"eos_token_id\": 0}", """
                {"model": {"vocab": {"\u2581a": 0, "<0x0A>": 1}}, "decoder": {"type": "Sequence", "decoders": [
                 {"type": "ByteFallback"}, {"type": "Strip", "content": " ", "start": 1}]}}""");
        assertThat(TokenizerDefinitions.of(pieces).vocabulary().text(new int[] {0, 0, 1}))
                .isEqualTo("a a\n");
        var unigram = folder(
                "{\"eos_token_id\": 0}",
                "{\"model\": {\"vocab\": [[\"\u2581a\", -1.0]]}, \"decoder\": {\"type\": \"Metaspace\"}}");
        assertThat(TokenizerDefinitions.of(unigram).vocabulary().text(new int[] {0, 0}))
                .isEqualTo("a a");
        assertRefused(
                folder("{\"eos_token_id\": 0}", "{\"model\": {\"vocab\": {\"a\": -1}}}"), "should be a whole number");
    }

    @Test
    void a_vocabulary_without_merges_is_merged_in_the_order_of_its_ids() {
        var json = json(TokenizerDefinitions.of(byteLevel(values -> {
                    values.remove("tokenizer.ggml.merges");
                    values.put("tokenizer.ggml.pre", "kimi-k2");
                }))
                .tokenizerJson());
        assertThat(json.at("/model/merges").toString()).isEqualTo("[[\"a\",\"b\"]]");
    }

    @Test
    void a_folder_gives_its_tokenizer_and_all_end_tokens() {
        var tokenizer = """
                {"added_tokens": [{"id": 7, "content": "<|eot_id|>", "special": true},
                                  {"id": 8, "content": "<think>", "special": false},
                                  {"id": 9, "content": "<s>", "special": true}],
                 "model": {"type": "BPE", "vocab": {"END": 3}}}""";
        var definition = TokenizerDefinitions.of(new Metadata.HuggingFace(
                json("{\"eos_token_id\": 5}"),
                Optional.of(tokenizer),
                Optional.of(json("{\"bos_token\": {\"content\": \"<s>\"}, \"eos_token\": \"END\"}")),
                Optional.of(json("{\"eos_token_id\": [5, 6]}")),
                Optional.of("{{ 1 }}")));
        assertThat(definition.tokenizerJson()).isEqualTo(tokenizer);
        assertThat(definition.specialTokens()).containsExactlyInAnyOrder("<|eot_id|>", "<s>");
        assertThat(definition.endTokenIds()).containsExactlyInAnyOrder(3, 5, 6, 7);
        assertThat(definition.beginText()).isEqualTo("<s>");
        assertThat(definition.endText()).isEqualTo("END");
        assertThat(definition.chatTemplate()).isEqualTo("{{ 1 }}");
    }

    @Test
    void a_folder_without_a_usable_tokenizer_is_refused() {
        assertRefused(folder("{}", null), "no tokenizer.json");
        assertRefused(folder("{}", "{"), "not JSON");
        assertRefused(folder("{}", "[]"), "should be an object");
        assertRefused(folder("{}", "{\"model\": {}}"), "no end token");
        assertRefused(folder("{\"eos_token_id\": \"x\"}", "{\"model\": {}}"), "should be a token id");
        assertRefused(folder("{}", "{\"model\": {}, \"added_tokens\": [{}]}"), "without id or content");
    }

    private static Metadata folder(String config, @Nullable String tokenizer) {
        return new Metadata.HuggingFace(
                json(config), Optional.ofNullable(tokenizer), Optional.empty(), Optional.empty(), Optional.empty());
    }

    private static void refused(Consumer<Map<String, Object>> change, String message) {
        assertRefused(byteLevel(change), message);
    }

    private static void assertRefused(Metadata metadata, String message) {
        assertThatThrownBy(() -> TokenizerDefinitions.of(metadata))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message);
    }

    private static Metadata byteLevel(Consumer<Map<String, Object>> change) {
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", "smollm");
        values.put("tokenizer.ggml.tokens", List.of("<|endoftext|>", "<|im_end|>", "a", "b", "ab", "<user>"));
        values.put("tokenizer.ggml.token_type", List.of(3L, 3L, 1L, 1L, 1L, 4L));
        values.put("tokenizer.ggml.merges", List.of("a b"));
        values.put("tokenizer.ggml.bos_token_id", 0L);
        values.put("tokenizer.ggml.eos_token_id", 1L);
        values.put("tokenizer.chat_template", "{{ messages }}");
        change.accept(values);
        return new Metadata.Gguf(values);
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
