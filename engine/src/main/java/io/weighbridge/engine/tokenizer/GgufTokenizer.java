package io.weighbridge.engine.tokenizer;

import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The {@code tokenizer.ggml.*} keys of a GGUF file, checked. Known are {@code gpt2} (byte-level BPE with merges), {@code llama}
 * (SentencePiece BPE, where the scores order the merges), {@code gemma4} (the same with merges), {@code t5} (SentencePiece
 * unigram) and {@code bert} (WordPiece).
 */
final class GgufTokenizer {
    /** More tokens than any published vocabulary has; a larger number is a damaged file. */
    static final int TOKENS_MAX = 1 << 21;

    private static final String PREFIX = "tokenizer.ggml.";
    /** Where a file names an end; the separator, spelled as GGUF does, ends a text of BERT, which has no other end. */
    private static final List<String> END_ID_KEYS = List.of("eos_token_id", "eot_token_id", "eom_token_id");

    private static final String SEPARATOR_KEY = "seperator_token_id";

    /** Control tokens of Phi-3 that do not swallow the white space after them, as the others do. */
    private static final Set<String> PHI_3_KEEP_SPACE = Set.of("<unk>", "<s>", "<|endoftext|>");

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
        var source = new GgufTokenizer(metadata);
        return switch (model) {
            case "gpt2" -> source.definition(TokenizerJson.byteLevel(source), false, TokenText::byteLevel);
            case "gemma4" -> source.pieces(TokenizerJson.characterLevel(source), false);
            case "llama" -> source.scoredPieces();
            case "t5" -> source.pieces(TokenizerJson.unigram(source), false);
            case "bert" -> source.definition(TokenizerJson.wordPiece(source), true, TokenText::piece);
            default ->
                throw new CheckpointException(
                        "tokenizer.ggml.model '%s' is not supported; known are bert, gemma4, gpt2, llama and t5"
                                .formatted(model));
        };
    }

    private TokenizerDefinition pieces(String json, boolean startsWithSpaceByDefault) {
        return definition(json, flag("add_space_prefix", startsWithSpaceByDefault), TokenText::piece);
    }

    private TokenizerDefinition scoredPieces() {
        var known = definition("", flag("add_space_prefix", true), TokenText::piece);
        return new TokenizerDefinition(
                () -> TokenizerJson.sentencePiece(this),
                known.vocabulary(),
                known.specialTokens(),
                known.endTokenIds(),
                known.beginText(),
                known.endText(),
                known.chatTemplate(),
                new SentencePieceTokenizer(this, known.vocabulary(), known.specialTokens()));
    }

    private TokenizerDefinition definition(String json, boolean startsWithSpace, Function<String, byte[]> spelling) {
        var special = new LinkedHashSet<String>();
        for (int id = 0; id < tokens.size(); id++) {
            if (isControl(id)) {
                special.add(tokens.get(id));
            }
        }
        return new TokenizerDefinition(
                json,
                Vocabulary.of(tokens.size(), startsWithSpace, id -> bytes(id, spelling)),
                special,
                endTokenIds(),
                tokenText("bos_token_id"),
                tokenText("eos_token_id"),
                metadata.string("tokenizer.chat_template").orElse(null));
    }

    private byte @Nullable [] bytes(int id, Function<String, byte[]> spelling) {
        var token = tokens.get(id);
        return switch (kinds.get(id)) {
            case CONTROL, UNKNOWN -> null;
            case BYTE -> TokenText.byteOf(token);
            case USER_DEFINED -> TokenText.utf8(token);
            case NORMAL, UNUSED -> spelling.apply(token);
        };
    }

    /** Whether the token is never text. */
    boolean isControl(int id) {
        return kinds.get(id) == Kind.CONTROL || kinds.get(id) == Kind.UNKNOWN;
    }

    /** Whether the white space after the token belongs to it. Nothing in the file says so but the model's name. */
    boolean takesSpaceAfter(int id) {
        return (isControl(id) || tokens.get(id).equals("</s>"))
                && !PHI_3_KEEP_SPACE.contains(tokens.get(id))
                && metadata.string("general.name")
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .filter(name -> name.contains("phi-3") || name.contains("phi3"))
                        .isPresent();
    }

    private Set<Integer> endTokenIds() {
        var ids = new LinkedHashSet<Integer>();
        END_ID_KEYS.forEach(key -> tokenId(key).ifPresent(ids::add));
        if (ids.isEmpty()) {
            tokenId(SEPARATOR_KEY).ifPresent(ids::add);
        }
        for (int id = 0; id < tokens.size(); id++) {
            if (isControl(id) && EndTokens.NAMES.contains(tokens.get(id))) {
                ids.add(id);
            }
        }
        EndTokens.withoutMessageEnds(ids, tokens::get);
        if (ids.isEmpty()) {
            throw new CheckpointException("the GGUF file names no end token (no tokenizer.ggml.eos_token_id)");
        }
        return ids;
    }

    /** The id under {@code key}, else the first token of {@code kind}. */
    int idOf(Kind kind, String key) {
        return tokenId(key).orElseGet(() -> {
            int first = kinds.indexOf(kind);
            if (first < 0) {
                throw new CheckpointException("the GGUF tokenizer has no tokenizer.ggml.%s".formatted(key));
            }
            return first;
        });
    }

    /** A score for each token. */
    List<Double> scores() {
        var scores = required("scores", Double.class);
        if (scores.size() != tokens.size()) {
            throw new CheckpointException(
                    "the GGUF tokenizer has %d tokens but %d scores".formatted(tokens.size(), scores.size()));
        }
        return scores;
    }

    /** What SentencePiece normalizes characters with; empty where there is nothing. */
    byte[] precompiledCharacterMap() {
        if (!has("precompiled_charsmap")) {
            return new byte[0];
        }
        var numbers = required("precompiled_charsmap", Long.class);
        var map = new byte[numbers.size()];
        for (int i = 0; i < map.length; i++) {
            map[i] = numbers.get(i).byteValue();
        }
        return map;
    }

    boolean has(String key) {
        return metadata.values().containsKey(PREFIX + key);
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
