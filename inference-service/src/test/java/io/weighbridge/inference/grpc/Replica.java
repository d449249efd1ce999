package io.weighbridge.inference.grpc;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.flight.Flights;
import io.weighbridge.inference.loading.ModelLoader;
import io.weighbridge.inference.loading.Models;
import io.weighbridge.inference.loop.Watchdog;
import io.weighbridge.inference.metrics.RequestMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** The inference service behind a real gRPC server, without Quarkus: as many as a test wants, each with its own settings. */
final class Replica implements AutoCloseable {
    final Models models;
    final Streams streams;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Flights flights;
    private final Server server;
    private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();

    /** @param settings names without the prefix */
    Replica(int port, ModelLoader loader, String home, Map<String, String> settings) throws IOException {
        var values = new HashMap<String, String>();
        values.put("weighbridge.inference.home", home);
        values.put("weighbridge.inference.memory-budget", "16M");
        settings.forEach((name, value) -> values.put("weighbridge.inference." + name, value));
        var config = new SmallRyeConfigBuilder()
                .addDiscoveredConverters()
                .withMapping(InferenceConfig.class)
                .withSources(new PropertiesConfigSource(values, "test", 1000))
                .build()
                .getConfigMapping(InferenceConfig.class);
        flights = new Flights(config);
        var watchdog = new Watchdog(config);
        models = new Models(config, loader, flights, watchdog);
        streams = new Streams(config, models);
        var service = new InferenceGrpcService(models, streams, config, new RequestMetrics(meters), flights);
        watchdog.start(new StartupEvent());
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                .executor(calls)
                .addService(service)
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    /** What SIGTERM begins. Returns when no stream runs any more or the time for them is over. */
    void drain() throws InterruptedException {
        streams.drain(new ShutdownDelayInitiatedEvent());
    }

    /** How many requests ended so. */
    double ended(String reason) {
        return meters.find("vllm:request_success").tag("finished_reason", reason).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        server.shutdownNow();
        server.awaitTermination();
        models.stop(new ShutdownEvent());
        flights.stop(new ShutdownEvent());
        calls.shutdownNow();
    }
}
