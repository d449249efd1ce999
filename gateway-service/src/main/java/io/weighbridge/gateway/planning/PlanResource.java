package io.weighbridge.gateway.planning;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.openai.Callers;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.openness.OpennessCatalog;
import io.weighbridge.license.plan.Candidate;
import io.weighbridge.license.plan.Change;
import io.weighbridge.license.plan.ChangeJson;
import io.weighbridge.license.plan.Plan;
import io.weighbridge.license.plan.PlanJson;
import io.weighbridge.license.plan.Situation;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.TermsCatalog;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.TreeMap;

/**
 * {@code POST /v1/license/plan}: the body is a change as {@link ChangeJson} reads it, the answer a plan as {@link PlanJson} writes it.
 * Runs on a worker thread. The facts are those of the keys file, the models those of the snapshot in force.
 */
@Path("/v1/license/plan")
public class PlanResource {
    /** Most bytes that are thrown away after a refusal, so that the client can read it. */
    static final long DISCARDED_BYTES_MAX = 64L * 1024 * 1024;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Callers callers;
    private final KeyFile keys;
    private final LicenseGate gate;
    private final TermsCatalog terms;
    private final GatewayConfig config;
    private final OpennessCatalog openness = OpennessCatalog.shipped();

    PlanResource(Callers callers, KeyFile keys, LicenseGate gate, TermsCatalog terms, GatewayConfig config) {
        this.callers = callers;
        this.keys = keys;
        this.gate = gate;
        this.terms = terms;
        this.config = config;
    }

    @POST
    @Blocking
    public Response plan(@Context RoutingContext routing, InputStream body) throws IOException {
        routing.response().putHeader("x-request-id", Callers.requestId(routing.request()));
        try {
            requireAdmin(routing);
            var change = change(body);
            try {
                var plan = Plan.of(situation(), change);
                return Response.ok(JSON.writeValueAsBytes(PlanJson.write(plan, null)))
                        .type("application/json")
                        .build();
            } catch (IllegalArgumentException unfit) {
                throw new ApiException(ErrorCode.INVALID_VALUE, "the change does not fit: " + unfit.getMessage());
            }
        } catch (ApiException refused) {
            discard(body);
            throw refused;
        }
    }

    private void requireAdmin(RoutingContext routing) {
        var caller = callers.caller(routing.request());
        if (!keys.current().isAdmin(caller.name())) {
            throw new ApiException(
                    ErrorCode.ADMIN_KEY_REQUIRED,
                    "the key '%s' may not plan: a plan shows what all tenants declared. Use a key that has 'admin: true' in the keys file"
                            .formatted(caller.name()));
        }
    }

    private Change change(InputStream body) throws IOException {
        var text = body.readNBytes(ChangeJson.CHANGE_BYTES_MAX + 1);
        if (text.length > ChangeJson.CHANGE_BYTES_MAX) {
            throw new ApiException(
                    ErrorCode.BODY_TOO_LARGE,
                    "the change is larger than %d bytes, the most that one may have"
                            .formatted(ChangeJson.CHANGE_BYTES_MAX));
        }
        try {
            return ChangeJson.read("the change", text, terms, ChangeJson.Files.NONE);
        } catch (IllegalArgumentException wrong) {
            throw new ApiException(ErrorCode.INVALID_VALUE, String.valueOf(wrong.getMessage()));
        }
    }

    private Situation situation() {
        var ring = keys.current();
        var tenants = new TreeMap<String, Use.Tenant>();
        ring.callers().forEach(caller -> tenants.put(caller.name(), caller.tenant()));
        if (!config.keysRequired()) {
            tenants.put(ring.anonymous().name(), ring.anonymous().tenant());
        }
        var snapshot = gate.snapshot();
        var models = snapshot.models().stream()
                .map(model -> candidate(snapshot, model).rated(openness))
                .toList();
        return new Situation(ring.operator(), tenants, models, terms);
    }

    private static Candidate candidate(Snapshot snapshot, Snapshot.Model model) {
        return new Candidate(
                Objects.requireNonNull(snapshot.lineage().find(model.id())),
                model.checkpoint() != null,
                model.parameterCount() == 0 ? null : model.parameterCount(),
                model.contextLength() == 0 ? null : model.contextLength(),
                null);
    }

    private static void discard(InputStream body) throws IOException {
        var left = DISCARDED_BYTES_MAX;
        var buffer = new byte[64 * 1024];
        for (var read = 0; read >= 0 && left > 0; left -= read) {
            read = body.read(buffer);
        }
    }
}
