package io.weighbridge.engine.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import io.weighbridge.engine.tokenizer.TokenizerDefinitions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** Tokenizers: tokenizer.json with its neighbors, and the metadata of GGUF files. */
final class TokenizerTarget implements Target {
    private static final List<Map<String, Object>> GGUF = List.of(
            Map.of(
                    "tokenizer.ggml.model",
                    "gpt2",
                    "tokenizer.ggml.pre",
                    "llama-bpe",
                    "tokenizer.ggml.tokens",
                    List.of("<|endoftext|>", "<|im_end|>", "a", "b", "ab", "<user>"),
                    "tokenizer.ggml.token_type",
                    List.of(3L, 3L, 1L, 1L, 1L, 4L),
                    "tokenizer.ggml.merges",
                    List.of("a b"),
                    "tokenizer.ggml.eos_token_id",
                    1L,
                    "tokenizer.ggml.bos_token_id",
                    0L,
                    "tokenizer.ggml.add_bos_token",
                    true,
                    "tokenizer.chat_template",
                    "{{ messages }}"),
            Map.of(
                    "tokenizer.ggml.model",
                    "llama",
                    "tokenizer.ggml.tokens",
                    List.of("<unk>", "<s>", "</s>", "<0x41>", "\u2581", "a", "\u2581a"),
                    "tokenizer.ggml.token_type",
                    List.of(2L, 3L, 3L, 6L, 1L, 1L, 1L),
                    "tokenizer.ggml.scores",
                    List.of(0.0, 0.0, 0.0, 0.0, -1.0, -2.0, -3.0),
                    "tokenizer.ggml.eos_token_id",
                    2L,
                    "tokenizer.ggml.unknown_token_id",
                    0L,
                    "tokenizer.ggml.add_space_prefix",
                    false));

    private static final List<Object> NASTY = List.of(
            0L,
            -1L,
            5L,
            1L << 31,
            Long.MAX_VALUE,
            0.5,
            Double.NaN,
            true,
            "",
            "x",
            "gpt2",
            "llama",
            "bert",
            "t5",
            "qwen2",
            "\ud800",
            "\ufdd0",
            "<0xZZ>",
            " ",
            "a b c",
            List.of(),
            List.of("a"),
            List.of(1L, 2L),
            List.of(true));

    private static final String CONFIG = """
            {"eos_token_id": [1, 2], "bos_token_id": 0, "text_config": {"eos_token_id": 1}}""";
    private static final String TOKENIZER_CONFIG = """
            {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "add_bos_token": true, "chat_template": "{{ messages }}"}""";

    private static final JsonMapper JSON = new JsonMapper();

    private final List<JsonNode> tokenizers = new ArrayList<>();
    private final JsonNode config;
    private final JsonNode tokenizerConfig;
    private final List<String> words =
            new ArrayList<>(List.of("content", "id", "special", "type", "</s>", "eos_token"));

    TokenizerTarget() throws IOException {
        for (var values : GGUF) {
            var tokenizer = JSON.readTree(
                    TokenizerDefinitions.of(new Metadata.Gguf(values)).tokenizerJson());
            tokenizers.add(tokenizer);
            JsonTrees.words(tokenizer, words);
        }
        config = JSON.readTree(CONFIG);
        tokenizerConfig = JSON.readTree(TOKENIZER_CONFIG);
    }

    @Override
    public Input next(RandomGenerator random) throws IOException {
        return random.nextBoolean() ? gguf(random) : folder(random);
    }

    private Input gguf(RandomGenerator random) {
        var values = MetadataValues.mutated(GGUF.get(random.nextInt(GGUF.size())), NASTY, random);
        var metadata = new Metadata.Gguf(values);
        return new Input(values.toString().length(), () -> TokenizerDefinitions.of(metadata));
    }

    private Input folder(RandomGenerator random) throws IOException {
        var good = tokenizers.get(random.nextInt(tokenizers.size()));
        var tokenizer = random.nextInt(4) == 0
                ? new String(
                        Bytes.mutated(good.toString().getBytes(StandardCharsets.UTF_8), Integer.MAX_VALUE, random),
                        StandardCharsets.UTF_8)
                : JsonTrees.mutated(good, words, random);
        var metadata = new Metadata.HuggingFace(
                parsed(config, random),
                Optional.of(tokenizer),
                Optional.of(parsed(tokenizerConfig, random)),
                Optional.of(parsed(config, random)),
                Optional.empty());
        return new Input(tokenizer.length() + CONFIG.length(), () -> TokenizerDefinitions.of(metadata));
    }

    /** Half of the time as it is; changes that are no JSON are left out, since the folder's reader has refused them before. */
    private JsonNode parsed(JsonNode good, RandomGenerator random) {
        if (random.nextBoolean()) {
            return good;
        }
        try {
            return JSON.readTree(JsonTrees.mutated(good, words, random));
        } catch (IOException _) {
            return good;
        }
    }

    @Override
    public boolean isRefusal(Throwable failure) {
        return failure instanceof CheckpointException;
    }

    @Override
    public Limits limits() {
        return Limits.FILES;
    }
}
