package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

/** The inference process is killed in the middle of a stream. */
class ReplicaDeathTest {
    private static final String LONG_ANSWER = """
            {"model": "%s", "stream": true, "temperature": 1.5, "seed": 5, "max_tokens": 4000,
             "messages": [{"role": "user", "content": "Write a very long story about a mill."}]}""".formatted(Stack.MODEL);

    @Test
    void the_client_sees_an_error_the_gateway_says_so_and_a_restart_heals() throws IOException, InterruptedException {
        var stack = Stack.running();
        var registry = stack.launcher.pid("registry");
        var gateway = stack.launcher.pid("gateway");
        var inference = stack.launcher.pid("inference");

        var lines = new ArrayList<String>();
        var request = stack.request("/chat/completions")
                .POST(HttpRequest.BodyPublishers.ofString(LONG_ANSWER))
                .build();
        var response = stack.http.send(request, HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        try (var body = response.body()) {
            body.forEach(line -> {
                lines.add(line);
                if (lines.size() == 20) {
                    ProcessHandle.of(inference).orElseThrow().destroyForcibly();
                }
            });
        }

        assertThat(lines).hasSizeGreaterThan(20);
        assertThat(lines).contains("event: error").doesNotContain("data: [DONE]");
        assertThat(lines.stream().filter(line -> !line.isEmpty()).toList().getLast())
                .startsWith("data: {\"error\":");
        Stack.await("the gateway not to be ready", Duration.ofSeconds(30), () -> stack.gatewayReady() == 503);

        var up = stack.launcher.run("up");

        assertThat(up.exit()).as(up.output()).isZero();
        assertThat(stack.launcher.pid("registry")).isEqualTo(registry);
        assertThat(stack.launcher.pid("gateway")).isEqualTo(gateway);
        assertThat(stack.launcher.pid("inference")).isNotEqualTo(inference);
        var after = stack.post(
                "/chat/completions",
                "{\"model\": \"%s\", \"temperature\": 0, \"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of France?\"}]}"
                        .formatted(Stack.MODEL));
        assertThat(after.statusCode()).as(after.body()).isEqualTo(200);
        assertThat(after.body()).contains("Paris");
    }
}
