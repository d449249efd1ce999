package io.weighbridge.registry.health;

import jakarta.enterprise.context.ApplicationScoped;
import java.lang.management.ManagementFactory;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Live: no threads block each other for ever. Only a restart would help against that; nothing else is fatal here. */
@Liveness
@ApplicationScoped
class NoDeadlock implements HealthCheck {
    @Override
    public HealthCheckResponse call() {
        var deadlocked = ManagementFactory.getThreadMXBean().findDeadlockedThreads();
        return HealthCheckResponse.named("no deadlock")
                .status(deadlocked == null)
                .build();
    }
}
