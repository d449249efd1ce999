package io.weighbridge.engine.grammar;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One JSON Schema with its identifiers and anchors: what {@code $ref} can lead to. Nothing is fetched. Not thread-safe. */
final class SchemaDocument {
    /** Deepest nesting of a schema's JSON. */
    static final int NESTING_MAX = 100;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(NESTING_MAX)
                            .maxNumberLength(200)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    /** Keywords whose value is a schema, a list of schemas, or schemas by name. */
    private static final List<String> SCHEMA = List.of(
            "items",
            "additionalProperties",
            "not",
            "if",
            "then",
            "else",
            "contains",
            "propertyNames",
            "unevaluatedItems",
            "unevaluatedProperties",
            "contentSchema");

    private static final List<String> SCHEMAS = List.of("allOf", "anyOf", "oneOf", "prefixItems");
    private static final List<String> NAMED_SCHEMAS =
            List.of("properties", "patternProperties", "$defs", "definitions", "dependentSchemas");

    private static final URI ROOT = URI.create("schema:///root");

    private final JsonNode root;
    private final Map<JsonNode, URI> bases = new IdentityHashMap<>();
    private final Map<String, JsonNode> targets = new HashMap<>();

    SchemaDocument(String text) {
        Budget.source(text);
        try {
            root = MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw GrammarException.syntax("the schema is not usable JSON: " + e.getOriginalMessage());
        }
        targets.put(ROOT.toString(), root);
        index(root, ROOT);
    }

    JsonNode root() {
        return root;
    }

    private void index(JsonNode schema, URI outer) {
        var base = outer;
        if (!schema.isObject()) {
            return;
        }
        var id = schema.get("$id");
        if (id != null && id.isTextual() && !id.textValue().startsWith("#")) {
            base = resolve(outer, id.textValue());
            targets.putIfAbsent(withoutFragment(base), schema);
        }
        bases.put(schema, base);
        for (var keyword : List.of("$anchor", "$dynamicAnchor")) {
            var anchor = schema.get(keyword);
            if (anchor != null && anchor.isTextual()) {
                targets.putIfAbsent(withoutFragment(base) + "#" + anchor.textValue(), schema);
            }
        }
        for (var keyword : SCHEMA) {
            var value = schema.get(keyword);
            if (value != null) {
                index(value, base);
            }
        }
        for (var keyword : SCHEMAS) {
            var value = schema.get(keyword);
            if (value != null && value.isArray()) {
                for (var element : value) {
                    index(element, base);
                }
            }
        }
        for (var keyword : NAMED_SCHEMAS) {
            var value = schema.get(keyword);
            if (value != null && value.isObject()) {
                for (var element : value) {
                    index(element, base);
                }
            }
        }
    }

    /** The schema that {@code reference} in {@code from} leads to. */
    JsonNode target(JsonNode from, String reference) {
        var base = bases.getOrDefault(from, ROOT);
        var uri = reference.startsWith("#")
                ? withoutFragment(base) + reference
                : resolve(base, reference).toString();
        int hash = uri.indexOf('#');
        var resource = hash < 0 ? uri : uri.substring(0, hash);
        var fragment = hash < 0 ? "" : uri.substring(hash + 1);
        JsonNode found = null;
        if (fragment.isEmpty()) {
            found = targets.get(resource);
        } else if (fragment.startsWith("/")) {
            found = pointer(targets.get(resource), fragment);
        } else {
            found = targets.get(resource + "#" + fragment);
        }
        if (found == null) {
            throw GrammarException.unsupported(
                    "$ref '%s' leads to nothing in this schema; put what it refers to under $defs"
                            .formatted(reference));
        }
        if (found.isObject()) {
            bases.putIfAbsent(found, base);
        }
        return found;
    }

    private static @Nullable JsonNode pointer(@Nullable JsonNode start, String pointer) {
        var at = start;
        for (var part : pointer.substring(1).split("/", -1)) {
            if (at == null) {
                return null;
            }
            String name;
            try {
                name = URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                return null;
            }
            name = name.replace("~1", "/").replace("~0", "~");
            at = at.isArray() ? (name.matches("\\d{1,9}") ? at.get(Integer.parseInt(name)) : null) : at.get(name);
        }
        return at;
    }

    private static URI resolve(URI base, String reference) {
        try {
            var uri = URI.create(reference);
            return base.isOpaque() || uri.isAbsolute() ? uri : base.resolve(uri);
        } catch (IllegalArgumentException e) {
            throw GrammarException.syntax("'%s' is no URI reference".formatted(reference));
        }
    }

    private static String withoutFragment(URI uri) {
        var text = uri.toString();
        int hash = text.indexOf('#');
        return hash < 0 ? text : text.substring(0, hash);
    }

    /** Whether the schema has any of these keywords. */
    static boolean hasAny(JsonNode schema, Set<String> keywords) {
        for (var keyword : keywords) {
            if (schema.has(keyword)) {
                return true;
            }
        }
        return false;
    }
}
