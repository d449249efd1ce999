package io.weighbridge.license.plan;

import io.weighbridge.license.policy.Lineage;
import org.jspecify.annotations.Nullable;

/**
 * A model as the planner sees it: its license and origins, and what makes it fit to replace another.
 *
 * @param pulled whether its weights are here, so that it can be served at once
 * @param parameterCount null when not known
 * @param contextLength in tokens; null when not known
 * @param openness its openness class, such as {@code class-3}; null when not known
 */
public record Candidate(
        Lineage.Node node,
        boolean pulled,
        @Nullable Long parameterCount,
        @Nullable Integer contextLength,
        @Nullable String openness) {
    /** A model of which only license and origins are known. */
    public static Candidate of(Lineage.Node node) {
        return new Candidate(node, false, null, null, null);
    }

    public String model() {
        return node.model();
    }

    Candidate with(Lineage.Node changed) {
        return new Candidate(changed, pulled, parameterCount, contextLength, openness);
    }
}
