package io.weighbridge.license.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.policy.LineageJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads models from the registry's snapshot ({@code GET /api/v1/snapshot}, schema {@code Snapshot} in contracts) or from the copy
 * of it that a gateway keeps. What it does not know it leaves unread, because a newer registry may say more; what it does know it
 * reads as strictly as {@link LineageJson}.
 */
public final class SnapshotJson {
    /** Most bytes of a snapshot: some hundred thousand models. */
    public static final int SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;

    private static final Set<String> NODE_KEYS = Set.of("license", "multimodal", "released", "madeFrom");
    private static final Set<String> LICENSE_KEYS = Set.of("declared", "detected", "concluded", "conflict");
    private static final Set<String> ORIGIN_KEYS = Set.of("model", "relation");
    private static final ObjectMapper JSON = new ObjectMapper();

    private SnapshotJson() {}

    /** The models in {@code text}, or an exception that names {@code file} and what is wrong in it. */
    public static List<Candidate> read(String file, byte[] text) {
        if (text.length > SNAPSHOT_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, a snapshot has at most %d".formatted(file, text.length, SNAPSHOT_BYTES_MAX));
        }
        try {
            var models = JSON.readTree(text).path("models");
            if (!models.isArray()) {
                throw new IllegalArgumentException("not a snapshot of the registry: it has no list 'models'");
            }
            var candidates = new ArrayList<Candidate>();
            models.forEach(model -> candidates.add(candidate(model)));
            return candidates;
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("%s: not JSON: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static Candidate candidate(JsonNode model) {
        var node = only(model, NODE_KEYS);
        node.set("model", model.path("id"));
        if (model.path("license").isObject()) {
            node.set("license", only(model.get("license"), LICENSE_KEYS));
        }
        if (node.path("madeFrom") instanceof ArrayNode madeFrom) {
            var origins = JSON.createArrayNode();
            madeFrom.forEach(origin -> origins.add(only(origin, ORIGIN_KEYS)));
            node.set("madeFrom", origins);
        }
        var checkpoint = model.path("checkpoint");
        var parameterCount = number(checkpoint, "parameterCount");
        var contextLength = number(checkpoint, "contextLength");
        return new Candidate(
                LineageJson.node(node),
                checkpoint.isObject(),
                parameterCount,
                contextLength == null ? null : (int) Math.min(Integer.MAX_VALUE, contextLength),
                null);
    }

    /** The known keys that are not null: JSON of the registry may write null for what is absent. */
    private static ObjectNode only(JsonNode node, Set<String> keys) {
        var copy = JSON.createObjectNode();
        for (var key : keys) {
            if (node.hasNonNull(key)) {
                copy.set(key, node.get(key));
            }
        }
        return copy;
    }

    private static @Nullable Long number(JsonNode node, String key) {
        var value = node.path(key);
        return value.isIntegralNumber() && value.canConvertToLong() && value.asLong() > 0
                ? Long.valueOf(value.asLong())
                : null;
    }
}
