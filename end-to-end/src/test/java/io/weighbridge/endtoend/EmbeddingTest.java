package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.PermissionDeniedException;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams.EncodingFormat;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The real all-MiniLM-L6-v2, pulled by the registry and served beside the starter model, asked by OpenAI's own client, LangChain4j and
 * plain HTTP. What is expected was computed by Hugging Face transformers (inference-service/src/test/oracle/minilm_reference.py).
 */
class EmbeddingTest {
    private static final Path REFERENCE =
            Path.of("..", "inference-service", "src", "test", "resources", "minilm", "minilm-embeddings.json");
    private static final double COSINE_MIN = 0.99999;
    private static final List<String> DOCUMENTS =
            List.of("Paris is the capital of France.", "The truck weighs twelve tons.", "Berlin is a city in Germany.");

    private static JsonNode reference;
    private static Stack stack;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        stack = Stack.serving(Stack.MODEL, Stack.ENCODER);
        reference = new ObjectMapper().readTree(REFERENCE.toFile());
    }

    @AfterAll
    static void stop() throws IOException, InterruptedException {
        stack.launcher.run("down");
    }

    @Test
    void embeddings_of_a_batch_are_those_of_transformers() throws Exception {
        var texts = new ArrayList<String>();
        reference.forEach(one -> texts.add(one.path("text").asText()));
        // The longest are cut in the reference, which here has to be asked for.
        var fitting = texts.subList(0, 50);

        var response = embed(EmbeddingCreateParams.builder().inputOfArrayOfStrings(fitting));

        assertThat(response.data()).hasSize(fitting.size());
        for (int i = 0; i < fitting.size(); i++) {
            assertThat(cosine(response.data().get(i).embedding(), expected(i)))
                    .as(fitting.get(i))
                    .isGreaterThan(COSINE_MIN);
        }
        assertThat(response.model()).isEqualTo(Stack.ENCODER);
        assertThat(response.usage().promptTokens()).isGreaterThan(fitting.size() * 3L);
    }

    @Test
    void base64_tokens_and_dimensions_are_served() throws Exception {
        var text = reference.get(5).path("text").asText();
        var ids = new ArrayList<Long>();
        reference.get(5).path("tokenIds").forEach(id -> ids.add(id.asLong()));

        var base64 = embed(EmbeddingCreateParams.builder().input(text).encodingFormat(EncodingFormat.BASE64));
        var tokens = embed(EmbeddingCreateParams.builder().inputOfArrayOfTokens(ids));
        var shorter = embed(EmbeddingCreateParams.builder().input(text).dimensions(64));

        assertThat(cosine(base64.data().getFirst().embedding(), expected(5))).isGreaterThan(COSINE_MIN);
        assertThat(cosine(tokens.data().getFirst().embedding(), expected(5))).isGreaterThan(COSINE_MIN);
        var vector = shorter.data().getFirst().embedding();
        assertThat(vector).hasSize(64);
        assertThat(length(vector)).isCloseTo(1, within(1e-5));
        assertThat(cosine(vector, expected(5).subList(0, 64))).isGreaterThan(COSINE_MIN);
    }

    @Test
    void langchain4j_finds_the_nearest_document() throws Exception {
        var model = OpenAiEmbeddingModel.builder()
                .baseUrl(stack.base())
                .apiKey(Stack.KEY)
                .modelName(Stack.ENCODER)
                .build();

        var documents = model.embedAll(DOCUMENTS.stream().map(TextSegment::from).toList())
                .content();
        var question = model.embed("What is the capital of France?").content();

        var cosines = documents.stream()
                .map(document -> cosine(floats(document.vector()), floats(question.vector())))
                .toList();
        assertThat(cosines.get(0)).isGreaterThan(0.6);
        assertThat(cosines.get(0)).isGreaterThan(cosines.get(2));
        assertThat(cosines.get(2)).isGreaterThan(cosines.get(1));
    }

    @Test
    void documents_are_put_into_the_order_of_a_query() throws Exception {
        var body =
                "{\"model\": \"%s\", \"query\": \"What is the capital of France?\", \"documents\": [\"%s\"], \"top_n\": 2}"
                        .formatted(Stack.ENCODER, String.join("\", \"", DOCUMENTS));
        for (var path : List.of("/rerank", "/../v2/rerank")) {
            var reply = stack.post(path, body);
            assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
            var results = new ObjectMapper().readTree(reply.body()).path("results");
            assertThat(results).hasSize(2);
            assertThat(results.get(0).path("index").asInt()).isZero();
            assertThat(results.get(1).path("index").asInt()).isEqualTo(2);
        }
        var score = stack.post("/score", """
                {"model": "%s", "text_1": "a ship", "text_2": ["a ship", "a tax form"]}""".formatted(Stack.ENCODER));
        var data = new ObjectMapper().readTree(score.body()).path("data");
        assertThat(data.get(0).path("score").asDouble()).isCloseTo(1, within(1e-5));
        assertThat(data.get(1).path("score").asDouble()).isLessThan(0.5);
    }

    @Test
    void a_license_denial_is_a_permission_error() throws Exception {
        var client = client(Stack.COMMERCIAL_KEY);
        assertThatThrownBy(() -> client.embeddings()
                        .create(EmbeddingCreateParams.builder()
                                .model(Stack.NONCOMMERCIAL_MODEL)
                                .input("hi")
                                .build()))
                .isInstanceOf(PermissionDeniedException.class)
                .hasMessageContaining("clause 'noncommercial'");
    }

    @Test
    void bad_requests_name_the_field() throws Exception {
        assertThatThrownBy(() -> embed(EmbeddingCreateParams.builder().input("x ".repeat(300))))
                .isInstanceOfSatisfying(BadRequestException.class, refused -> {
                    assertThat(refused.param()).contains("input");
                    assertThat(refused.code()).contains("context_length_exceeded");
                });
        assertThatThrownBy(
                        () -> embed(EmbeddingCreateParams.builder().input("x").dimensions(385)))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.param()).contains("dimensions"));
        assertThatThrownBy(() -> client(Stack.KEY)
                        .embeddings()
                        .create(EmbeddingCreateParams.builder()
                                .model(Stack.MODEL)
                                .input("x")
                                .build()))
                .isInstanceOfSatisfying(
                        BadRequestException.class,
                        refused -> assertThat(refused.param()).contains("model"))
                .hasMessageContaining("makes no embeddings");
    }

    private static CreateEmbeddingResponse embed(EmbeddingCreateParams.Builder params) throws Exception {
        return client(Stack.KEY).embeddings().create(params.model(Stack.ENCODER).build());
    }

    private static OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder().baseUrl(stack.base()).apiKey(key).build();
    }

    private static List<Float> expected(int index) {
        var values = new ArrayList<Float>();
        reference.get(index).path("embedding").forEach(value -> values.add(value.floatValue()));
        return values;
    }

    private static List<Float> floats(float[] values) {
        return IntStream.range(0, values.length).mapToObj(i -> values[i]).toList();
    }

    private static double length(List<Float> vector) {
        return Math.sqrt(vector.stream().mapToDouble(value -> value * value).sum());
    }

    private static double cosine(List<Float> one, List<Float> other) {
        assertThat(one).hasSameSizeAs(other);
        double product = IntStream.range(0, one.size())
                .mapToDouble(i -> one.get(i) * other.get(i))
                .sum();
        return product / length(one) / length(other);
    }
}
