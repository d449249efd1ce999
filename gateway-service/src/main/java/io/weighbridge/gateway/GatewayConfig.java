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
}
