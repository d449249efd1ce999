package io.weighbridge.gateway;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of the gateway. An unknown property under the prefix fails the start. */
@ConfigMapping(prefix = "weighbridge.gateway")
public interface GatewayConfig {
    /** Folder for the snapshot copy. */
    @WithDefault("${WEIGHBRIDGE_HOME:.weighbridge}/gateway")
    Path home();

    /** Base address of the registry. */
    @WithDefault("http://127.0.0.1:8081")
    URI registryUrl();

    /** How often the registry is asked for a newer snapshot. */
    @WithDefault("5s")
    Duration snapshotInterval();

    /** Inference replicas, each host:port of its gRPC server. */
    @WithDefault("127.0.0.1:9001")
    List<String> replicas();

    /** How often each replica is asked for its status. */
    @WithDefault("1s")
    Duration statusInterval();

    /** How long a replica may stay silent within a completion before it counts as lost. Covers its queue. */
    @WithDefault("5m")
    Duration replicaSilenceMax();

    /**
     * How long a request of which nothing was answered yet waits for a replica to come back after the one that had it was lost. 0 to try
     * only those that are there.
     */
    @WithDefault("30s")
    Duration recoveryMax();

    /** Largest request body. Larger ones are refused without being held in memory. */
    @WithDefault("4M")
    MemorySize requestBodyMax();

    /** Whether a request must carry an API key. Without one it runs under the keys file's anonymous profile. */
    @WithDefault("true")
    boolean keysRequired();

    /** YAML file with operator profile, API keys and aliases. Read again when it changes. Absent: the built-in keys for local use. */
    Optional<Path> keysFile();

    /** How often the keys file is looked at for a change. */
    @WithDefault("2s")
    Duration keysInterval();

    /** Proof of what was decided. */
    Receipts receipts();

    /** Settings of the receipt log. */
    interface Receipts {
        /** Whether decisions leave receipts. While they do and the log cannot be written, the gateway answers 503. */
        @WithDefault("true")
        boolean enabled();

        /** Folder of the log and its key; one process writes to it. Absent: receipts, in this service's home. */
        Optional<Path> folder();

        /** How long receipts wait to be written, signed and synced together: what a crash can lose. 1 ms to 10 s. */
        @WithDefault("100ms")
        Duration window();

        /** Most receipts that wait; when they are more, requests are refused with 503. 1 to 65536. */
        @WithDefault("8192")
        int queueCapacity();

        /** How often a log that cannot be written is opened again. */
        @WithDefault("5s")
        Duration reopenInterval();
    }
}
