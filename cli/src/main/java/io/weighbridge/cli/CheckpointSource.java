package io.weighbridge.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.cli.license.UnreachableException;
import io.weighbridge.engine.checkpoint.Checkpoint;
import io.weighbridge.engine.checkpoint.CheckpointException;
import io.weighbridge.engine.checkpoint.Checkpoints;
import io.weighbridge.inference.variant.WeightsDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a checkpoint's files lie: named by a path, or by a model of the running registry.
 *
 * @param name as it was asked for
 * @param path the file or folder; null for a model of the registry
 * @param files each by its name in the checkpoint
 */
record CheckpointSource(String name, @Nullable Path path, Map<String, Path> files) {
    /** The registry must answer within this. */
    static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(10);

    /** Bytes of the registry's answer about one model. */
    static final int ANSWER_BYTES_MAX = 8 << 20;

    private static final Pattern MODEL =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}");
    private static final Pattern SHARD = Pattern.compile("(.*)-\\d{5}-of-(\\d{5})\\.gguf");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");

    /** The folder that holds {@code blobs} and passports, as the launcher sets it. */
    static Path home() {
        return Path.of(System.getenv().getOrDefault("WEIGHBRIDGE_HOME", ".weighbridge"));
    }

    /** A file, a folder, or else owner/name. */
    static CheckpointSource find(String subject, Path blobs) {
        Path path;
        try {
            path = Path.of(subject);
        } catch (InvalidPathException notAPath) {
            throw new CheckpointException("'%s' is neither a path nor a model".formatted(subject), notAPath);
        }
        if (Files.isDirectory(path)) {
            return new CheckpointSource(subject, path, filesOf(path));
        }
        if (Files.isRegularFile(path)) {
            return new CheckpointSource(subject, path, withShards(path));
        }
        if (!MODEL.matcher(subject).matches()) {
            throw new CheckpointException(
                    "there is no file or folder '%s', and no model is called so (owner/name)".formatted(subject));
        }
        return pulled(subject, blobs);
    }

    /** Opens it; the caller closes it. */
    Checkpoint open() {
        return path == null ? Checkpoints.open(files) : Checkpoints.open(path);
    }

    /** Digest of each file by its name; reads them all. */
    Map<String, String> digests() throws IOException {
        var digests = new TreeMap<String, String>();
        for (var file : files.entrySet()) {
            digests.put(file.getKey(), WeightsDigest.ofFile(file.getValue()));
        }
        return digests;
    }

    /** Names the weights as the registry does. */
    static String weightsDigest(Map<String, String> digests) {
        var weights = new TreeMap<>(digests);
        weights.keySet().removeIf(name -> !WeightsDigest.holdsWeights(name));
        return WeightsDigest.of(weights);
    }

    private static Map<String, Path> filesOf(Path folder) {
        var files = new TreeMap<String, Path>();
        try (var entries = Files.newDirectoryStream(folder)) {
            for (var entry : entries) {
                if (Files.isRegularFile(entry)) {
                    files.put(String.valueOf(entry.getFileName()), entry);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read folder " + folder, e);
        }
        return files;
    }

    private static Map<String, Path> withShards(Path file) {
        var name = String.valueOf(file.getFileName());
        var shard = SHARD.matcher(name);
        if (!shard.matches()) {
            return Map.of(name, file);
        }
        var same = Pattern.compile(Pattern.quote(shard.group(1)) + "-\\d{5}-of-" + shard.group(2) + "\\.gguf");
        var all = filesOf(file.resolveSibling(""));
        all.keySet().removeIf(other -> !same.matcher(other).matches());
        return all;
    }

    private static CheckpointSource pulled(String model, Path blobs) {
        var registry =
                URI.create("http://127.0.0.1:" + System.getenv().getOrDefault("WEIGHBRIDGE_REGISTRY_PORT", "8081"));
        var checkpoint = ask(registry, model).path("checkpoint");
        if (!checkpoint.isObject()) {
            throw new CheckpointException("the registry has not pulled '%s' yet".formatted(model));
        }
        var files = new TreeMap<String, Path>();
        for (var file : checkpoint.path("files")) {
            var digest = file.path("digest").asText();
            if (!DIGEST.matcher(digest).matches()) {
                throw new CheckpointException("the registry's answer has no digest but '%s'".formatted(digest));
            }
            var hex = digest.substring("sha256:".length());
            var blob = blobs.resolve("sha256").resolve(hex.substring(0, 2)).resolve(hex);
            if (!Files.isRegularFile(blob)) {
                throw new CheckpointException(
                        "'%s' of '%s' should lie at %s and does not; say where the blobs are with --blobs"
                                .formatted(file.path("path").asText(), model, blob));
            }
            files.put(file.path("path").asText(), blob);
        }
        return new CheckpointSource(model, null, files);
    }

    private static JsonNode ask(URI registry, String model) {
        var address = URI.create(registry + "/api/v1/models/" + model);
        try (var http = HttpClient.newBuilder().connectTimeout(ANSWER_TIME_MAX).build()) {
            var request =
                    HttpRequest.newBuilder(address).timeout(ANSWER_TIME_MAX).build();
            var response = http.send(request, BodyHandlers.ofInputStream());
            try (var body = response.body()) {
                if (response.statusCode() != 200) {
                    throw new CheckpointException("the registry at %s answers %d when asked for '%s'"
                            .formatted(registry, response.statusCode(), model));
                }
                return new ObjectMapper().readTree(body.readNBytes(ANSWER_BYTES_MAX));
            }
        } catch (IOException e) {
            throw new UnreachableException(
                    "there is no file or folder '%s', and no registry at %s to ask for a model of that name (./weighbridge up starts one)"
                            .formatted(model, registry),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while asking the registry", e);
        }
    }

    /** The first file of this name, if there is one. */
    @Nullable
    Path file(String name) {
        return files.get(name);
    }
}
