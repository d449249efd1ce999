package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.errors.ApiException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Writes one HTTP response in OpenAI's form, on the request's event loop. */
final class Answer {
    /** Most bytes of a stream that wait in memory for a slow reader; above it the replica is not asked for more. */
    static final int STREAM_BUFFER_BYTES_MAX = 64 * 1024;

    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BLANK_LINE = "\n\n".getBytes(StandardCharsets.UTF_8);

    private final HttpServerResponse response;
    private final long startedNanos = System.nanoTime();

    Answer(HttpServerResponse response, String requestId) {
        this.response = response;
        response.putHeader("x-request-id", requestId);
    }

    HttpServerResponse response() {
        return response;
    }

    /** What the license decision owes to the caller, also on a refusal. */
    void license(Decision decision) {
        if (!response.headWritten()) {
            Headers.set(response.headers(), decision);
        }
    }

    /** Ends the response with a whole JSON body. */
    void whole(byte[] body) {
        var millis = Duration.ofNanos(System.nanoTime() - startedNanos).toMillis();
        response.putHeader("openai-processing-ms", Long.toString(millis));
        json(200, body);
    }

    void error(ApiException failure) {
        var error = ErrorResponse.of(failure);
        error.headers().forEach(response::putHeader);
        json(error.status(), Json.bytes(error.body()));
    }

    void openStream() {
        response.setWriteQueueMaxSize(STREAM_BUFFER_BYTES_MAX);
        response.setChunked(true)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-cache")
                .putHeader("X-Accel-Buffering", "no");
    }

    void chunk(ObjectNode chunk) {
        send(frame(Json.bytes(chunk)));
    }

    /** Ends a stream that is whole. */
    void done() {
        end(frame("[DONE]".getBytes(StandardCharsets.UTF_8)));
    }

    /** Ends a stream that was cut off: an error event, and no [DONE]. */
    void broken(ApiException failure) {
        var frame = Buffer.buffer("event: error\n")
                .appendBuffer(frame(Json.bytes(ErrorResponse.of(failure).body())));
        end(frame);
    }

    private void json(int status, byte[] body) {
        response.setStatusCode(status).putHeader("Content-Type", "application/json");
        end(Buffer.buffer(body));
    }

    private void send(Buffer buffer) {
        // A failed write means a closed connection, which the close handler reports.
        var _ = response.write(buffer);
    }

    private void end(Buffer buffer) {
        var _ = response.end(buffer);
    }

    private static Buffer frame(byte[] data) {
        return Buffer.buffer(DATA.length + data.length + BLANK_LINE.length)
                .appendBytes(DATA)
                .appendBytes(data)
                .appendBytes(BLANK_LINE);
    }
}
