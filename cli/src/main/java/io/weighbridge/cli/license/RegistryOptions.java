package io.weighbridge.cli.license;

import io.weighbridge.license.plan.Candidate;
import io.weighbridge.license.plan.SnapshotJson;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The models of a registry: from the running one, or from a copy of its snapshot. */
final class RegistryOptions {
    /** How long the registry may take to answer. */
    static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(10);

    private static final String SNAPSHOT_PATH = "api/v1/snapshot";

    @Option(
            names = "--registry",
            paramLabel = "URL",
            description = "the registry to ask for models (default: the one that ./weighbridge up starts)")
    private @Nullable URI registry;

    @Option(
            names = "--snapshot",
            paramLabel = "FILE",
            description = {
                "a saved answer of the registry's /api/v1/snapshot instead, such as the copy",
                "that the gateway keeps in .weighbridge/gateway/snapshot.json"
            })
    private @Nullable String snapshot;

    boolean given() {
        return registry != null || snapshot != null;
    }

    List<Candidate> models() {
        if (snapshot != null && registry != null) {
            throw new IllegalArgumentException("--registry and --snapshot: give one of them");
        }
        if (snapshot != null) {
            return SnapshotJson.read(snapshot, Files.read(snapshot, SnapshotJson.SNAPSHOT_BYTES_MAX));
        }
        var base = registry != null ? registry : launched(System.getenv());
        return SnapshotJson.read("the registry at " + base, ask(base));
    }

    /** Where the launcher starts the registry. */
    static URI launched(Map<String, String> environment) {
        return URI.create("http://127.0.0.1:" + environment.getOrDefault("WEIGHBRIDGE_REGISTRY_PORT", "8081"));
    }

    private static byte[] ask(URI base) {
        var address = URI.create(base.toString().replaceAll("/+$", "") + "/" + SNAPSHOT_PATH);
        if (address.getHost() == null) {
            throw new IllegalArgumentException(
                    "--registry %s: want an address such as http://127.0.0.1:8081".formatted(base));
        }
        try (var http = HttpClient.newBuilder().connectTimeout(ANSWER_TIME_MAX).build()) {
            var request =
                    HttpRequest.newBuilder(address).timeout(ANSWER_TIME_MAX).build();
            var response = http.send(request, BodyHandlers.ofInputStream());
            try (var body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new IOException("status " + response.statusCode());
                }
                return body.readNBytes(SnapshotJson.SNAPSHOT_BYTES_MAX + 1);
            }
        } catch (ConnectException broken) {
            throw new UnreachableException(
                    "no registry answers at %s; start one with ./weighbridge up, or name a --snapshot FILE"
                            .formatted(base),
                    broken);
        } catch (IOException broken) {
            throw new UnreachableException("cannot read %s: %s".formatted(address, broken.getMessage()), broken);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the registry", stopped);
        }
    }
}
