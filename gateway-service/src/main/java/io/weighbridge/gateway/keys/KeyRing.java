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
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The API keys and the operator's facts, from a YAML file.
 *
 * <pre>
 *   operator: facts of the operator
 *   anonymous: facts of a tenant
 *   keys: [{name, key | keySha256, tenant: facts of a tenant}]
 * </pre>
 *
 * The facts' grammar is that of {@link UseJson}. A fact that is left out is unknown. Immutable; keys are held and compared as digests, in constant time.
 */
public final class KeyRing {
    /** Most bytes of a keys file. */
    public static final int KEYS_FILE_BYTES_MAX = 1024 * 1024;

    private static final int SHA256_BYTES = 32;
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Use.Operator operator;
    private final Caller anonymous;
    private final List<Entry> entries;

    private KeyRing(Use.Operator operator, Caller anonymous, List<Entry> entries) {
        this.operator = operator;
        this.anonymous = anonymous;
        this.entries = List.copyOf(entries);
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
            var entries = new ArrayList<Entry>();
            for (var key : document.keys()) {
                entries.add(entry(key));
            }
            return new KeyRing(document.operator(), new Caller("anonymous", document.anonymous()), entries);
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

    private static Entry entry(KeyNode node) {
        if (node.name() == null || node.name().isBlank()) {
            throw new IllegalArgumentException("a key has no name");
        }
        var caller = new Caller(node.name(), node.tenant());
        if ((node.key() == null) == (node.keySha256() == null)) {
            throw new IllegalArgumentException(
                    "key '%s' needs either 'key' or 'keySha256', and not both".formatted(node.name()));
        }
        var key = node.key();
        if (key != null) {
            if (key.isBlank()) {
                throw new IllegalArgumentException("key '%s' is empty".formatted(node.name()));
            }
            return new Entry(digest(key), caller);
        }
        var bytes = HexFormat.of().parseHex(String.valueOf(node.keySha256()));
        if (bytes.length != SHA256_BYTES) {
            throw new IllegalArgumentException("keySha256 of '%s' must have 64 digits".formatted(node.name()));
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
            @JsonProperty("keys") @Nullable List<KeyNode> keyNodes) {
        Use.Operator operator() {
            return UseJson.operator(orMissing(operatorNode));
        }

        Use.Tenant anonymous() {
            return UseJson.tenant(orMissing(anonymousNode));
        }

        List<KeyNode> keys() {
            return keyNodes != null ? keyNodes : List.of();
        }
    }

    record KeyNode(
            @Nullable String name,
            @Nullable String key,
            @Nullable String keySha256,
            @JsonProperty("tenant") @Nullable JsonNode tenantNode) {
        Use.Tenant tenant() {
            return UseJson.tenant(orMissing(tenantNode));
        }
    }

    private static JsonNode orMissing(@Nullable JsonNode node) {
        return node == null || node.isNull() ? MissingNode.getInstance() : node;
    }
}
