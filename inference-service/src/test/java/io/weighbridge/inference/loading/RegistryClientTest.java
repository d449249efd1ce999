package io.weighbridge.inference.loading;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryClientTest {
    private static final Map<String, String> ANSWERS = Map.of(
            "/api/v1/models/some/model",
            """
            {"id": "some/model", "createdAt": 1, "license": {"declared": "mit"}, "checkpoint": {
              "format": "gguf", "weightsDigest": "sha256:ab",
              "files": [{"path": "a.gguf", "sizeBytes": 5, "digest": "sha256:ab"}]}}
            """,
            "/api/v1/models/some/unpulled",
            "{\"id\": \"some/unpulled\"}",
            "/api/v1/models/some/garbage",
            "{",
            "/api/v1/blobs/sha256:ab",
            "hello");

    private HttpServer server;
    private RegistryClient registry;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var answer = ANSWERS.get(exchange.getRequestURI().getPath());
            var bytes = answer == null ? new byte[0] : answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer == null ? 404 : 200, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
        registry = new RegistryClient(uri, Duration.ofSeconds(5), new ObjectMapper());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_checkpoint_and_its_blobs_are_read() throws IOException {
        var checkpoint = registry.checkpoint("some/model");
        assertThat(checkpoint.weightsDigest()).isEqualTo("sha256:ab");
        assertThat(checkpoint.files()).containsExactly(new RegistryClient.CheckpointFile("a.gguf", 5, "sha256:ab"));
        try (var bytes = registry.blob("sha256:ab")) {
            assertThat(bytes).hasContent("hello");
        }
    }

    @Test
    void each_way_of_having_no_checkpoint_has_its_code() {
        assertCode("some/unpulled", ErrorCode.MODEL_NOT_PULLED);
        assertCode("some/unknown", ErrorCode.MODEL_NOT_FOUND);
        assertCode("some/garbage", ErrorCode.REGISTRY_UNAVAILABLE);
        assertCode("../admin", ErrorCode.INVALID_ARGUMENT);
        assertThatThrownBy(() -> registry.blob("sha256:cd")).hasMessageContaining("answered 404");
    }

    @Test
    void a_registry_that_does_not_answer_is_said_to() {
        server.stop(0);
        assertCode("some/model", ErrorCode.REGISTRY_UNAVAILABLE);
    }

    private void assertCode(String model, ErrorCode code) {
        var failure = catchThrowableOfType(InferenceException.class, () -> registry.checkpoint(model));
        assertThat(failure).isNotNull();
        assertThat(failure.code()).isEqualTo(code);
    }
}
