package io.weighbridge.license.plan;

import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that license decisions rest on at one time.
 *
 * @param tenants what each tenant declared, by the name of its key
 */
public record Situation(
        Use.Operator operator, Map<String, Use.Tenant> tenants, List<Candidate> models, TermsCatalog catalog) {
    public Situation {
        tenants = Collections.unmodifiableMap(new TreeMap<>(tenants));
        models = List.copyOf(models);
    }

    /** @throws IllegalArgumentException when a model is listed twice or was made from itself */
    public Lineage lineage() {
        return Lineage.of(models.stream().map(Candidate::node).toList());
    }

    @Nullable
    Candidate find(String model) {
        return models.stream()
                .filter(candidate -> candidate.model().equals(model))
                .findFirst()
                .orElse(null);
    }
}
