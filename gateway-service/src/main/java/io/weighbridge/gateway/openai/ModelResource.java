package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.ext.web.RoutingContext;
import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.Decision.Refusal;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.LicenseRefusedException;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Alias;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Alternatives;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.terms.Act;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The models that this caller may use: one that its license refuses is not listed, and asking for it says why. An alias is listed
 * when one of its candidates may be used.
 */
@Path("/v1/models")
public class ModelResource {
    private static final String LICENSE_PAGE = "/license";

    private final Callers callers;
    private final KeyFile keys;
    private final LicenseGate gate;
    private final Router router;

    ModelResource(Callers callers, KeyFile keys, LicenseGate gate, Router router) {
        this.callers = callers;
        this.keys = keys;
        this.gate = gate;
        this.router = router;
    }

    /** The models whose weights are here and which this caller may use, and the aliases that lead to one of them. */
    @GET
    public Response list(@Context RoutingContext routing) {
        var requester = requester(routing);
        var snapshot = gate.snapshot();
        var includeLicense = includeLicense(routing);
        var list = Json.object().put("object", "list");
        var data = list.putArray("data");
        for (var model : snapshot.models()) {
            if (model.checkpoint() != null && gate.permits(model, requester)) {
                data.add(describe(model, requester, includeLicense));
            }
        }
        for (var alias : keys.current().aliases().values()) {
            var model = first(alias, snapshot, requester);
            if (model != null) {
                data.add(describe(alias, model, requester, includeLicense));
            }
        }
        return json(list);
    }

    /** One model, or its license page. The id may hold a slash, written as it is or as %2F. */
    @GET
    @Path("{id:.+}")
    public Response one(@Context RoutingContext routing, @PathParam("id") String path) {
        var requester = requester(routing);
        var id = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        var snapshot = gate.snapshot();
        if (id.endsWith(LICENSE_PAGE) && snapshot.find(id) == null) {
            return page(routing, requester, snapshot, id.substring(0, id.length() - LICENSE_PAGE.length()));
        }
        var alias = keys.current().aliases().get(id);
        return alias != null ? alias(routing, requester, snapshot, alias) : model(routing, requester, gate.model(id));
    }

    private Response model(RoutingContext routing, Requester requester, Snapshot.Model model) {
        var decision = gate.decide(model, requester, Phase.ADMISSION);
        Headers.set(routing.response().headers(), decision);
        if (decision instanceof Refusal refusal) {
            throw refused(model.id(), List.of(refusal), requester);
        }
        return json(describe(model, requester, includeLicense(routing)));
    }

    private Response alias(RoutingContext routing, Requester requester, Snapshot snapshot, Alias alias) {
        var refusals = new ArrayList<Refusal>();
        for (var model : candidates(alias, snapshot)) {
            switch (gate.decide(model, requester, Phase.ADMISSION)) {
                case Refusal refusal -> refusals.add(refusal);
                case Decision.Admission admission -> {
                    Headers.set(routing.response().headers(), admission);
                    return json(describe(alias, model, requester, includeLicense(routing)));
                }
            }
        }
        if (refusals.isEmpty()) {
            throw new ApiException(
                    ErrorCode.MODEL_NOT_FOUND,
                    "no model of the catalog is what '%s' requires".formatted(alias.name()),
                    "model");
        }
        throw refused(alias.name(), refusals, requester);
    }

    private Response page(RoutingContext routing, Requester requester, Snapshot snapshot, String id) {
        var model = gate.model(id);
        var act = act(routing.request().getParam("act"));
        var labels = model.labels();
        routing.response().putHeader("x-model-license", labels.license());
        if (!labels.links().isEmpty()) {
            routing.response().putHeader("Link", labels.links());
        }
        return json(LicensePage.of(snapshot, model, act, gate.verdict(model, requester, act)));
    }

    private LicenseRefusedException refused(String asked, List<Refusal> refusals, Requester requester) {
        var alternatives = Alternatives.to(refusals.getFirst().model(), requester, gate, router);
        return new LicenseRefusedException(asked, refusals, alternatives);
    }

    private Requester requester(RoutingContext routing) {
        var requestId = Callers.requestId(routing.request());
        routing.response().putHeader("x-request-id", requestId);
        return callers.requester(routing.request(), requestId);
    }

    /** The first candidate that this caller may use, or null. */
    private Snapshot.@Nullable Model first(Alias alias, Snapshot snapshot, Requester requester) {
        return candidates(alias, snapshot).stream()
                .filter(model -> model.checkpoint() != null && gate.permits(model, requester))
                .findFirst()
                .orElse(null);
    }

    private static List<Snapshot.Model> candidates(Alias alias, Snapshot snapshot) {
        return alias.candidates(snapshot).stream()
                .map(snapshot::find)
                .filter(Objects::nonNull)
                .filter(alias.requires()::metBy)
                .toList();
    }

    private ObjectNode describe(Snapshot.Model model, Requester requester, boolean includeLicense) {
        var slash = model.id().indexOf('/');
        var owner = slash < 0 ? "weighbridge" : model.id().substring(0, slash);
        return describe(model.id(), owner, model, requester, includeLicense);
    }

    /** An alias, with the license of the model that it stands for at present. */
    private ObjectNode describe(Alias alias, Snapshot.Model model, Requester requester, boolean includeLicense) {
        return describe(alias.name(), "weighbridge", model, requester, includeLicense);
    }

    private ObjectNode describe(
            String id, String owner, Snapshot.Model model, Requester requester, boolean includeLicense) {
        var node = Json.object()
                .put("id", id)
                .put("object", "model")
                .put("created", model.createdAt())
                .put("owned_by", owner);
        var tasks = Tasks.names(router.tasks(model.id()));
        if (!tasks.isEmpty()) {
            tasks.forEach(node.putArray("tasks")::add);
        }
        if (includeLicense) {
            node.set("license", LicenseJson.block(model, gate.verdict(model, requester, Act.SERVE)));
        }
        return node;
    }

    private static boolean includeLicense(RoutingContext routing) {
        var include = routing.request().getParam("include");
        if (include == null || include.isEmpty()) {
            return false;
        }
        if (!include.equals("license")) {
            throw new ApiException(ErrorCode.INVALID_VALUE, "'include' can only be license", "include");
        }
        return true;
    }

    private static Act act(@Nullable String text) {
        if (text == null) {
            return Act.SERVE;
        }
        for (var act : Act.values()) {
            if (LicenseJson.code(act).equals(text)) {
                return act;
            }
        }
        throw new ApiException(
                ErrorCode.INVALID_VALUE, "'act' must be serve, modify, distribute or train-on-outputs", "act");
    }

    private static Response json(ObjectNode body) {
        return Response.ok(Json.bytes(body)).type("application/json").build();
    }
}
