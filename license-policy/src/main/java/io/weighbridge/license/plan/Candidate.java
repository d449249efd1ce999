package io.weighbridge.license.plan;

import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.license.openness.OpennessClass;
import io.weighbridge.license.policy.Lineage;
import org.jspecify.annotations.Nullable;

/**
 * A model as the planner sees it: its license and origins, and what makes it fit to replace another.
 *
 * @param pulled whether its weights are here, so that it can be served at once
 * @param parameterCount null when not known
 * @param contextLength in tokens; null when not known
 * @param openness the class that evidence shows; null when there is no evidence about the model
 */
public record Candidate(
        Lineage.Node node,
        boolean pulled,
        @Nullable Long parameterCount,
        @Nullable Integer contextLength,
        @Nullable OpennessClass openness) {
    /** A model of which only license and origins are known. */
    public static Candidate of(Lineage.Node node) {
        return new Candidate(node, false, null, null, null);
    }

    public String model() {
        return node.model();
    }

    /** The same model with its openness class, where the catalog has evidence about it. */
    public Candidate rated(OpennessCatalog catalog) {
        var evidence = catalog.find(model());
        return evidence == null
                ? this
                : new Candidate(
                        node,
                        pulled,
                        parameterCount,
                        contextLength,
                        catalog.report(evidence).shown().reached());
    }

    Candidate with(Lineage.Node changed) {
        return new Candidate(changed, pulled, parameterCount, contextLength, openness);
    }
}
