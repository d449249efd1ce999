package io.weighbridge.registry.rest;

import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.Origin;
import io.weighbridge.registry.ingest.EntryDocument;
import io.weighbridge.registry.licensing.Lineages;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Registers models, and what they were made from. Names and lineage are checked as a whole before anything is written. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class RegistrationResource {
    private static final Author REGISTRATION = Author.api("registration");

    private final Catalog catalog;
    private final Lineages lineages;
    private final ModelViews models;
    private final LineageResource answers;

    RegistrationResource(Catalog catalog, Lineages lineages, ModelViews models, LineageResource answers) {
        this.catalog = catalog;
        this.lineages = lineages;
        this.models = models;
        this.answers = answers;
    }

    @POST
    @Path("models")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response register(byte[] bytes) {
        var entry = Body.checked(() -> EntryDocument.json(bytes));
        if (entry.concluded() != null) {
            throw Body.invalid("license.concluded is a reviewer's decision: register the model without it, then POST"
                    + " /api/v1/models/%s/license/conclusion".formatted(entry.id()));
        }
        catalog.register(entry, REGISTRATION, lineages);
        return Response.created(URI.create("/api/v1/models/" + entry.id()))
                .entity(models.of(models.model(entry.id().owner(), entry.id().name())))
                .build();
    }

    @PUT
    @Path("models/{owner}/{name}/madeFrom")
    @Consumes(MediaType.APPLICATION_JSON)
    public LineageResource.LineageView makeFrom(
            @PathParam("owner") String owner,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            byte[] bytes) {
        var model = models.model(owner, name);
        var body = Body.of(bytes, Set.of("madeFrom", "author"));
        var author = body.has("author") ? Body.checked(() -> Author.api(body.text("author"))) : REGISTRATION;
        var list = body.root().path("madeFrom");
        if (!list.isArray()) {
            throw Body.invalid(
                    "'madeFrom' must be a list of {model, relation}; an empty list for a model made from no other");
        }
        var change = Body.checked(() -> {
            List<Origin> origins = new ArrayList<>();
            list.forEach(item -> origins.add(EntryDocument.origin(model.id(), item)));
            return new LicenseChange.MadeFrom(origins);
        });
        catalog.append(model.id(), change, author, LicenseResource.version(ifMatch), lineages);
        return answers.lineage(owner, name);
    }
}
