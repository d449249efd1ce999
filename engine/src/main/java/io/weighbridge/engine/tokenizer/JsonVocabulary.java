package io.weighbridge.engine.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.engine.checkpoint.CheckpointException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the {@link Vocabulary} of a tokenizer.json: its tokens, and from the decoder how they are spelled. */
final class JsonVocabulary {
    private final JsonNode tokenizer;
    private final Set<String> steps = new HashSet<>();
    private @Nullable String wordEnd;
    private @Nullable String wordGoesOn;
    private boolean startsWithSpace;

    private JsonVocabulary(JsonNode tokenizer) {
        this.tokenizer = tokenizer;
    }

    static Vocabulary of(JsonNode tokenizer) {
        var reader = new JsonVocabulary(tokenizer);
        reader.readDecoder(tokenizer.path("decoder"));
        return reader.vocabulary();
    }

    private void readDecoder(JsonNode decoder) {
        var type = decoder.path("type").asText();
        steps.add(type);
        switch (type) {
            case "Sequence" -> decoder.path("decoders").forEach(this::readDecoder);
            case "BPEDecoder" -> wordEnd = decoder.path("suffix").asText("</w>");
            case "WordPiece" -> {
                wordGoesOn = decoder.path("prefix").asText("##");
                startsWithSpace = true;
            }
            case "Metaspace" ->
                startsWithSpace = !decoder.path("prepend_scheme").asText().equals("never")
                        && decoder.path("add_prefix_space").asBoolean(true);
            case "Strip" ->
                startsWithSpace |= decoder.path("content").asText().equals(" ")
                        && decoder.path("start").asInt() > 0;
            default -> {}
        }
    }

    private Vocabulary vocabulary() {
        var tokens = tokens();
        var control = new HashSet<Integer>();
        var added = new HashSet<Integer>();
        for (var token : tokenizer.path("added_tokens")) {
            int id = token.path("id").intValue();
            tokens[id] = token.path("content").asText();
            (token.path("special").asBoolean() ? control : added).add(id);
        }
        return Vocabulary.of(tokens.length, startsWithSpace, id -> {
            var token = tokens[id];
            if (token == null || control.contains(id)) {
                return null;
            }
            return added.contains(id) ? TokenText.utf8(token) : spelled(token);
        });
    }

    private @Nullable String[] tokens() {
        var vocabulary = tokenizer.path("model").path("vocab");
        int size = size(vocabulary);
        if (size > GgufTokenizer.TOKENS_MAX) {
            throw new CheckpointException("tokenizer.json has token ids up to %d; at most %d are supported"
                    .formatted(size - 1, GgufTokenizer.TOKENS_MAX));
        }
        var tokens = new @Nullable String[size];
        if (vocabulary.isArray()) {
            for (int id = 0; id < vocabulary.size(); id++) {
                tokens[id] = vocabulary.get(id).path(0).asText();
            }
        } else {
            vocabulary.properties().forEach(entry -> tokens[entry.getValue().intValue()] = entry.getKey());
        }
        return tokens;
    }

    private int size(JsonNode vocabulary) {
        int largest = vocabulary.isArray() ? vocabulary.size() - 1 : -1;
        if (vocabulary.isObject()) {
            for (var entry : vocabulary.properties()) {
                largest = Math.max(largest, checked(entry.getKey(), entry.getValue()));
            }
        }
        for (var token : tokenizer.path("added_tokens")) {
            largest = Math.max(largest, checked(token.path("content").asText(), token.path("id")));
        }
        return largest + 1;
    }

    private static int checked(String token, JsonNode id) {
        if (!id.isInt() || id.intValue() < 0) {
            throw new CheckpointException(
                    "tokenizer.json: the id of '%s' should be a whole number from 0, is %s".formatted(token, id));
        }
        return id.intValue();
    }

    private byte[] spelled(String token) {
        if (steps.contains("ByteLevel")) {
            return TokenText.byteLevel(token);
        }
        if (steps.contains("ByteFallback") && TokenText.isByte(token)) {
            return TokenText.byteOf(token);
        }
        if (wordEnd != null && token.endsWith(wordEnd)) {
            return TokenText.utf8(token.substring(0, token.length() - wordEnd.length()) + " ");
        }
        if (wordGoesOn != null) {
            return TokenText.utf8(token.startsWith(wordGoesOn) ? token.substring(wordGoesOn.length()) : " " + token);
        }
        return TokenText.piece(token);
    }
}
