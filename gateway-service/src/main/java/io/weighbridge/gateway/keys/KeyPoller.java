package io.weighbridge.gateway.keys;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.GatewayConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at the keys file at an interval, on a thread of its own. */
@ApplicationScoped
public class KeyPoller {
    private final GatewayConfig config;
    private final KeyFile keys;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("keys-poller").factory());

    KeyPoller(GatewayConfig config, KeyFile keys) {
        this.config = config;
        this.keys = keys;
    }

    void start(@Observes StartupEvent event) {
        var millis = config.keysInterval().toMillis();
        // The schedule's own result never completes; poll() reports what it refuses.
        var _ = thread.scheduleWithFixedDelay(keys::poll, millis, millis, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        thread.shutdownNow();
    }
}
