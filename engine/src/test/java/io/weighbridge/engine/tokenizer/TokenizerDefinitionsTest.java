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
        assertThat(json.at("/pre_tokenizer/pretokenizers/0/type").asText()).isEqualTo("Digits");
        assertThat(json.at("/pre_tokenizer/pretokenizers/1/use_regex").asBoolean())
                .isTrue();
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
        refused(values -> values.remove("tokenizer.ggml.merges"), "no list tokenizer.ggml.merges");
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
