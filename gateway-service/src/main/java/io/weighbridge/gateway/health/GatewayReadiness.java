package io.weighbridge.gateway.health;

import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.policy.Use;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when a completion would succeed: a catalog, and a model that some key may use and some replica serves. */
@Readiness
@ApplicationScoped
public class GatewayReadiness implements HealthCheck {
    private final SnapshotStore snapshots;
    private final LicenseGate gate;
    private final KeyFile keys;
    private final Router router;

    GatewayReadiness(SnapshotStore snapshots, LicenseGate gate, KeyFile keys, Router router) {
        this.snapshots = snapshots;
        this.gate = gate;
        this.keys = keys;
        this.router = router;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("completion");
        var snapshot = snapshots.current();
        if (snapshot == null) {
            return response.down()
                    .withData("reason", "no catalog has been received from the registry")
                    .build();
        }
        var callers = keys.current().callers().stream()
                .map(caller -> new Requester(caller, Use.Request.UNDECLARED, ""))
                .toList();
        // Only of models that a replica has ready: a decision for each model and each key would be a million.
        var ready = snapshot.models().stream()
                .filter(model -> router.ready(model.id()))
                .toList();
        var served = ready.stream()
                .filter(model -> callers.stream().anyMatch(caller -> gate.permits(model, caller)))
                .count();
        response.withData("catalog", snapshot.version())
                .withData("modelsReady", ready.size())
                .withData("modelsServed", served);
        var problem = keys.problem();
        if (problem != null) {
            response.withData("keysFile", problem);
        }
        if (served == 0) {
            return response.down()
                    .withData("reason", "no replica is ready for a model that a key may use")
                    .build();
        }
        return response.up().build();
    }
}
