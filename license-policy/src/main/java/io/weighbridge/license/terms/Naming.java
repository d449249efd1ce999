package io.weighbridge.license.terms;

/**
 * How a model made from this one must be called. Checked when a model is registered.
 *
 * @param prefix what the name after {@code owner/} must start with; letter case does not matter
 * @param fromWeights whether models made from the weights must be called so
 * @param fromOutputs whether models trained on its output must be called so
 */
public record Naming(Clause clause, String prefix, boolean fromWeights, boolean fromOutputs) {
    public Naming {
        if (prefix.isBlank()) {
            throw new IllegalArgumentException("a naming duty needs a prefix");
        }
    }
}
