package io.weighbridge.inference.loading;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Asks the registry over its REST interface. Thread-safe. */
@ApplicationScoped
class RegistryClient {
    /** owner/name as the registry writes it; checked because it becomes part of an address. */
    private static final Pattern MODEL =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}");
    /** Files of one checkpoint. */
    static final int FILES_MAX = 10_000;

    private final URI registry;
    private final Duration timeout;
    private final ObjectMapper json;
    private final HttpClient http;

    @Inject
    RegistryClient(InferenceConfig config, ObjectMapper json) {
        this(config.registryUrl(), config.registryTimeout(), json);
    }

    RegistryClient(URI registry, Duration timeout, ObjectMapper json) {
        this.registry = registry;
        this.timeout = timeout;
        this.json = json;
        this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
    }

    /** The checkpoint's files and digest, as the contract's Checkpoint. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Checkpoint(String weightsDigest, List<CheckpointFile> files) {}

    /** One file of a checkpoint and the blob that holds its bytes. */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record CheckpointFile(String path, long sizeBytes, String digest) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Model(@Nullable Checkpoint checkpoint) {}

    /** The checkpoint of the model, or why there is none. */
    Checkpoint checkpoint(String model) {
        if (!MODEL.matcher(model).matches()) {
            throw InferenceException.badParam("model", "not a model: '%s' (want owner/name)".formatted(model));
        }
        var response = send("api/v1/models/" + model, HttpResponse.BodyHandlers.ofString(), timeout);
        if (response.statusCode() == 404) {
            throw new InferenceException(
                    ErrorCode.MODEL_NOT_FOUND,
                    "the registry at %s does not know model '%s'".formatted(registry, model));
        }
        expectOk(response.statusCode(), "model " + model);
        var checkpoint = parse(response.body()).checkpoint();
        if (checkpoint == null) {
            throw new InferenceException(
                    ErrorCode.MODEL_NOT_PULLED,
                    "the registry has not pulled model '%s' yet; start it with: weighbridge pull %s"
                            .formatted(model, model));
        }
        if (checkpoint.files().size() > FILES_MAX) {
            throw new InferenceException(
                    ErrorCode.CHECKPOINT_UNUSABLE,
                    "the checkpoint has %d files, at most %d are read"
                            .formatted(checkpoint.files().size(), FILES_MAX));
        }
        return checkpoint;
    }

    /** The bytes of a blob; the caller closes the stream. */
    InputStream blob(String digest) {
        var response = send("api/v1/blobs/" + digest, HttpResponse.BodyHandlers.ofInputStream(), timeout);
        expectOk(response.statusCode(), "blob " + digest);
        return response.body();
    }

    private <T> HttpResponse<T> send(String path, HttpResponse.BodyHandler<T> handler, Duration limit) {
        var base = registry.toString();
        var uri = URI.create((base.endsWith("/") ? base : base + "/") + path);
        try {
            return http.send(HttpRequest.newBuilder(uri).timeout(limit).build(), handler);
        } catch (IOException e) {
            throw new InferenceException(
                    ErrorCode.REGISTRY_UNAVAILABLE,
                    "the registry at %s does not answer (%s); is it running?".formatted(registry, e),
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException(ErrorCode.REGISTRY_UNAVAILABLE, "interrupted while asking the registry", e);
        }
    }

    private Model parse(String body) {
        try {
            return json.readValue(body, Model.class);
        } catch (JsonProcessingException e) {
            throw new InferenceException(
                    ErrorCode.REGISTRY_UNAVAILABLE,
                    "the registry's answer cannot be read: " + e.getOriginalMessage(),
                    e);
        }
    }

    private void expectOk(int status, String what) {
        if (status != 200) {
            throw new InferenceException(
                    ErrorCode.REGISTRY_UNAVAILABLE,
                    "the registry at %s answered %d when asked for %s".formatted(registry, status, what));
        }
    }
}
