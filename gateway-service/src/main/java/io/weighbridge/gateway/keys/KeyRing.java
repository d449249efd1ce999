package io.weighbridge.gateway.keys;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The API keys and the operator's facts, from a YAML file.
 *
 * <pre>
 *   operator: facts of the operator
 *   anonymous: facts of a tenant
 *   keys: [{name, key | keySha256, admin: true (default: false; may plan), tenant: facts of a tenant}]
 *   aliases: {name: {candidates: [model, ...] (default: all that were pulled, the largest first),
 *                    requires: {contextLengthAtLeast, chatTemplate, multimodal}}}
 * </pre>
 *
 * The facts' grammar is that of {@link UseJson}. A fact that is left out is unknown. Immutable; keys are held and compared as
 * digests, in constant time.
 */
public final class KeyRing {
    /** Most bytes of a keys file. */
    public static final int KEYS_FILE_BYTES_MAX = 1024 * 1024;

    /** Most characters of a key's name: it stands in receipts. */
    public static final int NAME_CHARS_MAX = 128;

    /** Most characters of one caller's facts as canonical JSON: they stand in each of its receipts. */
    public static final int FACTS_CHARS_MAX = 12 * 1024;

    private static final int SHA256_BYTES = 32;
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Use.Operator operator;
    private final Caller anonymous;
    private final List<Entry> entries;
    private final Map<String, Caller> byName;
    private final Map<String, Alias> aliases;
    private final Set<String> admins;

    private KeyRing(
            Use.Operator operator,
            Caller anonymous,
            List<Entry> entries,
            Map<String, Alias> aliases,
            Set<String> admins) {
        this.admins = Set.copyOf(admins);
        this.operator = operator;
        this.anonymous = anonymous;
        this.entries = List.copyOf(entries);
        this.aliases = Collections.unmodifiableMap(aliases);
        this.byName = new HashMap<>();
        byName.put(anonymous.name(), anonymous);
        for (var entry : entries) {
            var caller = entry.caller();
            if (byName.put(caller.name(), caller) != null) {
                throw new IllegalArgumentException(
                        "two keys are called '%s'; 'anonymous' is the name of requests without one"
                                .formatted(caller.name()));
            }
        }
    }

    /** The keys in {@code file}, or an exception that says what is wrong with it. */
    public static KeyRing read(Path file) {
        try {
            return parse(file.toString(), Files.readAllBytes(file));
        } catch (IOException broken) {
            throw new IllegalArgumentException(
                    "cannot read the keys file %s (%s); set weighbridge.gateway.keys-file to a readable file"
                            .formatted(file, broken.getClass().getSimpleName()),
                    broken);
        }
    }

    /** The keys for local use that come with the gateway. */
    public static KeyRing builtIn() {
        try (var in = KeyRing.class.getResourceAsStream("/default-keys.yaml")) {
            if (in == null) {
                throw new IllegalStateException("resource default-keys.yaml is missing");
            }
            return parse("default-keys.yaml", in.readAllBytes());
        } catch (IOException broken) {
            throw new IllegalStateException("resource default-keys.yaml cannot be read", broken);
        }
    }

    static KeyRing parse(String file, byte[] yaml) {
        if (yaml.length > KEYS_FILE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: %d bytes, a keys file has at most %d".formatted(file, yaml.length, KEYS_FILE_BYTES_MAX));
        }
        try {
            var document = YAML.readValue(yaml, Document.class);
            var operator = document.operator();
            var entries = new ArrayList<Entry>();
            for (var key : document.keys()) {
                entries.add(entry(operator, key));
            }
            return new KeyRing(
                    operator,
                    caller("anonymous", operator, document.anonymous()),
                    entries,
                    AliasReader.read(document.aliasesNode()),
                    document.admins());
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("%s: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IOException | IllegalArgumentException broken) {
            throw new IllegalArgumentException("%s: %s".formatted(file, broken.getMessage()), broken);
        }
    }

    /** The caller that {@code key} belongs to, or null. Takes the same time whichever key it is. */
    public @Nullable Caller find(String key) {
        var digest = digest(key);
        Caller found = null;
        for (var entry : entries) {
            if (MessageDigest.isEqual(entry.digest(), digest)) {
                found = entry.caller();
            }
        }
        return found;
    }

    public Caller anonymous() {
        return anonymous;
    }

    public Use.Operator operator() {
        return operator;
    }

    public List<Caller> callers() {
        return entries.stream().map(Entry::caller).toList();
    }

    /** The caller of this name as it is declared now, or null when it has no key any more. */
    public @Nullable Caller named(String name) {
        return byName.get(name);
    }

    /** Whether the key of this name may see what concerns all tenants. */
    public boolean isAdmin(String name) {
        return admins.contains(name);
    }

    /** All aliases, by name, in the file's order. */
    public Map<String, Alias> aliases() {
        return aliases;
    }

    private static Caller caller(String name, Use.Operator operator, Use.Tenant tenant) {
        var caller = Caller.of(name, operator, tenant);
        if (caller.facts().length() > FACTS_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "the facts of operator and key '%s' have %d characters as JSON, at most %d are allowed; leave out old months"
                            .formatted(name, caller.facts().length(), FACTS_CHARS_MAX));
        }
        return caller;
    }

    private static Entry entry(Use.Operator operator, KeyNode node) {
        var name = node.name();
        if (name == null || name.isBlank()) {
            throw new IllegalArgumentException("a key has no name");
        }
        if (name.length() > NAME_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "the name '%s' has more than %d characters".formatted(name, NAME_CHARS_MAX));
        }
        var caller = caller(name, operator, node.tenant());
        if ((node.key() == null) == (node.keySha256() == null)) {
            throw new IllegalArgumentException(
                    "key '%s' needs either 'key' or 'keySha256', and not both".formatted(name));
        }
        var key = node.key();
        if (key != null) {
            if (key.isBlank()) {
                throw new IllegalArgumentException("key '%s' is empty".formatted(name));
            }
            return new Entry(digest(key), caller);
        }
        var bytes = HexFormat.of().parseHex(String.valueOf(node.keySha256()));
        if (bytes.length != SHA256_BYTES) {
            throw new IllegalArgumentException("keySha256 of '%s' must have 64 digits".formatted(name));
        }
        return new Entry(bytes, caller);
    }

    private static byte[] digest(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared as a record
    private record Entry(byte[] digest, Caller caller) {}

    record Document(
            @JsonProperty("operator") @Nullable JsonNode operatorNode,
            @JsonProperty("anonymous") @Nullable JsonNode anonymousNode,
            @JsonProperty("keys") @Nullable List<KeyNode> keyNodes,
            @JsonProperty("aliases") @Nullable JsonNode aliasesNode) {
        Use.Operator operator() {
            return UseJson.operator(orMissing(operatorNode));
        }

        Use.Tenant anonymous() {
            return UseJson.tenant(orMissing(anonymousNode));
        }

        Set<String> admins() {
            return keys().stream()
                    .filter(key -> Boolean.TRUE.equals(key.admin()))
                    .map(key -> String.valueOf(key.name()))
                    .collect(Collectors.toUnmodifiableSet());
        }

        List<KeyNode> keys() {
            return keyNodes != null ? keyNodes : List.of();
        }
    }

    record KeyNode(
            @Nullable String name,
            @Nullable String key,
            @Nullable String keySha256,
            @Nullable Boolean admin,
            @JsonProperty("tenant") @Nullable JsonNode tenantNode) {
        Use.Tenant tenant() {
            return UseJson.tenant(orMissing(tenantNode));
        }
    }

    private static JsonNode orMissing(@Nullable JsonNode node) {
        return node == null || node.isNull() ? MissingNode.getInstance() : node;
    }
}
