package io.weighbridge.gateway.health;

import io.weighbridge.gateway.keys.KeyRing;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once the keys and the license terms are read. */
@Startup
@ApplicationScoped
public class GatewayStartup implements HealthCheck {
    private final KeyRing keys;

    GatewayStartup(KeyRing keys) {
        this.keys = keys;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("keys")
                .up()
                .withData("count", keys.callers().size())
                .build();
    }
}
