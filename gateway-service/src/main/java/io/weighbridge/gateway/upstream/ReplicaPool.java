package io.weighbridge.gateway.upstream;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.GatewayConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** All configured replicas; asks each for its status at an interval. Safe for any thread. */
@ApplicationScoped
public class ReplicaPool {
    private final GatewayConfig config;
    private final List<GrpcReplica> replicas;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("replica-poller").factory());

    ReplicaPool(GatewayConfig config) {
        this.config = config;
        this.replicas = config.replicas().stream().map(GrpcReplica::new).toList();
    }

    public List<? extends Replica> replicas() {
        return replicas;
    }

    void start(@Observes StartupEvent event) {
        var millis = config.statusInterval().toMillis();
        // The schedule's own result never completes; poll() reports failures itself.
        var _ = thread.scheduleWithFixedDelay(
                () -> replicas.forEach(GrpcReplica::poll), 0, millis, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        thread.shutdownNow();
        replicas.forEach(GrpcReplica::close);
    }
}
