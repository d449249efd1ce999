package io.weighbridge.registry.rest;

import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.license.openness.ReportTree;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Map;

/** How open a model is, from recorded evidence; also for models that are not in the catalog. */
@Path("/api/v1/models/{owner}/{name}/openness")
@Produces(MediaType.APPLICATION_JSON)
public final class OpennessResource {
    private final OpennessCatalog evidence;

    OpennessResource(OpennessCatalog evidence) {
        this.evidence = evidence;
    }

    @GET
    public Map<String, Object> openness(@PathParam("owner") String owner, @PathParam("name") String name) {
        var id = owner + "/" + name;
        var recorded = evidence.find(id);
        if (recorded == null) {
            throw new ApiException(
                    ErrorCode.OPENNESS_NOT_RECORDED,
                    "no evidence of the openness of %s is recorded; put a file into the folder weighbridge.registry.openness"
                            .formatted(id));
        }
        return ReportTree.of(evidence.report(recorded));
    }
}
