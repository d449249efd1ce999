package io.weighbridge.registry.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.LineageJson;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.licensing.Licenses;
import io.weighbridge.registry.licensing.Lineages;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** The license decision for any model, license or made-up case, and the terms that it rests on. Decides; serves nothing. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class DecisionResource {
    private static final List<String> FACTS = List.of("act", "operator", "tenant", "request");
    private static final Set<String> MEMBERS =
            Set.of("model", "license", "models", "act", "operator", "tenant", "request");

    private final Catalog catalog;
    private final Licenses licenses;
    private final Lineages lineages;

    DecisionResource(Catalog catalog, Licenses licenses, Lineages lineages) {
        this.catalog = catalog;
        this.licenses = licenses;
        this.lineages = lineages;
    }

    /**
     * The answer.
     *
     * @param terms the licenses that bind the use
     * @param termsDigest names the whole set of terms that was decided on
     */
    record DecisionView(
            String model,
            String verdict,
            List<DecisionViews.FindingView> findings,
            List<DecisionViews.ObligationView> obligations,
            List<BindingTerms> terms,
            String termsDigest) {}

    record BindingTerms(String model, String license, String key, int version, String digest) {}

    @POST
    @Path("license/check")
    @Consumes(MediaType.APPLICATION_JSON)
    public DecisionView check(byte[] bytes) {
        var body = Body.of(bytes, MEMBERS);
        var facts = JsonNodeFactory.instance.objectNode();
        FACTS.stream()
                .filter(body.root()::has)
                .forEach(fact -> facts.set(fact, body.root().get(fact)));
        return decide(subject(body), facts);
    }

    @GET
    @Path("licenses")
    public List<DecisionViews.TermsSummary> licenses() {
        return licenses.terms().all().stream()
                .sorted(Comparator.comparing(Terms::key))
                .map(DecisionViews::summary)
                .toList();
    }

    @GET
    @Path("licenses/{license}")
    public DecisionViews.TermsView license(@PathParam("license") String license) {
        var terms = licenses.find(license);
        if (terms == null) {
            throw new ApiException(
                    ErrorCode.LICENSE_NOT_FOUND,
                    "the terms of '%s' have not been recorded; %s".formatted(license, licenses.hint(license)));
        }
        return DecisionViews.whole(terms);
    }

    private DecisionView decide(Subject subject, ObjectNode facts) {
        var use = Body.checked(() -> UseJson.use(facts));
        var verdict = DecisionViews.of(LicensePolicy.check(subject, use));
        var terms = subject.layers().stream()
                .map(layer -> new BindingTerms(
                        layer.model(),
                        layer.terms().id(),
                        layer.terms().key(),
                        layer.terms().version(),
                        layer.terms().digest()))
                .toList();
        return new DecisionView(
                subject.model(),
                verdict.verdict(),
                verdict.findings(),
                verdict.obligations(),
                terms,
                licenses.terms().digest());
    }

    private Subject subject(Body body) {
        if (body.has("models")) {
            if (body.has("license")) {
                throw Body.invalid("ask about 'license', or about 'models', not about both");
            }
            return Body.checked(() -> {
                var nodes = LineageJson.nodes(body.root().get("models"));
                var asked = body.textIfAny("model");
                var model = asked == null ? nodes.getFirst().model() : asked;
                return Subject.of(model, Lineage.of(nodes), licenses.terms());
            });
        }
        if (body.has("model") == body.has("license")) {
            throw Body.invalid(
                    "ask about one of 'model' (in the catalog), 'license', or 'models' (described in the request)");
        }
        return body.has("license") ? ofLicense(body.text("license")) : ofModel(body.text("model"));
    }

    private Subject ofLicense(String license) {
        // A license without terms is not refused: the answer is the verdict on a model under it.
        return Subject.of("the model", new LicenseClaim(license, null, license, false), licenses.terms());
    }

    private Subject ofModel(String text) {
        var id = Body.checked(() -> ModelRef.parse(text));
        var models = catalog.models();
        if (models.stream().noneMatch(model -> model.id().equals(id))) {
            throw ModelViews.unknown(id);
        }
        return Subject.of(id.toString(), lineages.of(models), licenses.terms());
    }
}
