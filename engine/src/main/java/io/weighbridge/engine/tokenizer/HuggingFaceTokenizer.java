package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Metadata;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the tokenizer of a Hugging Face folder: tokenizer.json as it is, and the ids that end a completion. */
final class HuggingFaceTokenizer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private record AddedToken(int id, String text, boolean special) {}

    private final Metadata.HuggingFace folder;
    private final JsonNode tokenizer;
    private final List<AddedToken> addedTokens;

    private HuggingFaceTokenizer(Metadata.HuggingFace folder, JsonNode tokenizer) {
        this.folder = folder;
        this.tokenizer = tokenizer;
        this.addedTokens = addedTokens(tokenizer);
    }

    static TokenizerDefinition definition(Metadata.HuggingFace folder) {
        var text = folder.tokenizerJson()
                .orElseThrow(
                        () -> new CheckpointException("the checkpoint has no tokenizer.json; a tokenizer.model alone is"
                                + " not supported, convert it with the publisher's tool"));
        return new HuggingFaceTokenizer(folder, parse(text)).definition(text);
    }

    private static JsonNode parse(String text) {
        try {
            var root = JSON.readTree(text);
            if (root == null || !root.isObject() || !root.path("model").isObject()) {
                throw new CheckpointException("tokenizer.json should be an object with a 'model', is not");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new CheckpointException("tokenizer.json is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private TokenizerDefinition definition(String text) {
        var special = new LinkedHashSet<String>();
        addedTokens.stream().filter(AddedToken::special).map(AddedToken::text).forEach(special::add);
        return new TokenizerDefinition(
                text,
                JsonVocabulary.of(tokenizer),
                special,
                endTokenIds(),
                tokenText("bos_token"),
                tokenText("eos_token"),
                folder.chatTemplate().orElse(null));
    }

    private static List<AddedToken> addedTokens(JsonNode tokenizer) {
        var tokens = new ArrayList<AddedToken>();
        for (var node : tokenizer.path("added_tokens")) {
            if (!node.path("id").isInt() || !node.path("content").isTextual()) {
                throw new CheckpointException("tokenizer.json has an added token without id or content: " + node);
            }
            tokens.add(new AddedToken(
                    node.path("id").intValue(),
                    node.path("content").textValue(),
                    node.path("special").asBoolean()));
        }
        return tokens;
    }

    private Set<Integer> endTokenIds() {
        var ids = new LinkedHashSet<Integer>();
        folder.generationConfig()
                .ifPresent(config -> ids.addAll(ids("generation_config.json", config, "eos_token_id")));
        ids.addAll(ids("config.json", folder.config(), "eos_token_id"));
        ids.addAll(ids("config.json", folder.config().path("text_config"), "eos_token_id"));
        var endText = configuredText("eos_token");
        if (endText != null) {
            id(endText).ifPresent(ids::add);
        }
        for (var token : addedTokens) {
            if (token.special() && EndTokens.NAMES.contains(token.text())) {
                ids.add(token.id());
            }
        }
        EndTokens.withoutMessageEnds(
                ids,
                id -> addedTokens.stream()
                        .filter(token -> token.id() == id)
                        .map(AddedToken::text)
                        .findFirst()
                        .orElse(null));
        // WordPiece is what encoders have, which complete nothing.
        if (ids.isEmpty() && !tokenizer.path("model").path("type").asText().equals("WordPiece")) {
            throw new CheckpointException("the checkpoint names no end token: eos_token_id is in neither"
                    + " generation_config.json nor config.json, and tokenizer_config.json has no eos_token");
        }
        return ids;
    }

    private static List<Integer> ids(String file, JsonNode config, String field) {
        var value = config.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        var ids = new ArrayList<Integer>();
        for (var id : value.isArray() ? value : List.of(value)) {
            if (!id.isInt() || id.intValue() < 0) {
                throw new CheckpointException(
                        "%s: %s should be a token id or a list of them, is %s".formatted(file, field, value));
            }
            ids.add(id.intValue());
        }
        return ids;
    }

    /** The text of bos or eos: from tokenizer_config.json, else by its id in config.json. */
    private @Nullable String tokenText(String name) {
        var text = configuredText(name);
        if (text != null || folder.tokenizerConfig().isPresent()) {
            return text;
        }
        var ids = ids("config.json", folder.config(), name + "_id");
        return addedTokens.stream()
                .filter(token -> ids.contains(token.id()))
                .map(AddedToken::text)
                .findFirst()
                .orElse(null);
    }

    /** A token in tokenizer_config.json is a string, or an object with the string under "content". */
    private @Nullable String configuredText(String name) {
        if (folder.tokenizerConfig().isEmpty()) {
            return null;
        }
        var node = folder.tokenizerConfig().get().path(name);
        var text = node.isObject() ? node.path("content") : node;
        return text.isTextual() ? text.textValue() : null;
    }

    private Optional<Integer> id(String text) {
        for (var token : addedTokens) {
            if (token.text().equals(text)) {
                return Optional.of(token.id());
            }
        }
        var id = tokenizer.path("model").path("vocab").path(text);
        return id.isInt() ? Optional.of(id.intValue()) : Optional.empty();
    }
}
