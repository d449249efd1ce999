package io.weighbridge.license.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.FactsPatchJson;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.LineageJson;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.terms.UsePolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a change from YAML or JSON.
 *
 * <pre>
 *   about: what it is, for people
 *   operator: facts                              as {@link FactsPatchJson}: null makes a fact unknown
 *   tenants: {name of a key, or '*' for all: facts}
 *   terms: [file or document]                    as {@link TermsReader} reads them; replace those of the same id
 *   policies: [file or document]                 use policies, likewise
 *   conclusions: {model: license, or null to withdraw the conclusion}
 *   madeFrom: {model: [{model, relation}]}       ancestors to add
 *   models: [model]                              as {@link LineageJson} reads them; added, or replaced
 * </pre>
 *
 * All keys may be left out. A key that is not in this grammar is an error.
 */
public final class ChangeJson {
    /** Most bytes of a change: terms within it are a page or two each. */
    public static final int CHANGE_BYTES_MAX = 4 * 1024 * 1024;

    /** Most documents, conclusions, or models in one change. */
    public static final int ENTRIES_MAX = 1_000;

    private static final Set<String> KEYS =
            Set.of("about", "operator", "tenants", "terms", "policies", "conclusions", "madeFrom", "models");
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Gives the bytes of a file that a change names, or throws saying why it does not. */
    @FunctionalInterface
    public interface Files {
        /** For changes that come without files: every document must stand in the change itself. */
        Files NONE = name -> {
            throw new IllegalArgumentException(
                    "'%s' names a file; put the document itself into the change".formatted(name));
        };

        byte[] read(String name);
    }

    private final TermsCatalog catalog;
    private final Files files;
    private final Map<String, UsePolicy> policies = new LinkedHashMap<>();

    private ChangeJson(TermsCatalog catalog, Files files) {
        this.catalog = catalog;
        this.files = files;
    }

    /**
     * The change in {@code text}, or an exception that names {@code file} and what is wrong in it.
     *
     * @param catalog whose use policies new terms may refer to
     */
    public static Change read(String file, byte[] text, TermsCatalog catalog, Files files) {
        if (text.length > CHANGE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: more than %d bytes, the most that a change may have".formatted(file, CHANGE_BYTES_MAX));
        }
        try {
            return new ChangeJson(catalog, files).change(YAML.readTree(text));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException(
                    "%s: neither YAML nor JSON: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private Change change(JsonNode root) {
        if (!root.isObject()) {
            throw new IllegalArgumentException("a change must be a mapping; known keys: " + known());
        }
        for (var entry : root.properties()) {
            if (!KEYS.contains(entry.getKey())) {
                throw new IllegalArgumentException("unknown key '%s'; known: %s".formatted(entry.getKey(), known()));
            }
        }
        var operator = root.path("operator");
        var newPolicies = policies(root);
        return new Change(
                root.has("about") ? text("about", root.get("about")) : "",
                operator.isMissingNode() ? null : FactsPatchJson.operator(operator),
                tenants(root),
                terms(root),
                newPolicies,
                conclusions(root),
                origins(root),
                root.has("models") ? LineageJson.nodes(root.get("models")) : List.of());
    }

    private static Map<String, FactsPatchJson> tenants(JsonNode root) {
        var tenants = new LinkedHashMap<String, FactsPatchJson>();
        for (var entry : mapping(root, "tenants").properties()) {
            tenants.put(entry.getKey(), FactsPatchJson.tenant(entry.getValue()));
        }
        return tenants;
    }

    private List<UsePolicy> policies(JsonNode root) {
        catalog.all().forEach(terms -> terms.policies().forEach(policy -> policies.put(policy.id(), policy)));
        var changed = new ArrayList<UsePolicy>();
        for (var entry : list(root, "policies")) {
            var policy = TermsReader.readPolicy(name("policies", entry), document("policies", entry));
            policies.put(policy.id(), policy);
            changed.add(policy);
        }
        return changed;
    }

    private List<Terms> terms(JsonNode root) {
        var terms = new ArrayList<Terms>();
        for (var entry : list(root, "terms")) {
            terms.add(TermsReader.read(name("terms", entry), document("terms", entry), policies));
        }
        return terms;
    }

    private byte[] document(String key, JsonNode entry) {
        if (entry.isTextual()) {
            return files.read(entry.asText());
        }
        if (!entry.isObject()) {
            throw new IllegalArgumentException("'%s' must hold file names or documents".formatted(key));
        }
        try {
            return YAML.writeValueAsBytes(entry);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("what was read can be written", impossible);
        }
    }

    private static String name(String key, JsonNode entry) {
        return entry.isTextual() ? entry.asText() : "a document in '%s'".formatted(key);
    }

    private static List<Change.Conclusion> conclusions(JsonNode root) {
        var conclusions = new ArrayList<Change.Conclusion>();
        for (var entry : mapping(root, "conclusions").properties()) {
            var license = entry.getValue();
            conclusions.add(new Change.Conclusion(
                    entry.getKey(), license.isNull() ? null : text("conclusions." + entry.getKey(), license)));
        }
        return conclusions;
    }

    private static Map<String, List<Lineage.Origin>> origins(JsonNode root) {
        var origins = new LinkedHashMap<String, List<Lineage.Origin>>();
        for (var entry : mapping(root, "madeFrom").properties()) {
            if (!entry.getValue().isArray()) {
                throw new IllegalArgumentException(
                        "madeFrom.%s must be a list of {model, relation}".formatted(entry.getKey()));
            }
            var added = new ArrayList<Lineage.Origin>();
            entry.getValue().forEach(origin -> added.add(LineageJson.origin(entry.getKey(), origin)));
            origins.put(entry.getKey(), added);
        }
        return origins;
    }

    private static JsonNode mapping(JsonNode root, String key) {
        var node = root.path(key);
        if (!node.isMissingNode() && !node.isObject()) {
            throw new IllegalArgumentException("'%s' must be a mapping".formatted(key));
        }
        return few(key, node);
    }

    private static JsonNode list(JsonNode root, String key) {
        var node = root.path(key);
        if (!node.isMissingNode() && !node.isArray()) {
            throw new IllegalArgumentException("'%s' must be a list".formatted(key));
        }
        return few(key, node);
    }

    private static JsonNode few(String key, JsonNode node) {
        if (node.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException("'%s' has more than %d entries".formatted(key, ENTRIES_MAX));
        }
        return node;
    }

    private static String text(String path, JsonNode node) {
        if (!node.isTextual() || node.asText().isBlank()) {
            throw new IllegalArgumentException("'%s' must be a text".formatted(path));
        }
        return node.asText();
    }

    private static String known() {
        return String.join(", ", new TreeSet<>(KEYS));
    }
}
