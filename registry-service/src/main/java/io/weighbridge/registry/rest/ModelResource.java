package io.weighbridge.registry.rest;

import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.ModelRef;
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

    ModelResource(Catalog catalog, Pulls pulls, Snapshots snapshots) {
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
        return catalog.models().stream().map(Views::of).toList();
    }

    @GET
    @Path("models/{owner}/{name}")
    public Views.ModelView model(@PathParam("owner") String owner, @PathParam("name") String name) {
        var id = reference(owner, name);
        return catalog.find(id).map(Views::of).orElseThrow(() -> unknown(id));
    }

    @POST
    @Path("models/{owner}/{name}/pull")
    public Response pull(@PathParam("owner") String owner, @PathParam("name") String name) {
        var id = reference(owner, name);
        var entry = catalog.entry(id).orElseThrow(() -> unknown(id));
        if (entry.files().isEmpty()) {
            throw new ApiException(
                    ErrorCode.MODEL_NOT_PULLABLE,
                    "%s is in the catalog with its license only; add pinned files with sources to pull it"
                            .formatted(id));
        }
        return Response.accepted(Views.of(pulls.start(entry))).build();
    }

    private static ModelRef reference(String owner, String name) {
        try {
            return new ModelRef(owner, name);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }

    private static ApiException unknown(ModelRef id) {
        return new ApiException(
                ErrorCode.MODEL_NOT_FOUND, "no model %s in the catalog; GET /api/v1/models lists them".formatted(id));
    }
}
