package io.weighbridge.gateway.openai;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;

/** Reranking at the address that the second version of Cohere's interface has. */
@Path("/v2/rerank")
public class RerankResource {
    private final Intake intake;
    private final Wishes wishes;

    RerankResource(Intake intake, Wishes wishes) {
        this.intake = intake;
        this.wishes = wishes;
    }

    @POST
    public Uni<Void> rerank(@Context RoutingContext routing) {
        return EncoderResource.rank(intake, wishes, routing, "2");
    }
}
