package io.weighbridge.gateway.health;

import io.weighbridge.gateway.receipts.Receipts;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when decisions can be recorded, or need not be. Shows the newest signed root, for whoever notes it elsewhere. */
@Readiness
@ApplicationScoped
public class ReceiptsWritable implements HealthCheck {
    private final Receipts receipts;

    ReceiptsWritable(Receipts receipts) {
        this.receipts = receipts;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("receipts").withData("enabled", receipts.enabled());
        var status = receipts.status();
        if (status != null) {
            response.withData("durable", status.durable())
                    .withData("waiting", status.waiting())
                    .withData("keyId", status.keyId())
                    .withData("root", status.root());
        }
        if (!receipts.enabled() || status != null && status.isAccepting()) {
            return response.up().build();
        }
        var problem = receipts.problem();
        return response.down()
                .withData("reason", problem == null ? "the receipt log is not open" : problem)
                .build();
    }
}
