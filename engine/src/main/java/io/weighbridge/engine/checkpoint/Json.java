package io.weighbridge.engine.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the JSON of a checkpoint within limits: strict about duplicate keys and what follows the document. */
final class Json {
    /** Deepest nesting. Real configurations stay below ten. */
    static final int NESTING_MAX = 64;

    /** Longest string in characters. Chat templates are the longest real ones. */
    static final int STRING_LENGTH_MAX = 4 << 20;

    /** Longest name in characters, tensor names included. */
    static final int NAME_LENGTH_MAX = 1_024;

    /** Longest number in digits. */
    static final int NUMBER_LENGTH_MAX = 64;

    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(NESTING_MAX)
                    .maxStringLength(STRING_LENGTH_MAX)
                    .maxNameLength(NAME_LENGTH_MAX)
                    .maxNumberLength(NUMBER_LENGTH_MAX)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Python's json module writes NaN and Infinity.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            // Names are checkpoint data: kept out of the process-wide table.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /** The object in the file; anything else is refused. */
    static JsonNode object(String name, Path path, long bytesMax) {
        var node = tree(name, path, bytesMax);
        if (!node.isObject()) {
            throw new CheckpointException("'%s' should hold a JSON object".formatted(name));
        }
        return node;
    }

    /** The array in the file; anything else is refused. */
    static JsonNode array(String name, Path path, long bytesMax) {
        var node = tree(name, path, bytesMax);
        if (!node.isArray()) {
            throw new CheckpointException("'%s' should hold a JSON array".formatted(name));
        }
        return node;
    }

    private static JsonNode tree(String name, Path path, long bytesMax) {
        try {
            return MAPPER.readTree(bytes(name, path, bytesMax));
        } catch (JsonProcessingException e) {
            throw new CheckpointException("'%s' is not usable JSON: %s".formatted(name, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new CheckpointException("cannot read '%s': %s".formatted(name, e), e);
        }
    }

    /** The text of the file. */
    static String text(String name, Path path, long bytesMax) {
        return new String(bytes(name, path, bytesMax), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String name, Path path, long bytesMax) {
        try {
            long size = Files.size(path);
            if (size > bytesMax) {
                throw new CheckpointException("'%s' is %d bytes long; the limit is %d".formatted(name, size, bytesMax));
            }
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new CheckpointException("cannot read '%s': %s".formatted(name, e), e);
        }
    }
}
