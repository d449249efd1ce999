package io.weighbridge.gateway.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client;
import io.weighbridge.gateway.Client.Reply;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.FakeInference;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.Embedding;
import io.weighbridge.v1.Score;
import io.weighbridge.v1.ScoreResponse;
import io.weighbridge.v1.Task;
import io.weighbridge.v1.Truncation;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Embeddings, reranking and scores, with a replica that plays an encoder. */
@QuarkusTest
@WithTestResource(StackResource.class)
class EncoderTest extends StackTest {
    private static final String EMBEDDINGS = "v1/embeddings";
    private static final String RERANK = "v1/rerank";
    private static final String SCORE = "v1/score";
    /** A model of the usual catalog, which here is an encoder. */
    private static final String ENCODER = Stack.APACHE;

    @BeforeEach
    void encoder() throws Exception {
        stack.first().tasks(ENCODER, Task.TASK_EMBED, Task.TASK_SCORE);
        stack.first().tasks(Stack.NONCOMMERCIAL, Task.TASK_EMBED, Task.TASK_SCORE);
        stack.first().tasks(Stack.GEMMA, Task.TASK_GENERATE);
        Eventually.await(
                "the tasks are seen",
                () -> router.tasks(ENCODER).contains(Task.TASK_EMBED)
                        && router.tasks(Stack.GEMMA).contains(Task.TASK_GENERATE));
    }

    @AfterEach
    void forget() throws Exception {
        stack.first().forget();
        Eventually.await("the tasks are forgotten", () -> router.tasks(ENCODER).isEmpty());
    }

    @Test
    void a_text_becomes_an_embedding() throws Exception {
        var reply = embed("\"input\": \"hello\", \"user\": \"u1\"");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        var json = reply.json();
        assertThat(json.path("object").asText()).isEqualTo("list");
        assertThat(json.path("model").asText()).isEqualTo(ENCODER);
        assertThat(json.path("data")).hasSize(1);
        var one = json.path("data").get(0);
        assertThat(one.path("object").asText()).isEqualTo("embedding");
        assertThat(one.path("index").asInt()).isZero();
        assertThat(numbers(one.path("embedding"))).containsExactly(5, 0);
        assertThat(json.path("usage").path("prompt_tokens").asInt()).isEqualTo(5);
        assertThat(json.path("usage").path("total_tokens").asInt()).isEqualTo(5);
        var request = stack.first().nextEmbedRequest();
        assertThat(request.getTenant()).isEqualTo("private");
        assertThat(request.getNormalize()).isTrue();
        assertThat(request.hasDimensions()).isFalse();
        assertThat(request.getTruncation()).isEqualTo(Truncation.TRUNCATION_UNSPECIFIED);
    }

    @Test
    void every_form_of_input_is_taken() throws Exception {
        assertThat(embed("\"input\": [\"a\", \"bcd\"]").json().path("data")).hasSize(2);
        assertThat(stack.first().nextEmbedRequest().getInputs(1).getText()).isEqualTo("bcd");
        assertThat(embed("\"input\": [7, 8, 9]").json().path("data")).hasSize(1);
        assertThat(stack.first().nextEmbedRequest().getInputs(0).getTokenIds().getIdsList())
                .containsExactly(7, 8, 9);
        assertThat(embed("\"input\": [[7], [8, 9]]").json().path("data")).hasSize(2);
        assertThat(stack.first().nextEmbedRequest().getInputs(1).getTokenIds().getIdsList())
                .containsExactly(8, 9);
    }

    @Test
    void base64_holds_the_same_numbers() throws Exception {
        var reply = embed("\"input\": [\"a\", \"bcd\"], \"encoding_format\": \"base64\"");
        var bytes = Base64.getDecoder()
                .decode(reply.json().path("data").get(1).path("embedding").asText());
        var floats = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        assertThat(List.of(floats.get(0), floats.get(1))).containsExactly(3f, 1f);
        assertThat(bytes).hasSize(8);
    }

    @Test
    void wishes_reach_the_replica() throws Exception {
        embed(
                "\"input\": \"a\", \"dimensions\": 16, \"normalize\": false, \"truncate\": true, \"prompt_name\": \"query\", \"priority\": 3",
                "x-queue-time-max-ms",
                "500",
                "x-time-max-ms",
                "900");
        var request = stack.first().nextEmbedRequest();
        assertThat(request.getDimensions()).isEqualTo(16);
        assertThat(request.getNormalize()).isFalse();
        assertThat(request.getTruncation()).isEqualTo(Truncation.TRUNCATION_END);
        assertThat(request.getPromptName()).isEqualTo("query");
        assertThat(request.getPriority()).isEqualTo(-3);
        assertThat(request.getQueueTimeMaxMillis()).isEqualTo(500);
        assertThat(request.getTimeMaxMillis()).isEqualTo(900);
        embed("\"input\": \"a\", \"truncate_prompt_tokens\": -1");
        assertThat(stack.first().nextEmbedRequest().getTruncation()).isEqualTo(Truncation.TRUNCATION_END);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            v1/embeddings | `"x": 1`                                          | input
            v1/embeddings | `"input": ""`                                     | input
            v1/embeddings | `"input": []`                                     | input
            v1/embeddings | `"input": {}`                                     | input
            v1/embeddings | `"input": ["a", 7]`                               | input
            v1/embeddings | `"input": ["a", ""]`                              | input
            v1/embeddings | `"input": [[7], []]`                              | input
            v1/embeddings | `"input": [7, -1]`                                | input
            v1/embeddings | `"input": [1.5]`                                  | input
            v1/embeddings | `"input": "a", "encoding_format": "int8"`         | encoding_format
            v1/embeddings | `"input": "a", "dimensions": 0`                   | dimensions
            v1/embeddings | `"input": "a", "dimensions": "8"`                 | dimensions
            v1/embeddings | `"input": "a", "dimensions": 1000001`             | dimensions
            v1/embeddings | `"input": "a", "truncate": "END"`                 | truncate
            v1/embeddings | `"input": "a", "truncate_prompt_tokens": 7`       | truncate_prompt_tokens
            v1/embeddings | `"input": "a", "input_type": "query"`             | input_type
            v1/embeddings | `"input": "a", "priority": 11`                    | priority
            v1/rerank     | `"documents": ["a"]`                              | query
            v1/rerank     | `"query": "q"`                                    | documents
            v1/rerank     | `"query": "q", "documents": []`                   | documents
            v1/rerank     | `"query": "q", "documents": ["a", 7]`             | documents[1]
            v1/rerank     | `"query": "q", "documents": [{"title": "a"}]`     | documents[0]
            v1/rerank     | `"query": "q", "documents": ["a"], "top_n": 0`    | top_n
            v2/rerank     | `"query": "q", "documents": ["a"], "max_tokens_per_doc": 9` | max_tokens_per_doc
            v2/rerank     | `"query": "", "documents": ["a"]`                 | query
            v1/score      | `"text_1": "a"`                                   | text_2
            v1/score      | `"text_1": ["a", "b"], "text_2": ["c"]`           | text_1
            v1/score      | `"text_1": "a", "text_2": [7]`                    | text_2
            """)
    void bad_requests_name_the_field(String path, String fields, String param) throws Exception {
        var reply = post(path, fields);
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
        assertThat(reply.error().path("param").asText()).isEqualTo(param);
        assertThat(reply.error().path("type").asText()).isEqualTo("invalid_request_error");
    }

    @Test
    void limits_hold() throws Exception {
        var most = String.join(",", Collections.nCopies(EmbeddingRequest.INPUTS_MAX, "\"a\""));
        assertThat(embed("\"input\": [" + most + "]").json().path("data")).hasSize(EmbeddingRequest.INPUTS_MAX);
        assertThat(embed("\"input\": [" + most + ", \"a\"]").status()).isEqualTo(400);
        assertThat(post(RERANK, "\"query\": \"q\", \"documents\": [" + most + "]")
                        .status())
                .isEqualTo(200);
        assertThat(post(RERANK, "\"query\": \"q\", \"documents\": [" + most + ", \"a\"]")
                        .error()
                        .path("param")
                        .asText())
                .isEqualTo("documents");
        assertThat(post(SCORE, "\"text_1\": \"q\", \"text_2\": [" + most + ", \"a\"]")
                        .error()
                        .path("param")
                        .asText())
                .isEqualTo("text_2");
    }

    @Test
    void answers_larger_than_grpcs_usual_limit_come_through() throws Exception {
        var vector = Embedding.newBuilder()
                .addAllValues(Collections.nCopies(4_096, 0.5f))
                .build();
        stack.first()
                .embeds(request -> EmbedResponse.newBuilder()
                        .addAllEmbeddings(Collections.nCopies(request.getInputsCount(), vector))
                        .build());
        var inputs = String.join(",", Collections.nCopies(512, "\"a\""));
        var json = embed("\"input\": [" + inputs + "]").json();
        assertThat(json.path("data")).hasSize(512);
        assertThat(json.path("data").get(511).path("embedding")).hasSize(4_096);
    }

    @Test
    void documents_come_back_in_the_order_of_their_scores() throws Exception {
        var documents = "\"query\": \"q\", \"documents\": [\"aa\", {\"text\": \"aaaa\"}, \"a\", \"aaaa\"]";
        var json = post(RERANK, documents).json();
        assertThat(indexes(json)).containsExactly(1, 3, 0, 2);
        assertThat(json.path("results").get(0).path("relevance_score").floatValue())
                .isEqualTo(0.04f);
        assertThat(json.path("results").get(0).has("document")).isFalse();
        assertThat(json.path("usage").path("total_tokens").asInt()).isEqualTo(11);
        assertThat(json.path("meta").path("billed_units").path("search_units").asInt())
                .isEqualTo(1);
        assertThat(json.path("id").asText()).startsWith("rerank-");
        assertThat(stack.first().nextScoreRequest().getTruncation()).isEqualTo(Truncation.TRUNCATION_END);

        var best = post("v2/rerank", documents + ", \"top_n\": 2, \"return_documents\": true")
                .json();
        assertThat(indexes(best)).containsExactly(1, 3);
        assertThat(best.path("results").get(0).path("document").path("text").asText())
                .isEqualTo("aaaa");
        assertThat(best.path("meta").path("api_version").path("version").asText())
                .isEqualTo("2");
    }

    @Test
    void pairs_are_scored_in_their_own_order() throws Exception {
        var json =
                post(SCORE, "\"text_1\": \"q\", \"text_2\": [\"aa\", \"aaaa\"]").json();
        assertThat(json.path("object").asText()).isEqualTo("list");
        assertThat(json.path("data").get(1).path("score").floatValue()).isEqualTo(0.04f);
        assertThat(json.path("data").get(1).path("index").asInt()).isEqualTo(1);
        assertThat(json.path("data").get(1).path("object").asText()).isEqualTo("score");
        var request = stack.first().nextScoreRequest();
        assertThat(request.getQueriesList()).containsExactly("q");
        assertThat(request.getTruncation()).isEqualTo(Truncation.TRUNCATION_UNSPECIFIED);
        post(SCORE, "\"text_1\": [\"q\", \"r\"], \"text_2\": [\"aa\", \"aaaa\"]");
        assertThat(stack.first().nextScoreRequest().getQueriesList()).containsExactly("q", "r");
    }

    @Test
    void a_model_that_judges_by_several_labels_gives_no_order() throws Exception {
        stack.first()
                .scores(request -> ScoreResponse.newBuilder()
                        .addScores(Score.newBuilder().addValues(1).addValues(2))
                        .addLabels("no")
                        .addLabels("yes")
                        .build());
        var reply = post(RERANK, "\"query\": \"q\", \"documents\": [\"a\"]");
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error().path("message").asText()).contains("2 labels (no, yes)");
        assertThat(reply.error().path("param").asText()).isEqualTo("model");
    }

    @Test
    void the_license_decides_as_for_completions() throws Exception {
        var business = client.with("key-business");
        for (var path : List.of(EMBEDDINGS, RERANK, SCORE)) {
            var denied = business.post(
                    path,
                    body(
                            Stack.NONCOMMERCIAL,
                            "\"input\": \"a\", \"query\": \"q\", \"documents\": [\"a\"], \"text_1\": \"a\", \"text_2\": \"b\""));
            assertThat(denied.status()).as(path).isEqualTo(403);
            assertThat(denied.error().path("code").asText()).isEqualTo("model_license_denied");
            assertThat(denied.error().path("permitted_alternatives").toString()).contains(ENCODER);
            assertThat(denied.header("x-model-license")).isEqualTo("CC-BY-NC-4.0");
            assertThat(denied.header("x-license-decision-id")).isNotEmpty();
        }
        var permitted =
                client.post(EMBEDDINGS, body(Stack.NONCOMMERCIAL, "\"input\": \"a\""), "x-include-license", "true");
        assertThat(permitted.status()).isEqualTo(200);
        assertThat(permitted.header("x-routed-model")).isEqualTo(Stack.NONCOMMERCIAL);
        assertThat(permitted.header("x-license-obligations")).isNotEmpty();
        assertThat(permitted.json().path("license").path("verdict").asText()).isEqualTo("permitted");
        assertThat(client.with("no-such-key")
                        .post(EMBEDDINGS, body(ENCODER, "\"input\": \"a\""))
                        .status())
                .isEqualTo(401);
    }

    @Test
    void models_are_asked_for_what_they_can_do() throws Exception {
        var chat = client.chat(Client.ask(ENCODER, ""));
        assertThat(chat.status()).isEqualTo(400);
        assertThat(chat.error().path("param").asText()).isEqualTo("model");
        assertThat(chat.error().path("message").asText())
                .contains("generates no text", "/v1/embeddings and /v1/rerank");
        var embedding = client.post(EMBEDDINGS, body(Stack.GEMMA, "\"input\": \"a\""));
        assertThat(embedding.status()).isEqualTo(400);
        assertThat(embedding.error().path("message").asText()).contains("makes no embeddings", "/v1/chat/completions");
        var models = client.get("v1/models/" + ENCODER).json();
        assertThat(models.path("tasks").toString()).isEqualTo("[\"embed\",\"score\"]");
    }

    @Test
    void what_the_replica_refuses_is_told_in_the_words_of_the_request() throws Exception {
        stack.first().embeds(request -> {
            throw FakeInference.failure(
                    Status.INVALID_ARGUMENT.withDescription("inputs[1]: 300 tokens"),
                    "CONTEXT_LENGTH_EXCEEDED",
                    "inputs[1]");
        });
        var tooLong = embed("\"input\": [\"a\", \"b\"]");
        assertThat(tooLong.status()).isEqualTo(400);
        assertThat(tooLong.error().path("code").asText()).isEqualTo("context_length_exceeded");
        assertThat(tooLong.error().path("param").asText()).isEqualTo("input");
        stack.first().scores(request -> {
            throw FakeInference.failure(Status.INVALID_ARGUMENT.withDescription("no"), "INVALID_ARGUMENT", "queries");
        });
        assertThat(post(SCORE, "\"text_1\": \"q\", \"text_2\": \"a\"")
                        .error()
                        .path("param")
                        .asText())
                .isEqualTo("text_1");
        stack.first().embeds(request -> {
            throw FakeInference.failure(Status.RESOURCE_EXHAUSTED.withDescription("full"), "QUEUE_FULL", "");
        });
        var full = embed("\"input\": \"a\"");
        assertThat(full.status()).isEqualTo(429);
        assertThat(full.header("retry-after")).isNotEmpty();
    }

    @Test
    void a_lost_replica_is_replaced_and_the_license_decided_again() throws Exception {
        stack.second().serve(Stack.SERVED);
        Eventually.await(
                "both replicas are seen",
                () -> router.ready(ENCODER, Set.of(stack.first().address())));
        stack.first().embeds(request -> {
            throw Status.UNAVAILABLE.withDescription("gone").asRuntimeException();
        });
        stack.second().embeds(FakeInference::lengths);
        for (int i = 0; i < 4; i++) {
            assertThat(embed("\"input\": \"a\"").status()).isEqualTo(200);
        }
    }

    @Test
    void a_replica_that_answers_wrongly_is_no_answer() throws Exception {
        stack.first()
                .embeds(request -> FakeInference.lengths(
                        request.toBuilder().addInputs(request.getInputs(0)).build()));
        var reply = embed("\"input\": \"a\"");
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.error().path("message").asText()).contains("2 embeddings for 1 inputs");
    }

    @Test
    void a_client_that_leaves_takes_the_work_along() throws Exception {
        var arrived = new CountDownLatch(1);
        var never = new CountDownLatch(1);
        stack.first().embeds(request -> {
            arrived.countDown();
            never.await();
            return FakeInference.lengths(request);
        });
        try (var http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            var answer = http.sendAsync(
                    client.request(EMBEDDINGS, "x-request-id", "leaver")
                            .POST(BodyPublishers.ofString(body(ENCODER, "\"input\": \"a\"")))
                            .build(),
                    BodyHandlers.discarding());
            assertThat(arrived.await(5, TimeUnit.SECONDS))
                    .as("no request arrived: %s", answer)
                    .isTrue();
            answer.cancel(true);
            http.shutdownNow();
            assertThat(stack.first().nextCancellation()).isEqualTo("leaver");
        } finally {
            never.countDown();
        }
    }

    private Reply embed(String fields, String... headers) throws Exception {
        return client.post(EMBEDDINGS, body(ENCODER, fields), headers);
    }

    private Reply post(String path, String fields) throws Exception {
        return client.post(path, body(ENCODER, fields));
    }

    private static String body(String model, String fields) {
        return "{\"model\": \"%s\", %s}".formatted(model, fields);
    }

    private static List<Integer> numbers(JsonNode array) {
        var numbers = new ArrayList<Integer>();
        array.forEach(number -> numbers.add(number.asInt()));
        return numbers;
    }

    private static List<Integer> indexes(JsonNode json) {
        var indexes = new ArrayList<Integer>();
        json.path("results").forEach(result -> indexes.add(result.path("index").asInt()));
        return indexes;
    }
}
