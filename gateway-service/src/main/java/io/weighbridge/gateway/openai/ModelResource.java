package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.ext.web.RoutingContext;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.snapshot.Snapshot;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/** The models that this caller may use: one that its license refuses is not listed, and asking for it says why. */
@Path("/v1/models")
public class ModelResource {
    private final Callers callers;
    private final LicenseGate gate;

    ModelResource(Callers callers, LicenseGate gate) {
        this.callers = callers;
        this.gate = gate;
    }

    @GET
    public Response list(@Context RoutingContext routing) {
        var request = routing.request();
        routing.response().putHeader("x-request-id", Callers.requestId(request));
        var caller = callers.caller(request);
        var use = Callers.declaredUse(request);
        var list = Json.object().put("object", "list");
        var data = list.putArray("data");
        for (var model : gate.snapshot().models()) {
            if (gate.permits(model, caller, use)) {
                data.add(describe(model));
            }
        }
        return json(list);
    }

    /** The id may hold a slash, written as it is or as %2F. */
    @GET
    @Path("{id:.+}")
    public Response one(@Context RoutingContext routing, @PathParam("id") String id) {
        var request = routing.request();
        var answer = new Answer(routing.response(), Callers.requestId(request));
        var caller = callers.caller(request);
        var model = gate.model(URLDecoder.decode(id.replace("+", "%2B"), StandardCharsets.UTF_8));
        var admission = gate.decide(model, caller, Callers.declaredUse(request));
        answer.license(admission);
        LicenseGate.require(admission, model.id());
        return json(describe(model));
    }

    private static ObjectNode describe(Snapshot.Model model) {
        var slash = model.id().indexOf('/');
        return Json.object()
                .put("id", model.id())
                .put("object", "model")
                .put("created", model.createdAt())
                .put("owned_by", slash < 0 ? "weighbridge" : model.id().substring(0, slash));
    }

    private static Response json(ObjectNode body) {
        return Response.ok(Json.bytes(body)).type("application/json").build();
    }
}
