package io.weighbridge.license.policy;

import io.weighbridge.license.policy.Finding.Rule;
import io.weighbridge.license.terms.Outputs;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A model with everything that binds its use, looked up once so that a decision only compares: its own terms, the terms of the
 * models it holds weights of, and those of models whose output it was trained on, as far as their terms reach that far.
 * Immutable.
 *
 * @param model the model's id
 * @param layers the terms that bind; a use must pass all of them
 * @param settled what is already clear whatever the use: open questions about licenses, or a model made against the terms of
 *     another
 */
public record Subject(String model, List<Layer> layers, Verdict settled) {
    public Subject {
        layers = List.copyOf(layers);
    }

    /**
     * Terms that bind, and the model they come from.
     *
     * @param dutiesOnly the subject was only trained on the model's output, which the terms allow: what binds is what they
     *     want for a model trained so
     */
    public record Layer(String model, Traits traits, Terms terms, boolean dutiesOnly) {}

    /** A model that was made from no other. */
    public static Subject of(String model, LicenseClaim claim, TermsCatalog catalog) {
        var node = new Lineage.Node(model, Traits.UNKNOWN, claim, List.of());
        return of(model, Lineage.of(List.of(node)), catalog);
    }

    /** @throws IllegalArgumentException when the lineage has no such model */
    public static Subject of(String model, Lineage lineage, TermsCatalog catalog) {
        var node = lineage.find(model);
        if (node == null) {
            throw new IllegalArgumentException("no such model: " + model);
        }
        var builder = new Builder(catalog);
        builder.bind(node, false);
        var ancestors = lineage.ancestors(model);
        ancestors.stream().filter(Lineage.Ancestor::byWeights).forEach(builder::bindWeights);
        // The family is what the model itself is under: were it read from ancestors, adding one could widen rights.
        var own = node.claim().concluded() == null
                ? null
                : catalog.find(node.claim().concluded());
        ancestors.stream().filter(Lineage.Ancestor::byOutputs).forEach(ancestor -> builder.bindOutputs(ancestor, own));
        return new Subject(model, builder.layers, builder.settled);
    }

    private static final class Builder {
        private final TermsCatalog catalog;
        private final List<Layer> layers = new ArrayList<>();
        private Verdict settled = Verdict.silent();

        Builder(TermsCatalog catalog) {
            this.catalog = catalog;
        }

        void bind(Lineage.Node node, boolean origin) {
            var terms = terms(node);
            if (terms != null) {
                add(new Layer(node.model(), node.traits().withOrigin(origin), terms, false));
            }
        }

        void bindWeights(Lineage.Ancestor ancestor) {
            var node = known(ancestor);
            if (node != null) {
                bind(node, ancestor.makesAnotherModel());
            }
        }

        /** Terms of a model whose output was used to train the subject. */
        void bindOutputs(Lineage.Ancestor ancestor, @Nullable Terms own) {
            var node = known(ancestor);
            var terms = node == null ? null : terms(node);
            if (node == null || terms == null) {
                return;
            }
            var outputs = terms.outputs();
            if (!outputs.clause().confidence().decides() || outputs.rule() == Outputs.Rule.UNKNOWN) {
                settle(new Verdict.Undetermined(List.of(outputFinding(
                        node, terms, "whether output may train other models has not been established", readIt()))));
                return;
            }
            switch (outputs.rule()) {
                case FREE, UNKNOWN -> {}
                case WITH_DUTIES -> add(new Layer(node.model(), node.traits().withOrigin(true), terms, true));
                case INHERITED -> add(new Layer(node.model(), node.traits().withOrigin(true), terms, false));
                case FORBIDDEN_OUTSIDE_FAMILY -> {
                    if (own == null || !own.id().equals(terms.id())) {
                        settle(madeAgainstTerms(node, terms));
                    }
                }
                case FORBIDDEN -> settle(madeAgainstTerms(node, terms));
            }
        }

        private static Verdict madeAgainstTerms(Lineage.Node node, Terms terms) {
            return new Verdict.Prohibited(List.of(outputFinding(
                    node,
                    terms,
                    terms.outputs().clause().text() + " ("
                            + terms.outputs().clause().section() + ")",
                    "choose a model that was not trained on the output of " + node.model())));
        }

        private static Finding outputFinding(Lineage.Node node, Terms terms, String evidence, String howToFix) {
            return new Finding(
                    Rule.OUTPUT_USE_ALLOWED,
                    node.model(),
                    terms.id(),
                    terms.outputs().clause().id(),
                    "the model was trained on the output of %s; %s".formatted(node.model(), evidence),
                    howToFix);
        }

        private static String readIt() {
            return "read the license text and record the clause with its source";
        }

        private Lineage.@Nullable Node known(Lineage.Ancestor ancestor) {
            if (ancestor.node() == null) {
                settle(new Verdict.Undetermined(List.of(new Finding(
                        Rule.LINEAGE_KNOWN,
                        ancestor.model(),
                        "unknown",
                        "unknown ancestor",
                        "the model was made from %s, which is not in the catalog".formatted(ancestor.model()),
                        "register %s with its license".formatted(ancestor.model())))));
            }
            return ancestor.node();
        }

        private @Nullable Terms terms(Lineage.Node node) {
            var claim = node.claim();
            if (claim.conflict()) {
                settle(open(
                        node,
                        Rule.LICENSE_CONSISTENT,
                        claim.shown(),
                        "license conflict",
                        "the publisher declares %s, the files say %s".formatted(claim.declared(), claim.detected()),
                        "have a reviewer conclude the license in the registry"));
                return null;
            }
            var concluded = claim.concluded();
            if (concluded == null) {
                settle(open(
                        node,
                        Rule.LICENSE_KNOWN,
                        claim.declared(),
                        "no concluded license",
                        "the publisher declares %s and nobody has concluded a license".formatted(claim.declared()),
                        "have a reviewer conclude the license in the registry"));
                return null;
            }
            var terms = catalog.find(concluded);
            if (terms == null) {
                settle(open(
                        node,
                        Rule.LICENSE_KNOWN,
                        concluded,
                        "no terms",
                        "the terms of %s have not been recorded".formatted(concluded),
                        "add a terms file for this license"));
            }
            return terms;
        }

        private static Verdict open(
                Lineage.Node node, Rule rule, String license, String clause, String evidence, String howToFix) {
            return new Verdict.Undetermined(
                    List.of(new Finding(rule, node.model(), license, clause, evidence, howToFix)));
        }

        private void add(Layer layer) {
            if (!layers.contains(layer)) {
                layers.add(layer);
            }
        }

        private void settle(Verdict verdict) {
            settled = settled.and(verdict);
        }
    }
}
