package io.weighbridge.license.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads the operator's and the tenants' facts from a gateway's keys file. The keys themselves, and what only concerns the gateway,
 * are not looked at; the gateway checks them.
 *
 * <pre>
 *   operator: facts of the operator
 *   anonymous: facts of requests without a key          the tenant 'anonymous', where the file has it
 *   keys: [{name, tenant: facts of a tenant}]
 * </pre>
 *
 * @param tenants by name, sorted
 */
public record TenantsJson(Use.Operator operator, Map<String, Use.Tenant> tenants) {
    /** Most bytes of a keys file. */
    public static final int KEYS_BYTES_MAX = 1024 * 1024;

    private static final String ANONYMOUS = "anonymous";
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    public TenantsJson {
        tenants = java.util.Collections.unmodifiableMap(new TreeMap<>(tenants));
    }

    /** The facts in {@code text}, or an exception that names {@code file} and what is wrong in it. */
    public static TenantsJson read(String file, byte[] text) {
        if (text.length > KEYS_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "%s: more than %d bytes, the most that a keys file may have".formatted(file, KEYS_BYTES_MAX));
        }
        try {
            return tenants(YAML.readTree(text));
        } catch (JsonProcessingException broken) {
            throw new IllegalArgumentException("%s: not YAML: %s".formatted(file, broken.getOriginalMessage()), broken);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static TenantsJson tenants(JsonNode root) {
        var tenants = new TreeMap<String, Use.Tenant>();
        if (root.hasNonNull(ANONYMOUS)) {
            tenants.put(ANONYMOUS, UseJson.tenant(root.get(ANONYMOUS)));
        }
        for (var key : root.path("keys")) {
            var name = key.path("name").asText();
            if (name.isBlank()) {
                throw new IllegalArgumentException("a key has no name");
            }
            if (tenants.put(name, UseJson.tenant(orMissing(key.path("tenant")))) != null) {
                throw new IllegalArgumentException("two keys are called '%s'".formatted(name));
            }
        }
        if (tenants.isEmpty()) {
            throw new IllegalArgumentException("no tenants: it has neither 'keys' nor 'anonymous'");
        }
        return new TenantsJson(UseJson.operator(orMissing(root.path("operator"))), tenants);
    }

    private static JsonNode orMissing(JsonNode node) {
        return node.isNull() ? MissingNode.getInstance() : node;
    }
}
