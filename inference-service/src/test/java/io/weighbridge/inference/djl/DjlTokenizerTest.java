package io.weighbridge.inference.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.tokenizer.IncrementalDecoder;
import io.weighbridge.engine.tokenizer.PromptEncoder;
import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Properties of tokenizers on the starter model's vocabulary, and on byte vocabularies with every known pre-tokenizer. */
class DjlTokenizerTest {
    private static Tokenizer starter;

    @BeforeAll
    static void load() throws IOException, InterruptedException {
        try (var checkpoint = Checkpoints.open(StarterModel.file())) {
            starter = DjlTokenizer.of(TokenizerDefinitions.of(checkpoint.metadata()));
        }
    }

    @AfterAll
    static void close() {
        starter.close();
    }

    static Stream<Named<RandomGenerator>> random() {
        return LongStream.range(0, 200)
                .mapToObj(seed -> Named.of(
                        "seed " + seed,
                        RandomGeneratorFactory.<RandomGenerator>of("L64X128MixRandom")
                                .create(seed)));
    }

    @ParameterizedTest
    @MethodSource("random")
    void a_text_s_tokens_have_its_bytes(RandomGenerator random) {
        var text = writable(anyText(random));
        var ids = starter.encode(text, false);
        assertThat(bytes(ids)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
        assertThat(starter.decode(ids)).isEqualTo(text);
        var decoder = new IncrementalDecoder(starter);
        var pieces = IntStream.of(ids).mapToObj(decoder::add).toList();
        assertThat(pieces).noneMatch(piece -> piece.contains("\uFFFD"));
        assertThat(String.join("", pieces) + decoder.flush()).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("random")
    void any_tokens_decode_step_by_step_as_together(RandomGenerator random) {
        var ids = random.ints(100, 0, starter.vocabulary().size() + 10).toArray();
        var decoder = new IncrementalDecoder(starter);
        var pieces = new StringBuilder();
        for (int id : ids) {
            pieces.append(decoder.add(id));
        }
        assertThat(pieces.append(decoder.flush())).hasToString(starter.decode(ids));
    }

    @ParameterizedTest
    @MethodSource("random")
    void special_tokens_that_a_user_writes_are_text(RandomGenerator random) {
        var encoder = new PromptEncoder(starter);
        var special = new ArrayList<>(starter.specialTokens());
        var prompt = new StringBuilder();
        int expected = 0;
        for (int message = 0; message < 3; message++) {
            prompt.append("<|im_start|>");
            // Tokens whole and in pieces, also across the borders of messages and of what the template writes.
            var text = new StringBuilder();
            for (int i = random.nextInt(6); i > 0; i--) {
                var token = special.get(random.nextInt(special.size()));
                int from = random.nextInt(token.length());
                text.append(random.nextBoolean() ? token : token.substring(from));
                text.append(random.nextBoolean() ? "" : token.substring(0, random.nextInt(token.length())));
            }
            prompt.append(encoder.guard(text.toString())).append("<|im_end|>");
            expected += 2;
        }
        var ids = encoder.encode(prompt.toString(), false);
        assertThat(IntStream.of(ids).filter(starter.vocabulary()::isControl)).hasSize(expected);
    }

    @Test
    void texts_have_the_ids_that_llama_cpp_gives_them() throws IOException {
        try (var golden = DjlTokenizerTest.class.getResourceAsStream("/tokenizer/smollm2-token-ids.json")) {
            for (var node : new ObjectMapper().readTree(golden)) {
                var text = node.get("text").asText();
                assertThat(IntStream.of(starter.encode(text, false)).boxed())
                        .as(text)
                        .containsExactlyElementsOf(node.get("ids")
                                .valueStream()
                                .map(JsonNode::asInt)
                                .toList());
            }
        }
    }

    @Test
    void every_special_token_alone_is_text_when_a_user_writes_it() {
        var encoder = new PromptEncoder(starter);
        for (var token : starter.specialTokens()) {
            var alone = starter.encode(token, false);
            assertThat(alone).as(token).hasSize(1);
            assertThat(starter.vocabulary().isControl(alone[0])).as(token).isTrue();
            var written = encoder.encodeUserText(token, false);
            assertThat(IntStream.of(written).filter(starter.vocabulary()::isControl))
                    .as(token)
                    .isEmpty();
            assertThat(starter.decode(written)).isEqualTo(token);
        }
    }

    static List<String> preTokenizers() {
        var refusal = catchThrowable(() -> TokenizerDefinitions.of(byteVocabulary("unheard-of")));
        var message = String.valueOf(refusal.getMessage());
        return Arrays.asList(message.substring(message.indexOf('[') + 1, message.indexOf(']'))
                .split(", "));
    }

    @ParameterizedTest
    @MethodSource("preTokenizers")
    void every_pre_tokenizer_keeps_all_bytes(String name) {
        try (var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(byteVocabulary(name)))) {
            var text = "Don't  HTTPServer's 1234567 caf\u00E9\t\r\n\n x_y(){}; \u65E5\u672C\u8A9E\u3002 \uD55C\uAD6D"
                    + " \u0928\u092E\u0938\u094D\u0924\u0947 \uD83D\uDC69\u200D\uD83D\uDC67 \u0000 <|x|>   ";
            var ids = tokenizer.encode(text, false);
            assertThat(tokenizer.decode(ids)).isEqualTo(text);
            assertThat(ids).hasSize(text.getBytes(StandardCharsets.UTF_8).length);
        }
    }

    @Test
    void pre_tokenizers_of_all_published_models_are_known() {
        assertThat(preTokenizers())
                .contains("llama-bpe", "qwen2", "gpt-4o", "tekken", "deepseek-v3", "falcon", "smollm", "default")
                .hasSizeGreaterThan(80);
    }

    /** A vocabulary of the 256 bytes without a merge. */
    private static Metadata byteVocabulary(String pre) {
        var tokens = new ArrayList<String>(List.of("<end>"));
        var types = new ArrayList<Long>(List.of(3L));
        for (int value = 0, next = 0x100; value < 256; value++) {
            boolean printable = (value > 0x20 && value < 0x7F) || (value > 0xA0 && value != 0xAD);
            tokens.add(Character.toString(printable ? value : next++));
            types.add(1L);
        }
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "gpt2");
        values.put("tokenizer.ggml.pre", pre);
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", types);
        values.put("tokenizer.ggml.merges", List.of());
        values.put("tokenizer.ggml.eos_token_id", 0L);
        return new Metadata.Gguf(values);
    }

    @Test
    void scores_decide_which_pieces_merge_and_bytes_fill_the_rest() {
        try (var tokenizer = DjlTokenizer.of(TokenizerDefinitions.of(pieces()))) {
            assertThat(tokenizer.encode("ab a", true)).containsExactly(1, 266, 265);
            assertThat(tokenizer.encode("\n", false)).containsExactly(262, 3 + '\n');
            assertThat(tokenizer.encode("b</s>b", false)).containsExactly(262, 264, 2, 262, 264);
            assertThat(tokenizer.encode("<unk>", false)).containsExactly(0);
            assertThat(tokenizer.decode(new int[] {1, 266, 265})).isEqualTo("ab a");
            assertThat(tokenizer.decode(tokenizer.encode("a\u00E9", false))).isEqualTo("a\u00E9");
        }
    }

    private static Metadata pieces() {
        var tokens = new ArrayList<String>(List.of("<unk>", "<s>", "</s>"));
        var types = new ArrayList<Long>(List.of(2L, 3L, 3L));
        var scores = new ArrayList<Double>(List.of(0.0, 0.0, 0.0));
        for (int value = 0; value < 256; value++) {
            tokens.add("<0x%02X>".formatted(value));
            types.add(6L);
            scores.add(0.0);
        }
        for (var piece : List.of("x", "y", "z", "\u2581", "a", "b", "\u2581a", "\u2581ab", "ab")) {
            tokens.add(piece);
            types.add(1L);
            scores.add(List.of("ab", "\u2581a", "\u2581ab").indexOf(piece) - 10.0);
        }
        Map<String, Object> values = new HashMap<>();
        values.put("tokenizer.ggml.model", "llama");
        values.put("tokenizer.ggml.tokens", tokens);
        values.put("tokenizer.ggml.token_type", types);
        values.put("tokenizer.ggml.scores", scores);
        values.put("tokenizer.ggml.bos_token_id", 1L);
        values.put("tokenizer.ggml.eos_token_id", 2L);
        return new Metadata.Gguf(values);
    }

    private static byte[] bytes(int[] ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            bytes.writeBytes(starter.vocabulary().bytes(id));
        }
        return bytes.toByteArray();
    }

    /** Any characters but surrogates: letters of all scripts, emoji with joiners, control characters, long white space. */
    private static String anyText(RandomGenerator random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(1, 60); i > 0; i--) {
            switch (random.nextInt(8)) {
                case 0 -> text.append(" ".repeat(random.nextInt(1, 80)));
                case 1 -> text.append("\n\t\r\u00A0\u3000\u2028".charAt(random.nextInt(6)));
                case 2 -> text.append("\uD83D\uDC69\u200D\uD83D\uDC67\uFE0F");
                case 3 -> text.appendCodePoint(random.nextInt(0, 0x20));
                case 4 -> text.appendCodePoint(random.nextInt(0xE000, 0x110000));
                case 5 -> text.appendCodePoint(random.nextInt(0x80, 0xD800));
                default -> text.append("word'll 1234 Mixed_Case ", 0, random.nextInt(24));
            }
        }
        return text.toString();
    }

    /** {@code text} without the characters for whose bytes the vocabulary has no token; such bytes cannot be written. */
    private static String writable(String text) {
        var known = new BitSet();
        for (int id = 0; id < starter.vocabulary().size(); id++) {
            var bytes = starter.vocabulary().bytes(id);
            if (bytes.length == 1) {
                known.set(bytes[0] & 0xFF);
            }
        }
        var kept = new StringBuilder();
        text.codePoints()
                .filter(c -> !starter.specialTokens().contains(Character.toString(c)))
                .mapToObj(Character::toString)
                .filter(c -> IntStream.range(0, c.getBytes(StandardCharsets.UTF_8).length)
                        .allMatch(i -> known.get(c.getBytes(StandardCharsets.UTF_8)[i] & 0xFF)))
                .forEach(kept::append);
        return kept.toString();
    }
}
