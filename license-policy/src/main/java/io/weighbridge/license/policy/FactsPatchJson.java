package io.weighbridge.license.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.terms.Act;
import java.util.Set;

/**
 * A change of an operator's or a tenant's facts: a JSON merge patch (RFC 7396) over the grammar of {@link UseJson}. A fact
 * that is named takes the new value, one that is {@code null} becomes unknown, all others stay. Immutable.
 *
 * <pre>
 *   {monthlyUsers: {group: 100000000, mostEver: null}, domicile: DE}
 * </pre>
 */
public final class FactsPatchJson {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String OPERATOR = "operator";
    private static final String TENANT = "tenant";

    private final String kind;
    private final ObjectNode patch;

    private FactsPatchJson(String kind, ObjectNode patch) {
        this.kind = kind;
        this.patch = patch;
    }

    /** A change of the operator's facts, or an exception that names a fact that there is not. */
    public static FactsPatchJson operator(JsonNode node) {
        var patch = checked(OPERATOR, node, UseJson.operatorKeys());
        UseJson.operator(known(patch));
        return patch;
    }

    /** A change of a tenant's facts, or an exception that names a fact that there is not. */
    public static FactsPatchJson tenant(JsonNode node) {
        var patch = checked(TENANT, node, UseJson.TENANT_KEYS);
        UseJson.tenant(known(patch));
        return patch;
    }

    /** The changed facts, or an exception that says what they contradict. */
    public Use.Operator apply(Use.Operator operator) {
        require(OPERATOR);
        var facts = facts(new Use(Act.SERVE, operator, Use.Tenant.UNKNOWN, Use.Request.UNDECLARED));
        try {
            return UseJson.operator(facts);
        } catch (IllegalArgumentException contradiction) {
            throw new IllegalArgumentException(
                    "the change contradicts the operator's other facts: %s; change those too, or unset them with null"
                            .formatted(contradiction.getMessage()),
                    contradiction);
        }
    }

    /** The changed facts. */
    public Use.Tenant apply(Use.Tenant tenant) {
        require(TENANT);
        return UseJson.tenant(facts(new Use(Act.SERVE, Use.Operator.UNKNOWN, tenant, Use.Request.UNDECLARED)));
    }

    @Override
    public String toString() {
        return patch.toString();
    }

    private void require(String wanted) {
        if (!kind.equals(wanted)) {
            throw new IllegalStateException("a change of the %s's facts was applied to the %s".formatted(kind, wanted));
        }
    }

    private ObjectNode facts(Use use) {
        try {
            var facts = JSON.readTree(UseJson.canonical(use)).path(kind);
            return merged(facts instanceof ObjectNode object ? object : JSON.createObjectNode(), patch);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("canonical facts are JSON", impossible);
        }
    }

    private static FactsPatchJson checked(String kind, JsonNode node, Set<String> keys) {
        if (!(node instanceof ObjectNode patch)) {
            throw new IllegalArgumentException("%s must be a mapping of facts, not %s".formatted(kind, node));
        }
        UseJson.object(kind, patch, keys);
        for (var entry : patch.properties()) {
            if (entry.getValue().isObject() && !entry.getKey().equals("permissions")) {
                UseJson.object(kind + "." + entry.getKey(), entry.getValue(), UseJson.SERIES_KEYS);
            }
        }
        return new FactsPatchJson(kind, patch.deepCopy());
    }

    /** The patch without the facts it unsets: what remains must be facts by itself. */
    private static ObjectNode known(FactsPatchJson patch) {
        return merged(JSON.createObjectNode(), patch.patch);
    }

    private static ObjectNode merged(ObjectNode facts, ObjectNode patch) {
        var merged = facts.deepCopy();
        for (var entry : patch.properties()) {
            var value = entry.getValue();
            if (value.isNull()) {
                merged.remove(entry.getKey());
            } else if (value instanceof ObjectNode inner) {
                var there = merged.get(entry.getKey());
                merged.set(
                        entry.getKey(),
                        merged(there instanceof ObjectNode object ? object : JSON.createObjectNode(), inner));
            } else {
                merged.set(entry.getKey(), value);
            }
        }
        return merged;
    }
}
