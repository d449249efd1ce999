package io.weighbridge.gateway.keys;

import com.fasterxml.jackson.databind.JsonNode;
import io.weighbridge.gateway.keys.Alias.Requirements;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the part {@code aliases} of a keys file; {@link KeyRing} has the grammar. */
final class AliasReader {
    /** Most aliases: people have to choose between them. */
    static final int ALIASES_MAX = 64;

    /** Most candidates of one alias: each that is passed over costs a request one decision. */
    static final int CANDIDATES_MAX = 32;

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
    private static final Set<String> KEYS = Set.of("candidates", "requires");
    private static final Set<String> REQUIREMENTS = Set.of("contextLengthAtLeast", "chatTemplate", "multimodal");

    private AliasReader() {}

    /** All aliases by name, in the file's order; {@link Alias#AUTO} last unless the file declares it. */
    static Map<String, Alias> read(@Nullable JsonNode aliases) {
        var byName = new LinkedHashMap<String, Alias>();
        if (aliases != null && !aliases.isNull()) {
            object("aliases", aliases, null);
            if (aliases.size() > ALIASES_MAX) {
                throw new IllegalArgumentException(
                        "aliases: %d names, at most %d are allowed".formatted(aliases.size(), ALIASES_MAX));
            }
            for (var entry : aliases.properties()) {
                byName.put(entry.getKey(), alias(entry.getKey(), entry.getValue()));
            }
        }
        byName.putIfAbsent(Alias.AUTO.name(), Alias.AUTO);
        return byName;
    }

    private static Alias alias(String name, JsonNode node) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "alias '%s': a name has 1 to 64 of a-z 0-9 . _ - and starts with a letter or digit"
                            .formatted(name));
        }
        object("alias " + name, node, KEYS);
        return new Alias(name, candidates(name, node.path("candidates")), requirements(name, node.path("requires")));
    }

    private static @Nullable List<String> candidates(String name, JsonNode list) {
        if (list.isMissingNode()) {
            return null;
        }
        if (!list.isArray() || list.isEmpty() || list.size() > CANDIDATES_MAX) {
            throw new IllegalArgumentException(
                    "alias %s: 'candidates' must list 1 to %d models; without it every model counts"
                            .formatted(name, CANDIDATES_MAX));
        }
        var ids = new ArrayList<String>();
        for (var id : list) {
            if (!id.isTextual() || id.asText().indexOf('/') < 0 || ids.contains(id.asText())) {
                throw new IllegalArgumentException(
                        "alias %s: candidate %s is not a model's id (owner/name), or is listed twice"
                                .formatted(name, id));
            }
            ids.add(id.asText());
        }
        return ids;
    }

    private static Requirements requirements(String name, JsonNode node) {
        if (node.isMissingNode()) {
            return Requirements.NONE;
        }
        object("alias %s: requires".formatted(name), node, REQUIREMENTS);
        var context = node.path("contextLengthAtLeast");
        if (!context.isMissingNode()
                && (!context.canConvertToInt() || !context.isIntegralNumber() || context.asInt() < 1)) {
            throw new IllegalArgumentException(
                    "alias %s: contextLengthAtLeast must be a number of tokens above 0".formatted(name));
        }
        return new Requirements(context.asInt(0), flag(name, node, "chatTemplate"), flag(name, node, "multimodal"));
    }

    private static boolean flag(String name, JsonNode node, String key) {
        var value = node.path(key);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw new IllegalArgumentException("alias %s: %s must be true or false".formatted(name, key));
        }
        return value.asBoolean();
    }

    private static void object(String path, JsonNode node, @Nullable Set<String> keys) {
        if (!node.isObject()) {
            throw new IllegalArgumentException("%s must be a mapping, not %s".formatted(path, node));
        }
        for (var entry : node.properties()) {
            if (keys != null && !keys.contains(entry.getKey())) {
                throw new IllegalArgumentException("%s: unknown key '%s'; known: %s"
                        .formatted(path, entry.getKey(), String.join(", ", new TreeSet<>(keys))));
            }
        }
    }
}
