package io.weighbridge.license.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.YearMonth;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads models and what they were made from, from YAML or JSON.
 *
 * <pre>
 *   models: [model]
 *   model    := {model: id, license: {declared, detected, concluded, conflict}, multimodal, released: '2024-04',
 *                madeFrom: [{model: id, relation}]}
 *   relation := fine-tune | adapter | merge | quantization | distilled-from-output
 *     declared     as the publisher says it; must be there
 *     detected     as found in the files
 *     concluded    as a reviewer decided: a key, id or alias of terms
 *     conflict     true when declared and detected differ and nobody has concluded (false when left out)
 *     multimodal   true or false; unknown when left out
 *     released     the month of the model's release; unknown when left out
 * </pre>
 *
 * A key that is not in this grammar is an error, so that a typing mistake cannot drop an ancestor.
 */
public final class LineageJson {
    /** Most bytes of a file of models. */
    public static final int MODELS_BYTES_MAX = 16 * 1024 * 1024;

    /** Most models of one document. */
    public static final int MODELS_MAX = 20_000;

    private static final Set<String> ROOT_KEYS = Set.of("models");
    private static final Set<String> MODEL_KEYS = Set.of("model", "license", "multimodal", "released", "madeFrom");
    private static final Set<String> LICENSE_KEYS = Set.of("declared", "detected", "concluded", "conflict");
    private static final Set<String> ORIGIN_KEYS = Set.of("model", "relation");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private LineageJson() {}

    /** The models in {@code text}, in its order, or an exception that names {@code file} and what is wrong in it. */
    public static List<Lineage.Node> read(String file, byte[] text) {
        if (text.length > MODELS_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, a file of models has at most %d".formatted(file, text.length, MODELS_BYTES_MAX));
        }
        try {
            var root = YAML.readTree(text);
            object("the file", root, ROOT_KEYS);
            return nodes(root.path("models"));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(
                    "%s: neither YAML nor JSON: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The models of the list {@code models}, in its order; never empty. */
    public static List<Lineage.Node> nodes(JsonNode models) {
        if (!models.isArray() || models.isEmpty()) {
            throw new IllegalArgumentException("'models' must be a list with at least one model");
        }
        if (models.size() > MODELS_MAX) {
            throw new IllegalArgumentException("%d models, at most %d".formatted(models.size(), MODELS_MAX));
        }
        var nodes = new ArrayList<Lineage.Node>();
        models.forEach(model -> nodes.add(node(model)));
        return nodes;
    }

    /** One model. */
    public static Lineage.Node node(JsonNode node) {
        object("a model", node, MODEL_KEYS);
        var model = required("a model", node, "model");
        var origins = new ArrayList<Lineage.Origin>();
        var madeFrom = node.path("madeFrom");
        if (!madeFrom.isMissingNode() && !madeFrom.isArray()) {
            throw new IllegalArgumentException(model + ": 'madeFrom' must be a list");
        }
        for (var origin : madeFrom) {
            origins.add(origin(model, origin));
        }
        return new Lineage.Node(model, traits(model, node), claim(model, node.path("license")), origins);
    }

    /** One entry of {@code madeFrom} of {@code model}. */
    public static Lineage.Origin origin(String model, JsonNode origin) {
        object(model + ": an entry of 'madeFrom'", origin, ORIGIN_KEYS);
        return new Lineage.Origin(
                required(model, origin, "model"), relation(model, required(model, origin, "relation")));
    }

    /** The claim {@code {declared, detected, concluded, conflict}} of {@code model}. */
    public static LicenseClaim claim(String model, JsonNode license) {
        object(model + ": 'license'", license, LICENSE_KEYS);
        return new LicenseClaim(
                required(model + ": 'license'", license, "declared"),
                text(model, license, "detected"),
                text(model, license, "concluded"),
                flag(model, license, "conflict") == Answer.YES);
    }

    private static Traits traits(String model, JsonNode node) {
        var released = text(model, node, "released");
        try {
            return new Traits(flag(model, node, "multimodal"), released == null ? null : YearMonth.parse(released));
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(
                    "%s: 'released' must be a month such as '2024-04', not %s".formatted(model, released), wrong);
        }
    }

    private static Relation relation(String model, String text) {
        return Arrays.stream(Relation.values())
                .filter(relation -> word(relation).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s: 'relation' cannot be %s; known: %s"
                        .formatted(
                                model,
                                text,
                                Arrays.stream(Relation.values())
                                        .map(LineageJson::word)
                                        .collect(Collectors.joining(", ")))));
    }

    private static String word(Relation relation) {
        return relation.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Answer flag(String path, JsonNode node, String key) {
        var value = node.path(key);
        if (value.isMissingNode()) {
            return Answer.UNKNOWN;
        }
        if (!value.isBoolean()) {
            throw new IllegalArgumentException("%s: '%s' must be true or false".formatted(path, key));
        }
        return Answer.of(value.asBoolean());
    }

    private static String required(String path, JsonNode node, String key) {
        var text = text(path, node, key);
        if (text == null) {
            throw new IllegalArgumentException("%s: '%s' is missing".formatted(path, key));
        }
        return text;
    }

    private static @Nullable String text(String path, JsonNode node, String key) {
        var value = node.path(key);
        if (value.isMissingNode()) {
            return null;
        }
        if (!value.isTextual() || value.asText().isBlank()) {
            throw new IllegalArgumentException(
                    "%s: '%s' must be a text (in quotes where YAML would read it as something else)"
                            .formatted(path, key));
        }
        return value.asText();
    }

    private static void object(String path, JsonNode node, Set<String> keys) {
        if (!node.isObject()) {
            throw new IllegalArgumentException(
                    "%s must be a mapping, not %s".formatted(path, node.isMissingNode() ? "missing" : node));
        }
        for (var entry : node.properties()) {
            if (!keys.contains(entry.getKey())) {
                throw new IllegalArgumentException("%s: unknown key '%s'; known: %s"
                        .formatted(path, entry.getKey(), String.join(", ", new TreeSet<>(keys))));
            }
        }
    }
}
