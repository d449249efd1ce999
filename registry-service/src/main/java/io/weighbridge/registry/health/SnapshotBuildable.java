package io.weighbridge.registry.health;

import io.weighbridge.registry.rest.Snapshots;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready: the database answers, is migrated, and a snapshot with at least one license record comes out of it. */
@Readiness
@ApplicationScoped
class SnapshotBuildable implements HealthCheck {
    private final Snapshots snapshots;

    SnapshotBuildable(Snapshots snapshots) {
        this.snapshots = snapshots;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("license snapshot");
        try {
            var count = snapshots.licenseRecordCount();
            return response.status(count > 0).withData("records", count).build();
        } catch (RuntimeException e) {
            return response.down()
                    .withData("reason", String.valueOf(e.getMessage()))
                    .build();
        }
    }
}
