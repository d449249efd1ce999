package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.FakeInference;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.gateway.routing.Attempts;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StackResource.class)
class FaultTest extends StackTest {
    private static final String STREAM = "\"stream\": true";

    @Test
    void a_replica_that_dies_within_a_stream_ends_it_with_an_error_event() throws Exception {
        var seen = new CountDownLatch(1);
        stack.first().script((_, stream) -> {
            stream.started(7).text("Par");
            seen.await(5, TimeUnit.SECONDS);
            stack.first().kill();
        });
        String body;
        try (var answer = client.stream(ask(APACHE, STREAM))) {
            body = readUntil(answer, "Par");
            seen.countDown();
            body += new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(body)
                .contains("may be sent again")
                .contains("\"content\":\"Par\"")
                .doesNotContain("[DONE]");
        var frames = body.split("\n\n");
        var last = frames[frames.length - 1];
        assertThat(last).startsWith("event: error\ndata: {\"error\":{\"message\":");
        assertThat(last).contains("\"param\":null,\"code\":\"upstream_unavailable\"}}");

        Eventually.await("readiness falls", () -> client.get("q/health/ready").status() == 503);
        assertThat(client.get("q/health/live").status()).isEqualTo(200);
        stack.reset();
        Eventually.await("readiness returns", () -> client.get("q/health/ready").status() == 200);
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
    }

    @Test
    void a_stream_without_finished_is_never_whole() throws Exception {
        stack.first().script((_, stream) -> stream.started(7).text("Par").end());
        assertThat(client.chat(ask(APACHE, STREAM)).body())
                .contains("event: error")
                .doesNotContain("[DONE]");
        var whole = client.chat(ask(APACHE, ""));
        assertThat(whole.status()).isEqualTo(503);
        assertThat(whole.error().path("code").asText()).isEqualTo("upstream_unavailable");
    }

    @Test
    void a_replica_lost_before_the_first_byte_is_replaced() throws Exception {
        stack.second().serve(Stack.SERVED);
        stack.second().running(9);
        Eventually.await(
                "both replicas are seen", () -> client.get("q/health/ready").status() == 200);
        stack.first().script((_, stream) -> stream.fail(io.grpc.Status.UNAVAILABLE, "SHUTTING_DOWN", ""));
        Eventually.await("the second replica answers", () -> {
            var reply = client.chat(ask(APACHE, STREAM));
            return reply.status() == 200 && reply.body().contains("[DONE]");
        });
        assertThat(stack.first().requestCount()).isPositive();
        assertThat(stack.second().requestCount()).isEqualTo(1);
    }

    @Test
    void a_replica_that_comes_back_is_tried_again_and_each_attempt_is_decided_anew() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7);
            stack.first().kill();
            stack.first().script(FakeInference::paris);
            Eventually.await(
                    "the gateway sees that it is gone",
                    () -> client.get("q/health/ready").status() == 503);
            stack.first().start();
        });
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.body()).contains("Paris");
        assertThat(stack.first().requestCount()).isEqualTo(2);
        assertThat(stack.first().nextRequest().getSuspect()).isFalse();
        assertThat(stack.first().nextRequest().getSuspect()).isFalse();
    }

    @Test
    void a_request_that_replicas_die_of_goes_a_third_time_to_the_last_of_them_which_knows() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7);
            stream.fail(io.grpc.Status.UNAVAILABLE, "MODEL_FAILED", "");
            if (stack.first().requestCount() == 2) {
                stack.first()
                        .script((_, next) -> next.fail(io.grpc.Status.FAILED_PRECONDITION, "REQUEST_POISONED", ""));
            }
        });
        // Its own words: from now on the gateway refuses them.
        var poison = ask(APACHE, "\"seed\": 666");
        var reply = client.chat(poison);
        assertThat(reply.status()).as(reply.body()).isEqualTo(422);
        assertThat(reply.error().path("code").asText()).isEqualTo("request_poisoned");
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
        assertThat(stack.first().requestCount()).isEqualTo(3);
        assertThat(stack.first().nextRequest().getSuspect()).isFalse();
        assertThat(stack.first().nextRequest().getSuspect()).isFalse();
        assertThat(stack.first().nextRequest().getSuspect()).isTrue();
        again_it_is_sent_to_no_replica(poison);
    }

    /** Neither of the replicas knows of it any more, as if both were others. */
    private void again_it_is_sent_to_no_replica(String poison) throws Exception {
        stack.reset();
        stack.second().serve(Stack.SERVED);
        for (var body : List.of(poison, poison.replace("666}", "666, \"stream\": true}"))) {
            var reply = client.chat(body, "x-request-id", "another", "x-queue-time-max-ms", "10000");
            assertThat(reply.status()).as(reply.body()).isEqualTo(422);
            assertThat(reply.error().path("code").asText()).isEqualTo("request_poisoned");
            assertThat(reply.header("x-should-retry")).isEqualTo("false");
        }
        assertThat(stack.first().requestCount() + stack.second().requestCount()).isZero();
        for (var other : List.of(ask(APACHE, "\"seed\": 667"), ask(APACHE, "\"seed\": 666, \"max_tokens\": 9"))) {
            assertThat(client.chat(other).status()).isEqualTo(200);
        }
        assertThat(client.with("key-business").chat(poison).status()).isEqualTo(200);
    }

    @Test
    void a_request_is_not_tried_for_ever() throws Exception {
        stack.second().serve(Stack.SERVED);
        for (var replica : List.of(stack.first(), stack.second())) {
            replica.script((_, stream) -> {
                stream.started(7);
                stream.fail(io.grpc.Status.UNAVAILABLE, "MODEL_FAILED", "");
            });
        }
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.error().path("code").asText()).isEqualTo("upstream_unavailable");
        assertThat(stack.first().requestCount() + stack.second().requestCount()).isEqualTo(Attempts.LOSSES_MAX + 1);
    }

    @Test
    void a_replica_that_drains_gets_no_more_requests() throws Exception {
        stack.second().serve(Stack.SERVED);
        stack.second().running(9);
        stack.first().draining(true);
        Eventually.await("the drain is seen", () -> {
            stack.first().forget();
            return client.chat(ask(APACHE, "")).status() == 200 && stack.first().requestCount() == 0;
        });
        stack.second().draining(true);
        Eventually.await(
                "nobody takes requests", () -> client.get("q/health/ready").status() == 503);
    }

    @Test
    void what_the_replica_gave_up_for_a_slow_reader_says_so() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7).text("Par");
            stream.fail(io.grpc.Status.RESOURCE_EXHAUSTED, "SLOW_READER", "");
        });
        assertThat(client.chat(ask(APACHE, STREAM)).body())
                .contains("event: error")
                .contains("reader_too_slow");
    }

    @Test
    void a_silent_replica_counts_as_lost() throws Exception {
        stack.first().script((_, stream) -> stream.started(7).text("Par"));
        var body = client.chat(ask(APACHE, STREAM)).body();
        assertThat(body).contains("event: error").contains("upstream_unavailable");
        assertThat(stack.first().nextCancellation()).isNotEmpty();
    }

    @Test
    void a_client_that_leaves_stops_the_work() throws Exception {
        var go = new CountDownLatch(1);
        stack.first().script((_, stream) -> {
            stream.started(7).text("Par");
            go.await(5, TimeUnit.SECONDS);
        });
        try (var socket = open(ask(APACHE, STREAM), "leaver")) {
            readUntil(socket, "Par");
        }
        assertThat(stack.first().nextCancellation()).isEqualTo("leaver");
        go.countDown();
    }

    @Test
    void a_client_that_leaves_before_the_first_token_stops_the_work() throws Exception {
        stack.first().script((_, stream) -> stream.started(7));
        try (var _ = open(ask(APACHE, ""), "early-leaver")) {
            assertThat(stack.first().nextRequest().getRequestId()).isEqualTo("early-leaver");
        }
        assertThat(stack.first().nextCancellation()).isEqualTo("early-leaver");
    }

    @Test
    void a_slow_reader_holds_the_replica_back() throws Exception {
        var sent = new AtomicLong();
        var piece = "x".repeat(10_000);
        stack.first().script((_, stream) -> {
            stream.started(7);
            while (!stream.cancelled() && sent.get() < 500_000_000L) {
                if (stream.ready()) {
                    stream.text(piece);
                    sent.addAndGet(piece.length());
                } else {
                    Thread.sleep(1);
                }
            }
        });
        try (var socket = open(ask(APACHE, STREAM), "slow")) {
            readUntil(socket, "xxx");
            // It reads no more: the gateway gives up after the silence limit, long before the script has sent all.
            assertThat(stack.first().nextCancellation()).isEqualTo("slow");
            assertThat(readUntil(socket, "\r\n0\r\n\r\n"))
                    .contains("event: error")
                    .contains("reader_too_slow")
                    .doesNotContain("[DONE]");
        }
        assertThat(sent.get()).isLessThan(100_000_000L);
    }

    @Test
    void the_socket_carries_the_stream_to_its_end() throws Exception {
        try (var socket = open(ask(APACHE, STREAM), "raw")) {
            var text = readUntil(socket, "data: [DONE]\n\n\r\n0\r\n\r\n");
            assertThat(text).startsWith("HTTP/1.1 200 OK\r\n").containsIgnoringCase("x-request-id: raw\r\n");
        }
    }

    private Socket open(String body, String requestId) throws IOException {
        var socket = new Socket(base.getHost(), base.getPort());
        socket.setSoTimeout(5000);
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        var head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key-private\r\n"
                + "x-request-id: %s\r\nContent-Length: %d\r\n\r\n".formatted(requestId, bytes.length);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return socket;
    }

    private static String readUntil(Socket socket, String end) throws IOException {
        return readUntil(socket.getInputStream(), end);
    }

    private static String readUntil(InputStream in, String end) throws IOException {
        var text = new StringBuilder();
        while (text.length() < end.length()
                || !text.substring(text.length() - end.length()).equals(end)) {
            var next = in.read();
            if (next < 0) {
                throw new AssertionError("the connection ended after: " + text);
            }
            text.append((char) next);
        }
        return text.toString();
    }
}
