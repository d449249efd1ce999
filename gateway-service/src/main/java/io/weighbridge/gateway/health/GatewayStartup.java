package io.weighbridge.gateway.health;

import io.weighbridge.gateway.keys.KeyFile;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started once the keys and the license terms are read. */
@Startup
@ApplicationScoped
public class GatewayStartup implements HealthCheck {
    private final KeyFile keys;

    GatewayStartup(KeyFile keys) {
        this.keys = keys;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("keys")
                .up()
                .withData("count", keys.current().callers().size())
                .build();
    }
}
