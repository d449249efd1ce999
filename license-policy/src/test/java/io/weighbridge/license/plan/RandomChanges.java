package io.weighbridge.license.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.Samples;
import io.weighbridge.license.policy.FactsPatchJson;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.terms.Act;
import java.util.List;
import java.util.random.RandomGenerator;

/** Changes of facts for property tests. */
final class RandomChanges {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> METRICS = List.of(
            "monthlyUsers",
            "monthlyRevenueUsd",
            "annualRevenueUsd",
            "annualRecurringRevenueUsd",
            "modelServiceRevenueUsd");

    private RandomChanges() {}

    /** Replaces all facts of the operator by these. */
    static FactsPatchJson operator(Use.Operator facts) {
        var use = new Use(Act.SERVE, facts, Use.Tenant.UNKNOWN, Use.Request.UNDECLARED);
        var patch = JSON.createObjectNode();
        for (var key : List.of("servesOthers", "modelService", "nonprofit", "flowDownTermsPublished", "domicile")) {
            patch.putNull(key);
        }
        METRICS.forEach(patch::putNull);
        // A series is replaced as a whole only where it was unset before.
        patch.setAll((ObjectNode) orEmpty(read(UseJson.canonical(use)).path("operator")));
        METRICS.stream().filter(patch::hasNonNull).forEach(metric -> {
            var series = (ObjectNode) patch.get(metric);
            for (var part : List.of("group", "product", "mostEver", "groupInMonth")) {
                if (!series.has(part)) {
                    series.putNull(part);
                }
            }
            // Months that were there before stay, and could be above what the new facts say was the most ever.
            series.putNull("mostEver");
        });
        return FactsPatchJson.operator(patch);
    }

    static FactsPatchJson tenant(RandomGenerator random) {
        return FactsPatchJson.tenant(read(Samples.oneOf(
                random,
                "{\"commercial\": true}",
                "{\"commercial\": null}",
                "{\"purposes\": [\"assistance\"]}",
                "{\"purposes\": [\"research\", \"hate\"]}",
                "{\"purposes\": null, \"endUserCountries\": [\"DE\", \"US\"]}")));
    }

    private static JsonNode orEmpty(JsonNode node) {
        return node.isMissingNode() ? JSON.createObjectNode() : node;
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
    }
}
