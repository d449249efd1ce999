package io.weighbridge.gateway.health;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive when it answers. A dead registry or replica is no reason to restart the gateway. */
@Liveness
@ApplicationScoped
public class GatewayLiveness implements HealthCheck {
    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.up("http");
    }
}
