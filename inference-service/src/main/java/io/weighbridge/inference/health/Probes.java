package io.weighbridge.inference.health;

import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.quarkus.grpc.runtime.health.GrpcHealthStorage;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.inference.loading.ModelEntry;
import io.weighbridge.inference.loading.ModelLoader;
import io.weighbridge.inference.loading.Models;
import io.weighbridge.v1.InferenceGrpc;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * What the HTTP probes and gRPC's health service say. Live: every engine's thread works. Ready: all models of the
 * configuration can answer. Started: the native back end is loaded.
 */
@ApplicationScoped
class Probes {
    /** After gRPC has set its own statuses, before {@link Models} begins to change things. */
    private static final int START_PRIORITY = 4_900;

    private final Models models;
    private final ModelLoader loader;
    private final GrpcHealthStorage grpcHealth;

    Probes(Models models, ModelLoader loader, GrpcHealthStorage grpcHealth) {
        this.models = models;
        this.loader = loader;
        this.grpcHealth = grpcHealth;
    }

    void start(@Observes @Priority(START_PRIORITY) StartupEvent event) {
        models.watch(this::updateGrpc);
        updateGrpc();
    }

    @Produces
    @Liveness
    HealthCheck live() {
        return () -> HealthCheckResponse.named("engine threads")
                .status(models.allAlive())
                .build();
    }

    @Produces
    @Readiness
    HealthCheck ready() {
        return () -> {
            var response = HealthCheckResponse.named("models").status(models.allReady());
            for (var entry : models.all()) {
                response.withData(entry.model(), describe(entry));
            }
            return response.build();
        };
    }

    @Produces
    @Startup
    HealthCheck started() {
        return () -> HealthCheckResponse.named("back end")
                .status(loader.isBackEndStarted())
                .build();
    }

    private void updateGrpc() {
        var status = models.allReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
        grpcHealth.setStatus(InferenceGrpc.SERVICE_NAME, status);
        grpcHealth.setStatus(GrpcHealthStorage.DEFAULT_SERVICE_NAME, status);
    }

    private static String describe(ModelEntry entry) {
        var failure = entry.failure();
        return failure.isEmpty() ? entry.state().name() : entry.state() + ": " + failure;
    }
}
