package io.weighbridge.gateway.snapshot;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.gateway.GatewayConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Asks the registry for a newer snapshot at an interval, on a thread of its own. Failures leave the last one in force. */
@ApplicationScoped
public class SnapshotPoller {
    /** How long the registry may take to answer. */
    static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(10);

    /** Largest snapshot: some hundred thousand models. */
    static final int SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(SnapshotPoller.class);

    private final GatewayConfig config;
    private final SnapshotStore store;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(ANSWER_TIME_MAX).build();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("snapshot-poller").factory());
    private boolean failing;

    SnapshotPoller(GatewayConfig config, SnapshotStore store) {
        this.config = config;
        this.store = store;
    }

    void start(@Observes StartupEvent event) {
        var millis = config.snapshotInterval().toMillis();
        // The schedule's own result never completes; failures are reported by poll().
        var _ = thread.scheduleWithFixedDelay(this::poll, 0, millis, TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        thread.shutdownNow();
        http.shutdownNow();
    }

    private void poll() {
        try {
            ask();
            failing = false;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException broken) {
            if (!failing) {
                LOG.warnf("no snapshot from the registry at %s: %s; the last one stays", config.registryUrl(), broken);
            }
            failing = true;
        }
    }

    private void ask() throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(config.registryUrl().resolve("/api/v1/snapshot"))
                .timeout(ANSWER_TIME_MAX)
                .header("Accept", "application/json");
        var known = store.current();
        if (known != null) {
            request.header("If-None-Match", '"' + known.version() + '"');
        }
        var response = http.send(request.build(), BodyHandlers.ofInputStream());
        try (var body = response.body()) {
            switch (response.statusCode()) {
                case 200 -> {
                    var json = body.readNBytes(SNAPSHOT_BYTES_MAX + 1);
                    if (json.length > SNAPSHOT_BYTES_MAX) {
                        throw new IOException("snapshot of more than %d bytes".formatted(SNAPSHOT_BYTES_MAX));
                    }
                    store.accept(json);
                }
                case 304 -> {}
                default -> throw new IOException("status " + response.statusCode());
            }
        }
    }
}
