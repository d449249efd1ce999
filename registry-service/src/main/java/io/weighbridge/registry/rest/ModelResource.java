package io.weighbridge.registry.rest;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.ingest.Pulls;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;
import java.util.List;

/** Models, the snapshot of all of them, and the start of a pull. */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class ModelResource {
    private final Catalog catalog;
    private final Pulls pulls;
    private final Snapshots snapshots;
    private final ModelViews views;

    ModelResource(Catalog catalog, Pulls pulls, Snapshots snapshots, ModelViews views) {
        this.views = views;
        this.catalog = catalog;
        this.pulls = pulls;
        this.snapshots = snapshots;
    }

    @GET
    @Path("snapshot")
    public Response snapshot(@Context Request request) {
        var snapshot = snapshots.current();
        var tag = new EntityTag(snapshot.version());
        var unchanged = request.evaluatePreconditions(tag);
        return (unchanged == null ? Response.ok(snapshot) : unchanged).tag(tag).build();
    }

    @GET
    @Path("models")
    public List<Views.ModelView> models() {
        return views.of(catalog.models());
    }

    @GET
    @Path("models/{owner}/{name}")
    public Views.ModelView model(@PathParam("owner") String owner, @PathParam("name") String name) {
        return views.of(views.model(owner, name));
    }

    @POST
    @Path("models/{owner}/{name}/pull")
    public Response pull(@PathParam("owner") String owner, @PathParam("name") String name) {
        var id = ModelViews.reference(owner, name);
        var entry = catalog.entry(id).orElseThrow(() -> ModelViews.unknown(id));
        if (entry.files().isEmpty()) {
            throw new ApiException(
                    ErrorCode.MODEL_NOT_PULLABLE,
                    "%s is in the catalog with its license only; add pinned files with sources to pull it"
                            .formatted(id));
        }
        return Response.accepted(Views.of(pulls.start(entry))).build();
    }
}
