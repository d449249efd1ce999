package io.weighbridge.registry.jdbc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.LicenseChange.Concluded;
import io.weighbridge.registry.catalog.LicenseChange.Declared;
import io.weighbridge.registry.catalog.LicenseChange.Detected;
import io.weighbridge.registry.catalog.LicenseChange.MadeFrom;
import io.weighbridge.registry.catalog.LicenseChange.Withdrawn;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.catalog.Origin;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes changes of a license history into a column and reads them back. Rows are never rewritten: old forms stay readable. */
final class ChangeJson {
    // Texts that the migration carried over are not escaped as fully as Jackson's own.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNESCAPED_CONTROL_CHARS)
            .build();

    private ChangeJson() {}

    static String kind(LicenseChange change) {
        return switch (change) {
            case Declared _ -> "declared";
            case Detected _ -> "detected";
            case Concluded _ -> "concluded";
            case Withdrawn _ -> "withdrawn";
            case MadeFrom _ -> "made-from";
        };
    }

    static String write(LicenseChange change) {
        var node = JSON.createObjectNode();
        switch (change) {
            case Declared(var declaration) -> put(node, declaration);
            case Detected(var detection) -> put(node, detection);
            case Concluded(var license, var reason, var textDigest) ->
                putIfAny(node.put("license", license).put("reason", reason), "textDigest", textDigest);
            case Withdrawn(var reason) -> node.put("reason", reason);
            case MadeFrom(var origins) -> {
                var list = node.putArray("origins");
                origins.forEach(origin -> list.addObject()
                        .put("model", origin.model().toString())
                        .put("relation", origin.relation().name().toLowerCase(Locale.ROOT)));
            }
        }
        return node.toString();
    }

    static LicenseChange read(String kind, String content) throws SQLException {
        try {
            var node = JSON.readTree(content);
            return switch (kind) {
                case "declared" -> new Declared(declaration(node));
                case "detected" -> new Detected(detection(node));
                case "concluded" ->
                    new Concluded(
                            node.path("license").asText(), node.path("reason").asText(), text(node, "textDigest"));
                case "withdrawn" -> new Withdrawn(node.path("reason").asText());
                case "made-from" -> madeFrom(node);
                default -> throw new SQLException("no such kind of license change: " + kind);
            };
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new SQLException("a license change of kind %s cannot be read: %s".formatted(kind, e.getMessage()), e);
        }
    }

    private static void put(ObjectNode node, Declaration declaration) {
        node.put("license", declaration.license());
        putIfAny(node, "name", declaration.name());
        putIfAny(node, "link", declaration.link());
    }

    private static void put(ObjectNode node, Detection detection) {
        if (detection.metadata() != null) {
            put(node.putObject("metadata"), detection.metadata());
        }
        var texts = node.putArray("texts");
        for (var text : detection.texts()) {
            var item = texts.addObject().put("path", text.path()).put("textDigest", text.textDigest());
            putIfAny(item, "key", text.key());
            item.put("policy", text.policy());
            putIfAny(item, "note", text.note());
        }
    }

    private static void putIfAny(ObjectNode node, String key, @Nullable String value) {
        if (value != null) {
            node.put(key, value);
        }
    }

    private static Declaration declaration(JsonNode node) {
        return new Declaration(node.path("license").asText(), text(node, "name"), text(node, "link"));
    }

    private static Detection detection(JsonNode node) {
        var texts = new ArrayList<Detection.Text>();
        for (var item : node.path("texts")) {
            texts.add(new Detection.Text(
                    item.path("path").asText(),
                    item.path("textDigest").asText(),
                    text(item, "key"),
                    item.path("policy").asBoolean(),
                    text(item, "note")));
        }
        return new Detection(node.has("metadata") ? declaration(node.get("metadata")) : null, texts);
    }

    private static MadeFrom madeFrom(JsonNode node) {
        var origins = new ArrayList<Origin>();
        for (var item : node.path("origins")) {
            origins.add(new Origin(
                    ModelRef.parse(item.path("model").asText()),
                    Relation.valueOf(item.path("relation").asText().toUpperCase(Locale.ROOT))));
        }
        return new MadeFrom(origins);
    }

    private static @Nullable String text(JsonNode node, String key) {
        return node.has(key) ? node.get(key).asText() : null;
    }
}
