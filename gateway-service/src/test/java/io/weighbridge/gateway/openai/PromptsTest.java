package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Stack.APACHE;
import static io.weighbridge.gateway.Stack.GEMMA;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client.Reply;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.FakeInference.Script;
import io.weighbridge.gateway.FakeInference.Stream;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.gateway.receipts.Receipts;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Draft.Phase;
import io.weighbridge.license.receipts.ReceiptVerifier;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprob;
import io.weighbridge.v1.TokenLogprobs;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several prompts in one text request: one license decision, many replica requests, one answer. */
@QuarkusTest
@WithTestResource(StackResource.class)
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class PromptsTest extends StackTest {
    private static final String PATH = "v1/completions";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Says the prompt in capitals, in two pieces, once for each completion. */
    private static final Script LOUD = (request, stream) -> {
        stream.started(3);
        for (int i = 0; i < request.getN(); i++) {
            say(stream, request.getText().toUpperCase(Locale.ROOT), i);
            say(stream, Integer.toString(i), i);
        }
        for (int i = 0; i < request.getN(); i++) {
            stream.send(finished(i));
        }
        stream.end();
    };

    @Inject
    Receipts receipts;

    @Test
    void each_prompt_is_a_request_of_its_own_and_the_answers_come_in_their_order() throws Exception {
        stack.first().script((request, stream) -> {
            // The first prompt is the last to be answered.
            if (request.getText().equals("a")) {
                Thread.sleep(100);
            }
            LOUD.run(request, stream);
        });
        var reply = post("[\"a\", \"b\", \"c\"]", "\"n\": 2, \"seed\": 5, \"stop\": [\"x\"], \"best_of\": 3");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        var json = reply.json();
        assertThat(json.path("object").asText()).isEqualTo("text_completion");
        assertThat(json.path("choices"))
                .extracting(choice -> choice.path("index").asInt()
                        + choice.path("text").asText()
                        + choice.path("finish_reason").asText())
                .containsExactly("0A0stop", "1A1stop", "2B0stop", "3B1stop", "4C0stop", "5C1stop");
        assertThat(json.path("usage").toString())
                .isEqualTo("{\"prompt_tokens\":9,\"completion_tokens\":12,\"total_tokens\":21,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":3}}");
        var texts = new ArrayList<String>();
        for (int i = 0; i < 3; i++) {
            var sent = stack.first().nextRequest();
            texts.add(sent.getText());
            assertThat(sent.getN()).isEqualTo(2);
            assertThat(sent.getBestOf()).isEqualTo(3);
            assertThat(sent.getSampling().getSeed()).isEqualTo(5);
            assertThat(sent.getStopList()).containsExactly("x");
            assertThat(sent.getTenant()).isEqualTo("private");
            assertThat(sent.getMaxTokens()).isEqualTo(RequestParser.COMPLETION_TOKENS_DEFAULT);
        }
        assertThat(texts).containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void prompts_may_be_lists_of_token_ids() throws Exception {
        stack.first().script((request, stream) -> {
            stream.started(1);
            say(stream, request.getTokenIds().getIdsList().toString(), 0);
            stream.send(finished(0)).end();
        });
        var choices = post("[[1, 2], [3]]", "").json().path("choices");
        assertThat(choices).extracting(choice -> choice.path("text").asText()).containsExactly("[1, 2]", "[3]");
        assertThat(post("[[4]]", "").json().at("/choices/0/text").asText()).isEqualTo("[4]");
    }

    @Test
    void a_stream_tells_the_prompts_apart_by_the_index_of_the_choice() throws Exception {
        stack.first().script(LOUD);
        var reply = post("[\"a\", \"b\"]", "\"n\": 2, \"stream\": true, \"stream_options\": {\"include_usage\": true}");
        var texts = new TreeMap<Integer, String>();
        var chunks = chunks(reply.body());
        for (var chunk : chunks.subList(0, chunks.size() - 1)) {
            assertThat(chunk.path("choices")).hasSize(1);
            var choice = chunk.at("/choices/0");
            var end = choice.path("finish_reason").isNull() ? "" : "|";
            texts.merge(choice.path("index").asInt(), choice.path("text").asText() + end, String::concat);
        }
        assertThat(texts.values()).containsExactly("A0|", "A1|", "B0|", "B1|");
        assertThat(chunks)
                .extracting(chunk -> chunk.path("id").asText())
                .containsOnly(chunks.getFirst().path("id").asText());
        assertThat(chunks.getLast().at("/usage/total_tokens").asInt()).isEqualTo(14);
        assertThat(reply.body()).endsWith("data: [DONE]\n\n").containsOnlyOnce("[DONE]");
    }

    @Test
    void the_license_object_comes_once_with_the_last_finish_reason() throws Exception {
        stack.first().script(LOUD);
        var body = body("[\"a\", \"b\", \"c\"]", "\"stream\": true");
        var chunks = chunks(client.post(PATH, body, "x-include-license", "true").body());
        assertThat(chunks.stream().filter(chunk -> chunk.has("license"))).containsExactly(chunks.getLast());
    }

    @Test
    void every_prompt_has_its_own_echo_and_offsets_as_harnesses_read_them() throws Exception {
        stack.first().script((request, stream) -> {
            stream.send(GenerateEvent.newBuilder()
                    .setStarted(Started.newBuilder()
                            .setPromptTokens(1)
                            .addPromptLogprobs(TokenLogprobs.newBuilder()
                                    .setChosen(TokenLogprob.newBuilder()
                                            .setText(ByteString.copyFromUtf8(request.getText()))))));
            var chosen = TokenLogprob.newBuilder()
                    .setText(ByteString.copyFromUtf8("!"))
                    .setLogprob(-1);
            stream.send(GenerateEvent.newBuilder()
                    .setText(TextDelta.newBuilder()
                            .setText("!")
                            .addLogprobs(TokenLogprobs.newBuilder().setChosen(chosen))));
            stream.send(finished(0)).end();
        });
        var choices = post("[\"long\", \"x\"]", "\"echo\": true, \"logprobs\": 0, \"max_tokens\": 1")
                .json()
                .path("choices");
        assertThat(choices.at("/0/text").asText()).isEqualTo("long!");
        assertThat(choices.at("/0/logprobs/text_offset").toString()).isEqualTo("[0,4]");
        assertThat(choices.at("/1/text").asText()).isEqualTo("x!");
        assertThat(choices.at("/1/logprobs/text_offset").toString()).isEqualTo("[0,1]");
        assertThat(choices.at("/1/logprobs/token_logprobs").toString()).isEqualTo("[null,-1.0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[\"a\", [1]]     | prompt[1]",
                "[[1], \"a\"]     | prompt[1]",
                "[[1], []]        | prompt[1]",
                "[[1], [2, \"x\"]] | prompt[1]",
                "[\"a\", 7]       | prompt[1]",
                "[null]           | prompt[0]",
                "[[[1]]]          | prompt[0]",
            })
    void names_the_prompt_at_fault(String prompts, String param) throws Exception {
        var reply = post(prompts, "");
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.error().path("param").asText()).isEqualTo(param);
    }

    @Test
    void the_prompts_are_limited_and_the_most_are_answered() throws Exception {
        stack.first().script(LOUD);
        var most = texts(PromptParser.PROMPTS_MAX);
        var choices = post(most, "").json().path("choices");
        assertThat(choices).hasSize(PromptParser.PROMPTS_MAX);
        assertThat(choices.at("/255/text").asText()).isEqualTo("P2550");
        var reply = post(most.replace("]", ", \"x\"]"), "");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error().path("param").asText()).isEqualTo("prompt");
        assertThat(reply.error().path("message").asText()).contains("257").contains("256");
    }

    @ParameterizedTest
    @CsvSource({"1, 16", "8, 2", "16, 1"})
    void only_so_many_completions_are_under_way_at_once(int n, int promptsAtOnce) throws Exception {
        var go = new Semaphore(0);
        stack.first().script((request, stream) -> {
            go.acquire();
            LOUD.run(request, stream);
        });
        var answer = CompletableFuture.supplyAsync(() -> {
            try {
                return post(texts(20), "\"n\": " + n);
            } catch (Exception broken) {
                throw new IllegalStateException(broken);
            }
        });
        Eventually.await("they wait", () -> stack.first().requestCount() == promptsAtOnce);
        go.release();
        Eventually.await("one follows", () -> stack.first().requestCount() == promptsAtOnce + 1);
        go.release(20);
        assertThat(answer.get(5, TimeUnit.SECONDS).json().path("choices")).hasSize(20 * n);
    }

    @Test
    void the_fault_of_one_prompt_ends_the_request_and_cancels_the_others() throws Exception {
        for (var more : List.of("", "\"stream\": true")) {
            stack.first().forget();
            stack.first().script((request, stream) -> {
                if (request.getText().equals("bad")) {
                    Eventually.await("the others run", () -> stack.first().requestCount() == 3);
                    stream.fail(
                            Status.INVALID_ARGUMENT.withDescription("the prompt has 3000 tokens"),
                            "CONTEXT_LENGTH_EXCEEDED",
                            "text");
                }
            });
            var reply = client.post(PATH, body("[\"a\", \"bad\", \"c\"]", more), "x-request-id", "batch-1");
            assertThat(reply.status()).as(reply.body()).isEqualTo(400);
            assertThat(reply.error().path("code").asText()).isEqualTo("context_length_exceeded");
            assertThat(reply.error().path("param").asText()).isEqualTo("prompt[1]");
            assertThat(reply.error().path("message").asText()).isEqualTo("prompt[1]: the prompt has 3000 tokens");
            assertThat(stack.first().nextCancellation()).isEqualTo("batch-1");
            assertThat(stack.first().nextCancellation()).isEqualTo("batch-1");
        }
    }

    @Test
    void a_stream_that_lost_one_prompt_after_its_text_began_ends_with_an_error_event() throws Exception {
        stack.first().script((request, stream) -> {
            if (request.getText().equals("bad")) {
                stream.started(1).text("half");
                stream.fail(Status.UNAVAILABLE, "MODEL_FAILED", "");
            } else {
                stream.started(1).text("other");
            }
        });
        var body = post("[\"a\", \"bad\"]", "\"stream\": true").body();
        assertThat(body).contains("half").contains("event: error").doesNotContain("[DONE]");
        assertThat(stack.first().nextCancellation()).isNotEmpty();
    }

    @Test
    void a_prompt_whose_replica_was_lost_is_tried_again_while_the_others_go_on() throws Exception {
        for (var more : List.of("", "\"stream\": true")) {
            stack.first().forget();
            var failed = ConcurrentHashMap.<String>newKeySet();
            var others = new CountDownLatch(2);
            stack.first().script((request, stream) -> {
                if (request.getText().equals("b") && failed.add("b")) {
                    others.await(5, TimeUnit.SECONDS);
                    stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", "");
                    return;
                }
                LOUD.run(request, stream);
                others.countDown();
            });
            var reply = client.post(PATH, body("[\"a\", \"b\", \"c\"]", more), "x-request-id", "retry" + more.length());
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.body()).contains("\"B").contains("\"C").doesNotContain("event: error");
            assertThat(stack.first().requestCount()).isEqualTo(4);
            // The request as a whole, and the one attempt that was made again.
            assertThat(drafts("retry" + more.length()))
                    .extracting(Draft::phase)
                    .containsExactly(Phase.ADMISSION, Phase.RETRY);
        }
    }

    @Test
    void the_request_as_a_whole_is_decided_once_and_leaves_one_receipt() throws Exception {
        stack.first().script(LOUD);
        var reply = client.post(PATH, body(texts(20), ""), "x-request-id", "whole-1");
        assertThat(reply.status()).isEqualTo(200);
        var drafts = drafts("whole-1");
        assertThat(drafts).hasSize(1);
        assertThat(drafts.getFirst().decision()).isEqualTo(reply.header("x-license-decision-id"));
        assertThat(drafts.getFirst().phase()).isEqualTo(Phase.ADMISSION);
    }

    @Test
    void prompts_that_are_sent_after_the_caller_declared_otherwise_are_decided_anew() throws Exception {
        var changed = ConcurrentHashMap.<String>newKeySet();
        stack.first().script((request, stream) -> {
            if (changed.add("now")) {
                keys(Stack.KEYS.replace(
                        "key: key-private, tenant: {commercial: false, purposes: [assistance, research]}",
                        "key: key-private, tenant: {commercial: true, purposes: [assistance]}"));
            }
            LOUD.run(request, stream);
        });
        var body = body("[\"a\", \"b\", \"c\"]", "\"n\": 16").replace(APACHE, Stack.NONCOMMERCIAL);
        var reply = client.post(PATH, body, "x-request-id", "changed-1");
        assertThat(reply.status()).as(reply.body()).isEqualTo(403);
        assertThat(stack.first().requestCount()).isEqualTo(1);
        assertThat(drafts("changed-1"))
                .extracting(draft -> draft.verdict().word())
                .containsExactly("permitted", "prohibited");
    }

    @Test
    void a_refusal_asks_no_replica() throws Exception {
        var body = body("[\"a\", \"b\"]", "").replace(APACHE, Stack.NONCOMMERCIAL);
        var reply = client.with("key-business").post(PATH, body, "x-request-id", "refused-1");
        assertThat(reply.status()).isEqualTo(403);
        assertThat(stack.first().requestCount()).isZero();
        assertThat(drafts("refused-1")).hasSize(1);
    }

    @Test
    void all_prompts_go_to_the_next_candidate_together() throws Exception {
        keys(Stack.KEYS + "aliases: {fair: {candidates: [%s, %s]}}\n".formatted(GEMMA, APACHE));
        stack.first().script((request, stream) -> {
            if (request.getModel().equals(GEMMA) && request.getText().equals("b")) {
                stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", "");
            } else {
                LOUD.run(request, stream);
            }
        });
        var body = body("[\"a\", \"b\", \"c\"]", "").replace(APACHE, "fair");
        var reply = client.post(PATH, body, "x-request-id", "fallback-1");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("x-routed-model")).isEqualTo(APACHE);
        assertThat(reply.json().path("model").asText()).isEqualTo(APACHE);
        assertThat(reply.json().path("choices"))
                .extracting(choice -> choice.path("text").asText())
                .containsExactly("A0", "B0", "C0");
        assertThat(reply.json().at("/usage/prompt_tokens").asInt()).isEqualTo(9);
        assertThat(drafts("fallback-1")).extracting(Draft::phase).containsExactly(Phase.ADMISSION, Phase.FALLBACK);
    }

    @Test
    void a_request_waits_for_its_replicas_to_come_back() throws Exception {
        keys(Stack.KEYS + "aliases: {fair: {candidates: [%s, %s]}}\n".formatted(GEMMA, Stack.LOADING));
        for (var model : List.of(APACHE, "fair")) {
            stack.first().forget();
            var lost = ConcurrentHashMap.<String>newKeySet();
            stack.first().script((request, stream) -> {
                if (lost.add("once")) {
                    Eventually.await("all are there", () -> stack.first().requestCount() == 3);
                    stack.first().kill();
                    Thread.sleep(300);
                    stack.first().start();
                } else if (lost.size() == 1 && stack.first().requestCount() > 3) {
                    LOUD.run(request, stream);
                }
            });
            var reply = client.post(PATH, body("[\"a\", \"b\", \"c\"]", "").replace(APACHE, model));
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().path("choices"))
                    .extracting(choice -> choice.path("text").asText())
                    .containsExactly("A0", "B0", "C0");
        }
    }

    @Test
    void the_time_of_a_request_is_that_of_all_its_prompts() throws Exception {
        stack.first().script((request, stream) -> {
            Thread.sleep(50);
            LOUD.run(request, stream);
        });
        var body = body("[\"a\", \"b\"]", "\"n\": 16");
        assertThat(client.post(PATH, body, Urgency.TIME_HEADER, "60000").status())
                .isEqualTo(200);
        assertThat(stack.first().nextRequest().getTimeMaxMillis()).isEqualTo(60_000);
        assertThat(stack.first().nextRequest().getTimeMaxMillis()).isBetween(50_000, 59_950);
    }

    @Test
    void a_client_that_leaves_stops_all_of_it() throws Exception {
        stack.first().script((_, stream) -> stream.started(1));
        var bytes = body("[\"a\", \"b\", \"c\"]", "").getBytes(StandardCharsets.UTF_8);
        try (var socket = new Socket(base.getHost(), base.getPort())) {
            var head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer key-private\r\n"
                    + "x-request-id: leaver\r\nContent-Length: %d\r\n\r\n".formatted(bytes.length);
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
            Eventually.await("all are there", () -> stack.first().requestCount() == 3);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(stack.first().nextCancellation()).isEqualTo("leaver");
        }
    }

    @Test
    void many_long_streams_arrive_whole_whatever_the_reader_holds_back() throws Exception {
        var piece = "x".repeat(10_000);
        stack.first().script((_, stream) -> {
            stream.started(1);
            for (int i = 0; i < 20; i++) {
                stream.text(piece);
            }
            stream.send(finished(0)).end();
        });
        var body = post(texts(20), "\"stream\": true").body();
        assertThat(body).endsWith("data: [DONE]\n\n");
        assertThat(body.length() - body.replace("x", "").length()).isGreaterThanOrEqualTo(20 * 20 * piece.length());
    }

    @Test
    void an_answer_that_is_too_long_to_be_held_is_refused_and_all_is_stopped() throws Exception {
        var piece = "x".repeat(1 << 20);
        stack.first().script((_, stream) -> {
            stream.started(1);
            for (int i = 0; i < 6 && !stream.cancelled(); i++) {
                stream.text(piece);
            }
            stream.send(finished(0)).end();
        });
        var reply = post("[\"a\", \"b\", \"c\"]", "");
        assertThat(reply.status()).as(reply.status() + "").isEqualTo(502);
        assertThat(reply.error().path("message").asText()).contains("ask for a stream");
    }

    private Reply post(String prompts, String more) throws Exception {
        return client.post(PATH, body(prompts, more));
    }

    private static String body(String prompts, String more) {
        return "{\"model\": \"%s\", \"prompt\": %s%s}".formatted(APACHE, prompts, more.isEmpty() ? "" : ", " + more);
    }

    private static String texts(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"p" + i + "\"")
                .toList()
                .toString();
    }

    private static void say(Stream stream, String text, int index) {
        stream.send(GenerateEvent.newBuilder()
                .setIndex(index)
                .setText(TextDelta.newBuilder().setText(text)));
    }

    private static GenerateEvent.Builder finished(int index) {
        return GenerateEvent.newBuilder()
                .setIndex(index)
                .setFinished(Finished.newBuilder()
                        .setReason(FinishReason.FINISH_REASON_STOP)
                        .setPromptTokens(3)
                        .setCachedTokens(1)
                        .setCompletionTokens(2));
    }

    private static List<JsonNode> chunks(String body) throws IOException {
        var chunks = new ArrayList<JsonNode>();
        for (var frame : body.split("\n\n")) {
            if (!frame.equals("data: [DONE]")) {
                chunks.add(JSON.readTree(frame.substring("data: ".length())));
            }
        }
        return chunks;
    }

    private List<Draft> drafts(String request) {
        receipts.flush();
        var found = new ArrayList<Draft>();
        var verification = ReceiptVerifier.of(receipts.folder()).verify((receipt, _) -> {
            if (receipt.draft().request().equals(request)) {
                found.add(receipt.draft());
            }
        });
        assertThat(verification.problems()).isEmpty();
        return found;
    }
}
