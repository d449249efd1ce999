package io.weighbridge.license.openness;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** YAML text to maps, lists and scalars, and back. The only class of this package that knows a file format. */
final class YamlTree {
    /** Most bytes of a file about one model; the largest known one has five thousand. */
    static final int FILE_BYTES_MAX = 256 * 1024;

    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    private YamlTree() {}

    /** The one document in {@code yaml}, which must be a map; IllegalArgumentException says what is wrong. */
    static Fields read(byte[] yaml) {
        if (yaml.length > FILE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%d bytes, a file about one model has at most %d".formatted(yaml.length, FILE_BYTES_MAX));
        }
        try {
            return Fields.of("the file", YAML.readValue(yaml, Object.class));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("not YAML: " + broken.getOriginalMessage(), broken);
        } catch (IOException broken) {
            throw new IllegalArgumentException("not YAML: " + broken.getMessage(), broken);
        }
    }

    static byte[] write(Map<String, Object> tree) {
        try {
            return YAML.writeValueAsBytes(tree);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
