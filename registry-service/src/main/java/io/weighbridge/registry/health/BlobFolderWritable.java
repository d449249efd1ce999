package io.weighbridge.registry.health;

import io.weighbridge.registry.blobs.BlobStore;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready: a file could be written to the blob folder and deleted again, just now. */
@Readiness
@ApplicationScoped
class BlobFolderWritable implements HealthCheck {
    private final BlobStore blobs;

    BlobFolderWritable(BlobStore blobs) {
        this.blobs = blobs;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("blob folder");
        try {
            blobs.probe();
            return response.up().build();
        } catch (IOException e) {
            return response.down().withData("reason", String.valueOf(e)).build();
        }
    }
}
