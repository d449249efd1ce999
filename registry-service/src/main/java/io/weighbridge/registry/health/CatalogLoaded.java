package io.weighbridge.registry.health;

import io.weighbridge.registry.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;

/** Started: migrations have run, the catalog files are in the database. */
@org.eclipse.microprofile.health.Startup
@ApplicationScoped
class CatalogLoaded implements HealthCheck {
    private final Startup startup;

    CatalogLoaded(Startup startup) {
        this.startup = startup;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("catalog loaded")
                .status(startup.done())
                .build();
    }
}
