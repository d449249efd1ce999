package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The inference process is killed or stopped at every stage of a request, and its supervisor brings it back. */
class ReplicaDeathTest {
    private static final Duration BACK_MAX = Duration.ofMinutes(1);
    /** So long that computing the prompt takes seconds. */
    private static final String LONG_PROMPT = "mill ".repeat(1700);

    private static final String SHORT = chat("What is the capital of France?", "\"temperature\": 0");

    private Stack stack;

    @BeforeEach
    void await_the_replica() throws IOException, InterruptedException {
        stack = Stack.running();
        Stack.await("a replica that is ready", BACK_MAX, () -> stack.gatewayReady() == 200);
    }

    @Test
    void within_a_stream_the_client_is_told_and_the_supervisor_heals() throws IOException, InterruptedException {
        var registry = stack.launcher.pid("registry");
        var gateway = stack.launcher.pid("gateway");
        var inference = stack.launcher.pid("inference");

        var lines = stream("Write a very long story about a mill.", 1000, 20, () -> kill(inference));

        assertThat(lines).hasSizeGreaterThan(20);
        assertThat(lines).contains("event: error").doesNotContain("data: [DONE]");
        assertThat(lines.stream().filter(line -> !line.isEmpty()).toList().getLast())
                .startsWith("data: {\"error\":")
                .contains("upstream_unavailable")
                .contains("may be sent again");
        awaitBack(inference);
        assertThat(stack.launcher.pid("registry")).isEqualTo(registry);
        assertThat(stack.launcher.pid("gateway")).isEqualTo(gateway);
        var status = stack.launcher.run("status");
        assertThat(status.exit()).as(status.output()).isZero();
        assertThat(status.output()).contains("the inference ended with status 137");
        var after = stack.post("/chat/completions", SHORT);
        assertThat(after.statusCode()).as(after.body()).isEqualTo(200);
        assertThat(after.body()).contains("Paris");
    }

    @Test
    void before_the_first_byte_the_request_waits_for_the_restart_and_is_answered() throws Exception {
        var inference = stack.launcher.pid("inference");
        var answer = send(chat("Tell a story. " + LONG_PROMPT, "\"max_tokens\": 8, \"seed\": 1"));
        awaitRunning();

        kill(inference);

        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.body()).contains("\"finish_reason\"");
        assertThat(stack.launcher.pid("inference")).isNotEqualTo(inference);
    }

    @Test
    void a_request_with_which_it_dies_twice_is_refused_and_others_are_not() throws Exception {
        var poison = chat("Tell a tale. " + LONG_PROMPT, "\"max_tokens\": 8, \"seed\": 2");
        var answer = send(poison);
        for (int death = 0; death < 2; death++) {
            awaitRunning();
            var inference = stack.launcher.pid("inference");
            kill(inference);
            awaitBack(inference);
        }

        var response = answer.get(2, TimeUnit.MINUTES);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(422);
        assertThat(response.body()).contains("request_poisoned");
        assertThat(response.headers().firstValue("x-should-retry")).contains("false");
        assertThat(stack.post("/chat/completions", poison).statusCode()).isEqualTo(422);
        assertThat(stack.post("/chat/completions", SHORT).statusCode()).isEqualTo(200);
    }

    @Test
    void a_stop_lets_streams_finish_and_new_requests_wait_for_the_next_process() throws Exception {
        var inference = stack.launcher.pid("inference");
        var during = new ArrayList<CompletableFuture<HttpResponse<String>>>();

        var lines = stream("Write a story about a mill.", 150, 10, () -> {
            ProcessHandle.of(inference).orElseThrow().destroy();
            during.add(send(SHORT));
        });

        assertThat(lines).contains("data: [DONE]").doesNotContain("event: error");
        var next = during.getFirst().get(2, TimeUnit.MINUTES);
        assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
        awaitBack(inference);
    }

    /** The lines of a streamed answer; {@code then} runs when so many have come. */
    private List<String> stream(String content, int tokens, int linesBefore, Runnable then)
            throws IOException, InterruptedException {
        var lines = new ArrayList<String>();
        var request = stack.request("/chat/completions")
                .POST(HttpRequest.BodyPublishers.ofString(chat(
                        content, "\"stream\": true, \"temperature\": 1.5, \"seed\": 5, \"max_tokens\": " + tokens)))
                .build();
        var response = stack.http.send(request, HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        try (var body = response.body()) {
            body.forEach(line -> {
                lines.add(line);
                if (lines.size() == linesBefore) {
                    then.run();
                }
            });
        }
        return lines;
    }

    private CompletableFuture<HttpResponse<String>> send(String body) {
        return stack.http.sendAsync(
                stack.request("/chat/completions")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void kill(long pid) {
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }

    private void awaitBack(long before) throws InterruptedException {
        Stack.await("another process that is ready", BACK_MAX, () -> {
            try {
                return stack.launcher.pid("inference") != before && metrics().contains("vllm:num_requests_running");
            } catch (IOException e) {
                return false;
            }
        });
        Stack.await("the gateway to see it", BACK_MAX, () -> stack.gatewayReady() == 200);
    }

    /** Until the engine has taken a step for a request. */
    private void awaitRunning() throws InterruptedException {
        Stack.await(
                "a request that runs",
                BACK_MAX,
                () -> metrics()
                        .lines()
                        .anyMatch(line -> line.startsWith("vllm:num_requests_running{") && line.endsWith(" 1.0")));
    }

    /** Empty when nothing answers. */
    private String metrics() {
        try {
            var request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + stack.launcher.inferencePort + "/q/metrics"))
                    .timeout(Duration.ofSeconds(5))
                    .header("Accept", "text/plain")
                    .build();
            return stack.http
                    .send(request, HttpResponse.BodyHandlers.ofString())
                    .body();
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    private static String chat(String content, String fields) {
        return "{\"model\": \"%s\", \"messages\": [{\"role\": \"user\", \"content\": \"%s\"}], %s}"
                .formatted(Stack.MODEL, content, fields);
    }
}
