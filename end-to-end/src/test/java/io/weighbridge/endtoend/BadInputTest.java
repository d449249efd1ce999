package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input over the whole stack: the right status, code and param, and the error's four keys. */
class BadInputTest {
    private static final String HELLO = "[{\"role\": \"user\", \"content\": \"Hello\"}]";

    static Stream<Arguments> bodies() {
        return Stream.of(
                Arguments.of("invalid JSON", 400, null, "{\"model\": "),
                Arguments.of("not an object", 400, null, "[]"),
                Arguments.of("unknown model", 404, "model", body("nobody/nothing", HELLO, "")),
                Arguments.of("no model", 400, "model", "{\"messages\": " + HELLO + "}"),
                Arguments.of("empty messages", 400, "messages", body(Stack.MODEL, "[]", "")),
                Arguments.of("messages of the wrong type", 400, "messages", body(Stack.MODEL, "\"Hello\"", "")),
                Arguments.of(
                        "prompt longer than the context",
                        400,
                        "messages",
                        body(Stack.MODEL, HELLO.replace("Hello", "word ".repeat(9000)), "")),
                Arguments.of("max_tokens 0", 400, "max_tokens", body(Stack.MODEL, HELLO, ", \"max_tokens\": 0")),
                Arguments.of("max_tokens -1", 400, "max_tokens", body(Stack.MODEL, HELLO, ", \"max_tokens\": -1")),
                Arguments.of(
                        "max_tokens 10^9", 400, "max_tokens", body(Stack.MODEL, HELLO, ", \"max_tokens\": 1000000000")),
                Arguments.of(
                        "max_tokens as text", 400, "max_tokens", body(Stack.MODEL, HELLO, ", \"max_tokens\": \"5\"")),
                Arguments.of("temperature 3", 400, "temperature", body(Stack.MODEL, HELLO, ", \"temperature\": 3")),
                Arguments.of("stream as text", 400, "stream", body(Stack.MODEL, HELLO, ", \"stream\": \"yes\"")));
    }

    private static String body(String model, String messages, String more) {
        return "{\"model\": \"%s\", \"messages\": %s%s}".formatted(model, messages, more);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void is_refused(String what, int status, @Nullable String param, String body)
            throws IOException, InterruptedException {
        var response = Stack.running().post("/chat/completions", body);

        assertThat(response.statusCode()).as(what + ": " + response.body()).isEqualTo(status);
        var error = new ObjectMapper().readTree(response.body()).get("error");
        assertThat(error.fieldNames()).toIterable().contains("message", "type", "param", "code");
        assertThat(error.get("param").isNull() ? null : error.get("param").asText())
                .as(error.get("message").asText())
                .isEqualTo(param);
    }

    @Test
    void a_body_of_100_megabytes_is_refused() throws IOException, InterruptedException {
        var size = 100L << 20;
        try (var socket = new Socket("127.0.0.1", Stack.running().launcher.gatewayPort)) {
            socket.setSoTimeout(30_000);
            var out = socket.getOutputStream();
            out.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n"
                            + "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n")
                    .formatted(Stack.KEY, size)
                    .getBytes(StandardCharsets.US_ASCII));
            send(out, size);

            assertThat(statusLine(socket.getInputStream())).contains(" 413 ");
        }
    }

    /** Writes all of it, or until the other side has had enough. */
    private static void send(OutputStream out, long size) throws IOException {
        var piece = "x".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
        try {
            for (long sent = 0; sent < size; sent += piece.length) {
                out.write(piece);
            }
        } catch (SocketException e) {
            // The gateway need not read to the end; its answer is what counts.
            assertThat(e).hasMessageMatching("(?i).*(reset|broken pipe|closed).*");
        }
    }

    private static String statusLine(InputStream in) throws IOException {
        var line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\r'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }
}
