package io.weighbridge.registry.licensing;

import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.NamingDuty;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.catalog.ModelRef;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the models of a catalog were made from, and whether a change of it can be allowed. Immutable. */
public final class Lineages implements Catalog.Guard {
    private final Licenses licenses;

    public Lineages(Licenses licenses) {
        this.licenses = licenses;
    }

    /** @throws IllegalArgumentException when a model would be made from itself, or from too many */
    public Lineage of(Collection<Model> models) {
        return Lineage.of(models.stream().map(this::node).toList());
    }

    private Lineage.Node node(Model model) {
        return new Lineage.Node(
                model.id().toString(),
                model.traits(),
                licenses.standing(model.license()).claim(),
                model.madeFrom().stream()
                        .map(origin -> new Lineage.Origin(origin.model().toString(), origin.relation()))
                        .toList());
    }

    /** The naming duties that the model does not meet. */
    public List<NamingDuty.Breach> breaches(ModelRef model, Lineage lineage) {
        return NamingDuty.check(model.toString(), lineage, licenses.terms());
    }

    /**
     * Refuses circles, too many ancestors, and names that the license of an ancestor does not allow. A duty that comes to bind a
     * model later, because an ancestor is registered or its license concluded, is reported with its lineage: what is true of the
     * ancestor must be recorded all the same.
     */
    @Override
    public void check(List<Model> after, Set<ModelRef> changed) {
        Lineage lineage;
        try {
            lineage = of(after);
        } catch (IllegalArgumentException e) {
            throw new RefusedLineageException(String.valueOf(e.getMessage()), false);
        }
        for (var model : changed.stream().sorted().toList()) {
            var breaches = breaches(model, lineage);
            if (!breaches.isEmpty()) {
                var why = breaches.stream()
                        .map(breach -> "%s (clause %s)"
                                .formatted(breach.message(), breach.clause().id()))
                        .collect(Collectors.joining("; "));
                throw new RefusedLineageException(
                        "%s may not have this name: %s. Register it as %s/%s-%s"
                                .formatted(
                                        model,
                                        why,
                                        model.owner(),
                                        breaches.getFirst().prefix().replace(' ', '-'),
                                        model.name()),
                        true);
            }
        }
    }

    /** A model that may not be registered like this. */
    public static final class RefusedLineageException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final boolean naming;

        RefusedLineageException(String message, boolean naming) {
            super(message);
            this.naming = naming;
        }

        /** Whether the name is at fault, not what the model was made from. */
        public boolean naming() {
            return naming;
        }
    }
}
