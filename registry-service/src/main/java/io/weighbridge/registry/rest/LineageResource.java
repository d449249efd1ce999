package io.weighbridge.registry.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.NamingDuty;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.licensing.Licenses;
import io.weighbridge.registry.licensing.Lineages;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a model was made from, and which licenses bind it for that. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class LineageResource {
    private final Catalog catalog;
    private final Licenses licenses;
    private final Lineages lineages;
    private final ModelViews models;

    LineageResource(Catalog catalog, Licenses licenses, Lineages lineages, ModelViews models) {
        this.catalog = catalog;
        this.licenses = licenses;
        this.lineages = lineages;
        this.models = models;
    }

    /**
     * The answer.
     *
     * @param binding the licenses that bind every use of the model, its own among them
     * @param settled what is clear whatever the use
     * @param namingDuties duties of ancestors' licenses that the model's name does not meet
     */
    record LineageView(
            String model,
            List<Views.OriginView> madeFrom,
            List<AncestorView> ancestors,
            List<BindingView> binding,
            DecisionViews.VerdictView settled,
            List<NamingView> namingDuties) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record AncestorView(
            String model,
            boolean inCatalog,
            boolean byWeights,
            boolean byOutputs,
            @Nullable String declared,
            @Nullable String concluded,
            boolean conflict,
            boolean binds,
            String how) {}

    record BindingView(String model, String license, String key, String name, String url) {}

    record NamingView(String ancestor, String license, String clause, String section, String prefix, String message) {}

    @GET
    @Path("models/{owner}/{name}/lineage")
    public LineageView lineage(@PathParam("owner") String owner, @PathParam("name") String name) {
        var model = models.model(owner, name);
        var id = model.id().toString();
        var lineage = lineages.of(catalog.models());
        var subject = Subject.of(id, lineage, licenses.terms());
        return new LineageView(
                id,
                Views.of(model.madeFrom()),
                lineage.ancestors(id).stream()
                        .map(ancestor -> ancestor(ancestor, subject))
                        .toList(),
                subject.layers().stream()
                        .map(layer -> binding(layer.model(), layer.terms()))
                        .toList(),
                DecisionViews.of(subject.settled()),
                lineages.breaches(model.id(), lineage).stream()
                        .map(LineageResource::naming)
                        .toList());
    }

    private AncestorView ancestor(Lineage.Ancestor ancestor, Subject subject) {
        var node = ancestor.node();
        var binds = subject.layers().stream().anyMatch(layer -> layer.model().equals(ancestor.model()));
        return new AncestorView(
                ancestor.model(),
                node != null,
                ancestor.byWeights(),
                ancestor.byOutputs(),
                node == null ? null : node.claim().declared(),
                node == null ? null : node.claim().concluded(),
                node != null && node.claim().conflict(),
                binds,
                how(ancestor, binds));
    }

    private String how(Lineage.Ancestor ancestor, boolean binds) {
        var node = ancestor.node();
        if (node == null) {
            return "it is not in the catalog, so nobody knows its license and no use of the model is permitted: register it";
        }
        var concluded = node.claim().concluded();
        var terms = concluded == null ? null : licenses.find(concluded);
        if (node.claim().conflict() || terms == null) {
            return "its license is not settled, so no use of the model is permitted: have a reviewer conclude it";
        }
        if (ancestor.byWeights()) {
            return "the model holds its weights, changed or not: its license binds like the model's own";
        }
        var clause = terms.outputs().clause();
        return (binds
                        ? "the model was trained on its output, which its license extends to: %s (%s)"
                        : "the model was trained on its output, which does not make its license bind here: %s (%s)")
                .formatted(clause.text(), clause.section());
    }

    private static BindingView binding(String model, Terms terms) {
        return new BindingView(model, terms.id(), terms.key(), terms.name(), terms.url());
    }

    private static NamingView naming(NamingDuty.Breach breach) {
        return new NamingView(
                breach.ancestor(),
                breach.license(),
                breach.clause().id(),
                breach.clause().section(),
                breach.prefix(),
                breach.message());
    }
}
