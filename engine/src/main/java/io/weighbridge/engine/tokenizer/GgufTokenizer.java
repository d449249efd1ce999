package io.weighbridge.engine.tokenizer;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tokenizer.ggml.*} keys of a GGUF file, checked. Two models are known: {@code gpt2} (byte-level BPE with merges)
 * and {@code llama} (SentencePiece BPE, where the scores order the merges).
 */
final class GgufTokenizer {
    /** More tokens than any published vocabulary has; a larger number is a damaged file. */
    static final int TOKENS_MAX = 1 << 21;

    private static final String PREFIX = "tokenizer.ggml.";
    private static final List<String> END_ID_KEYS = List.of("eos_token_id", "eot_token_id", "eom_token_id");

    /** What a token is to the tokenizer; GGUF numbers them from 1. */
    enum Kind {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    final Metadata.Gguf metadata;
    final List<String> tokens;
    final List<Kind> kinds;

    private GgufTokenizer(Metadata.Gguf metadata) {
        this.metadata = metadata;
        this.tokens = required("tokens", String.class);
        this.kinds = kinds();
        checkTokens();
    }

    static TokenizerDefinition definition(Metadata.Gguf metadata) {
        var model = metadata.string(PREFIX + "model")
                .orElseThrow(() -> new CheckpointException("the GGUF file has no tokenizer (no tokenizer.ggml.model)"));
        return switch (model) {
            case "gpt2" -> {
                var source = new GgufTokenizer(metadata);
                yield source.definition(TokenizerJson.byteLevel(source));
            }
            case "llama" -> {
                var source = new GgufTokenizer(metadata);
                yield source.definition(TokenizerJson.sentencePiece(source));
            }
            default ->
                throw new CheckpointException(
                        "tokenizer.ggml.model '%s' is not supported; known are gpt2 and llama".formatted(model));
        };
    }

    private TokenizerDefinition definition(String json) {
        var special = new LinkedHashSet<String>();
        for (int id = 0; id < tokens.size(); id++) {
            if (kinds.get(id) == Kind.CONTROL) {
                special.add(tokens.get(id));
            }
        }
        return new TokenizerDefinition(
                json,
                special,
                endTokenIds(),
                tokenText("bos_token_id"),
                tokenText("eos_token_id"),
                metadata.string("tokenizer.chat_template").orElse(null));
    }

    private Set<Integer> endTokenIds() {
        var ids = new LinkedHashSet<Integer>();
        END_ID_KEYS.forEach(key -> tokenId(key).ifPresent(ids::add));
        for (int id = 0; id < tokens.size(); id++) {
            if (kinds.get(id) == Kind.CONTROL && EndTokens.NAMES.contains(tokens.get(id))) {
                ids.add(id);
            }
        }
        if (ids.isEmpty()) {
            throw new CheckpointException("the GGUF file names no end token (no tokenizer.ggml.eos_token_id)");
        }
        return ids;
    }

    private @Nullable String tokenText(String key) {
        return tokenId(key).map(tokens::get).orElse(null);
    }

    /** The token id under {@code key}, checked against the vocabulary. */
    Optional<Integer> tokenId(String key) {
        return metadata.integer(PREFIX + key).map(id -> {
            if (id < 0 || id >= tokens.size()) {
                throw new CheckpointException("tokenizer.ggml.%s is %d, outside the vocabulary of %d tokens"
                        .formatted(key, id, tokens.size()));
            }
            return Math.toIntExact(id);
        });
    }

    boolean flag(String key, boolean whenAbsent) {
        var value = metadata.values().get(PREFIX + key);
        if (value == null) {
            return whenAbsent;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw new CheckpointException("metadata key 'tokenizer.ggml.%s' should be a boolean, is a %s"
                .formatted(key, value.getClass().getSimpleName()));
    }

    Optional<String> string(String key) {
        return metadata.string(PREFIX + key);
    }

    /** The list under {@code key}, which must be there with elements of {@code type}. */
    <T> List<T> required(String key, Class<T> type) {
        var value = metadata.values().get(PREFIX + key);
        if (!(value instanceof List<?> list)) {
            throw new CheckpointException("the GGUF tokenizer has no list tokenizer.ggml." + key);
        }
        for (var element : list) {
            if (!type.isInstance(element)) {
                throw new CheckpointException(
                        "tokenizer.ggml.%s should hold %s, holds %s".formatted(key, type.getSimpleName(), element));
            }
        }
        return list.stream().map(type::cast).toList();
    }

    private List<Kind> kinds() {
        if (!metadata.values().containsKey(PREFIX + "token_type")) {
            throw new CheckpointException(
                    "the GGUF tokenizer has no list tokenizer.ggml.token_type, so its control tokens" + " are unknown");
        }
        return required("token_type", Long.class).stream()
                .map(number -> {
                    if (number < 1 || number > Kind.values().length) {
                        throw new CheckpointException(
                                "unknown token type %d in tokenizer.ggml.token_type".formatted(number));
                    }
                    return Kind.values()[Math.toIntExact(number) - 1];
                })
                .toList();
    }

    private void checkTokens() {
        if (tokens.isEmpty() || tokens.size() > TOKENS_MAX) {
            throw new CheckpointException(
                    "the GGUF tokenizer has %d tokens; 1 to %d are supported".formatted(tokens.size(), TOKENS_MAX));
        }
        if (kinds.size() != tokens.size()) {
            throw new CheckpointException(
                    "the GGUF tokenizer has %d tokens but %d token types".formatted(tokens.size(), kinds.size()));
        }
        var seen = new HashSet<String>();
        for (var token : tokens) {
            if (!seen.add(token)) {
                throw new CheckpointException("the GGUF tokenizer has the token '%s' twice".formatted(token));
            }
        }
    }
}
