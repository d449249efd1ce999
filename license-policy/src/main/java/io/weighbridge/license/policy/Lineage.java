package io.weighbridge.license.policy;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What each model was made from: a graph of models and relations, without circles. Immutable. */
public final class Lineage {
    /** Most ancestors of one model. */
    public static final int ANCESTORS_MAX = 256;

    /**
     * A model and its license.
     *
     * @param origins what it was made from, directly
     */
    public record Node(String model, Traits traits, LicenseClaim claim, List<Origin> origins) {
        public Node {
            origins = List.copyOf(origins);
        }
    }

    /** One edge: {@code model} is what something was made from. */
    public record Origin(String model, Relation relation) {}

    /**
     * An ancestor.
     *
     * @param node null when the model is named as an origin but is not in the catalog
     * @param byWeights reached through relations that all hold weights
     * @param byOutputs reached through a relation that used only output
     * @param makesAnotherModel some relation on the way makes another model (not only a quantization)
     */
    public record Ancestor(
            String model, @Nullable Node node, boolean byWeights, boolean byOutputs, boolean makesAnotherModel) {}

    private final Map<String, Node> nodes;

    private Lineage(Map<String, Node> nodes) {
        this.nodes = Collections.unmodifiableMap(nodes);
    }

    /** @throws IllegalArgumentException when a model was made from itself, or from too many */
    public static Lineage of(Collection<Node> nodes) {
        var byModel = new LinkedHashMap<String, Node>();
        for (var node : nodes) {
            if (byModel.put(node.model(), node) != null) {
                throw new IllegalArgumentException("the model %s is listed twice".formatted(node.model()));
            }
        }
        var lineage = new Lineage(byModel);
        byModel.keySet().forEach(lineage::ancestors);
        return lineage;
    }

    public @Nullable Node find(String model) {
        return nodes.get(model);
    }

    public Collection<Node> nodes() {
        return nodes.values();
    }

    /** All models that {@code model} was made from, directly or not, sorted by id; not itself. */
    public List<Ancestor> ancestors(String model) {
        var found = new TreeMap<String, Ancestor>();
        var seen = new HashSet<Step>();
        var open = new ArrayDeque<Step>();
        open.add(new Step(model, false, false));
        while (!open.isEmpty()) {
            var step = open.remove();
            var node = nodes.get(step.model());
            for (var origin : node == null ? List.<Origin>of() : node.origins()) {
                if (origin.model().equals(model)) {
                    throw new IllegalArgumentException(
                            "the model %s would be made from itself, through %s".formatted(model, step.model()));
                }
                var next = step.to(origin);
                if (seen.add(next)) {
                    found.merge(origin.model(), ancestor(next), Lineage::both);
                    open.add(next);
                }
            }
            if (found.size() > ANCESTORS_MAX) {
                throw new IllegalArgumentException(
                        "the model %s has more than %d ancestors".formatted(model, ANCESTORS_MAX));
            }
        }
        return List.copyOf(found.values());
    }

    private Ancestor ancestor(Step step) {
        return new Ancestor(
                step.model(), nodes.get(step.model()), !step.outputsOnly(), step.outputsOnly(), step.anotherModel());
    }

    private static Ancestor both(Ancestor one, Ancestor other) {
        return new Ancestor(
                one.model(),
                one.node(),
                one.byWeights() || other.byWeights(),
                one.byOutputs() || other.byOutputs(),
                one.makesAnotherModel() || other.makesAnotherModel());
    }

    /** A place of the walk, and what kind of relations led there. */
    private record Step(String model, boolean outputsOnly, boolean anotherModel) {
        Step to(Origin origin) {
            return new Step(
                    origin.model(),
                    outputsOnly || !origin.relation().holdsWeights(),
                    anotherModel || origin.relation().makesAnotherModel());
        }
    }
}
