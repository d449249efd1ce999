package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.engine.encoder.GoldenEncoder;
import io.weighbridge.inference.TemporaryHome;
import io.weighbridge.v1.DetokenizeRequest;
import io.weighbridge.v1.EmbedInput;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.InferenceGrpc.InferenceBlockingStub;
import io.weighbridge.v1.LoadModelRequest;
import io.weighbridge.v1.ModelStatus;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.Task;
import io.weighbridge.v1.TokenIds;
import io.weighbridge.v1.TokenizeRequest;
import io.weighbridge.v1.Truncation;
import io.weighbridge.v1.UnloadModelRequest;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Embeddings and scores over real gRPC, with the engine's tiny encoders. */
@QuarkusTest
@WithTestResource(TemporaryHome.class)
class EncoderGrpcTest {
    private static final String ENCODER = "test/encoder";
    private static final String CROSS = "test/cross";
    private static final String DECODER = "test/scripted";
    private static final Path ENGINE = Path.of("..", "engine");

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private InferenceBlockingStub inference;

    @BeforeEach
    void connect() {
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        inference = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
        for (var model : List.of(ENCODER, CROSS, DECODER)) {
            inference.loadModel(LoadModelRequest.newBuilder().setModel(model).build());
        }
    }

    @AfterEach
    void disconnect() {
        for (var model : List.of(ENCODER, CROSS)) {
            var _ = inference.unloadModel(
                    UnloadModelRequest.newBuilder().setModel(model).build());
        }
        channel.shutdownNow();
    }

    @Test
    void embeddings_of_a_batch_are_those_of_transformers() {
        var golden = GoldenEncoder.of(ENGINE.resolve(GoldenEncoder.path("bert-mean")));
        var request = EmbedRequest.newBuilder().setModel(ENCODER);
        golden.inputs().forEach(input -> request.addInputs(ids(input)));

        var response = inference.embed(request.build());

        assertThat(golden.difference(vectors(response))).isLessThan(1e-5);
        assertThat(response.getPromptTokens())
                .isEqualTo(
                        golden.inputs().stream().mapToInt(input -> input.length).sum());
        assertThat(response.getWeightsDigest()).startsWith("sha256:");
    }

    @Test
    void texts_get_the_special_tokens_and_token_ids_are_used_as_given() {
        var tokens = inference.tokenize(TokenizeRequest.newBuilder()
                .setModel(ENCODER)
                .setText("the ship")
                .setAddSpecialTokens(true)
                .build());
        var request = EmbedRequest.newBuilder()
                .setModel(ENCODER)
                .addInputs(text("the ship"))
                .addInputs(EmbedInput.newBuilder()
                        .setTokenIds(TokenIds.newBuilder().addAllIds(tokens.getTokenIdsList())));
        var response = inference.embed(request.build());
        assertThat(response.getEmbeddings(0)).isEqualTo(response.getEmbeddings(1));
        assertThat(response.getPromptTokens()).isEqualTo(2 * 4);
        assertThat(inference
                        .detokenize(DetokenizeRequest.newBuilder()
                                .setModel(ENCODER)
                                .addAllTokenIds(tokens.getTokenIdsList())
                                .build())
                        .getText())
                .contains("ship");
    }

    @Test
    void fewer_dimensions_are_the_first_ones_at_length_one_again() {
        var whole = vectors(inference.embed(embed(text("a bridge")).build())).getFirst();
        var cut = vectors(
                        inference.embed(embed(text("a bridge")).setDimensions(5).build()))
                .getFirst();
        assertThat(cut).hasSize(5);
        assertThat(length(cut)).isCloseTo(1, within(1e-6));
        assertThat((double) cut[0] / cut[1]).isCloseTo((double) whole[0] / whole[1], within(1e-4));
        var raw = vectors(inference.embed(embed(text("a bridge"))
                        .setDimensions(5)
                        .setNormalize(false)
                        .build()))
                .getFirst();
        assertThat(raw).containsExactly(Arrays.copyOf(whole, 5));
        assertThat(refusal(embed(text("a")).setDimensions(25))).isEqualTo("dimensions");
        assertThat(refusal(embed(text("a")).setDimensions(0))).isEqualTo("dimensions");
    }

    @Test
    void what_is_too_long_is_refused_unless_it_may_be_cut() {
        var tooLong = "the ship and ".repeat(20);
        var refused = catchThrowableOfType(StatusRuntimeException.class, () -> {
            var _ = inference.embed(embed(text("a"), text(tooLong)).build());
        });
        assertThat(code(refused)).isEqualTo("CONTEXT_LENGTH_EXCEEDED");
        assertThat(param(refused)).isEqualTo("inputs[1]");
        assertThat(refused.getStatus().getDescription()).contains("at most 32");
        var cut = inference.embed(
                embed(text(tooLong)).setTruncation(Truncation.TRUNCATION_END).build());
        assertThat(cut.getPromptTokens()).isEqualTo(32);
    }

    @Test
    void bad_requests_are_refused_by_the_field() {
        assertThat(refusal(embed())).isEqualTo("inputs");
        assertThat(refusal(embed(EmbedInput.getDefaultInstance()))).isEqualTo("inputs[0]");
        assertThat(refusal(embed(ids(new int[0])))).isEqualTo("inputs[0]");
        assertThat(refusal(embed(ids(new int[] {120})))).isEqualTo("inputs[0]");
        assertThat(refusal(embed(text("a")).setPromptName("query"))).isEqualTo("prompt_name");
        assertThat(refusal(embed(text("a")).setPriority(11))).isEqualTo("priority");
        assertThat(refusal(embed(text("a")).setTruncationValue(9))).isEqualTo("truncation");
    }

    @Test
    void limits_hold() {
        var most = embed().addAllInputs(Collections.nCopies(EncoderRequests.INPUTS_MAX, ids(new int[] {7})));
        assertThat(inference.embed(most.build()).getEmbeddingsCount()).isEqualTo(EncoderRequests.INPUTS_MAX);
        assertThat(refusal(most.addInputs(text("a")))).isEqualTo("inputs");
        // Of inputs that fit in number and length; 9,375 of the model's longest would be the limit of tokens.
        assertThat(EncoderRequests.TOKENS_MAX).isGreaterThan(EncoderRequests.INPUTS_MAX * 32);
    }

    @Test
    void a_cross_encoder_scores_pairs_with_its_own_head() {
        var response = inference.score(ScoreRequest.newBuilder()
                .setModel(CROSS)
                .addQueries("the ship")
                .addDocuments("the ship is on the water")
                .addDocuments("a stone")
                .build());
        assertThat(response.getScoresCount()).isEqualTo(2);
        assertThat(response.getLabelsList()).containsExactly("LABEL_0");
        assertThat(response.getScoresList())
                .allSatisfy(score -> assertThat(score.getValuesList())
                        .singleElement()
                        .satisfies(value -> assertThat(value).isBetween(0f, 1f)));
        assertThat(response.getPromptTokens()).isEqualTo((2 + 6 + 3) + (2 + 2 + 3));
    }

    @Test
    void an_encoder_without_a_head_scores_by_cosine() {
        var vectors =
                vectors(inference.embed(embed(text("the ship"), text("a stone")).build()));
        double cosine = IntStream.range(0, vectors.getFirst().length)
                .mapToDouble(i -> vectors.get(0)[i] * vectors.get(1)[i])
                .sum();
        var response = inference.score(ScoreRequest.newBuilder()
                .setModel(ENCODER)
                .addQueries("the ship")
                .addQueries("a stone")
                .addDocuments("a stone")
                .addDocuments("a stone")
                .build());
        assertThat((double) response.getScores(0).getValues(0)).isCloseTo(cosine, within(1e-5));
        assertThat((double) response.getScores(1).getValues(0)).isCloseTo(1, within(1e-6));
        assertThat(response.getLabelsList()).isEmpty();
    }

    @Test
    void scores_are_refused_by_the_field() {
        assertThat(refusal(score(CROSS, "a"))).isEqualTo("documents");
        assertThat(refusal(score(CROSS, "a", "b", "c").addQueries("d").addQueries("e")))
                .isEqualTo("queries");
        var tooLong = "the ship and ".repeat(20);
        assertThat(refusal(score(CROSS, "a", "b", tooLong))).isEqualTo("documents[1]");
        var cut = score(CROSS, "a", "b", tooLong).setTruncation(Truncation.TRUNCATION_END);
        assertThat(inference.score(cut.build()).getScoresCount()).isEqualTo(2);
    }

    @Test
    void models_are_asked_for_what_they_can_do() {
        var generate = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> inference
                        .generate(GenerateRequest.newBuilder()
                                .setModel(ENCODER)
                                .setText("a")
                                .build())
                        .next());
        assertThat(generate.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(generate.getStatus().getDescription())
                .contains("'test/encoder' is an encoder and generates nothing", "call Embed");
        assertThat(param(generate)).isEqualTo("model");
        var embed = catchThrowableOfType(StatusRuntimeException.class, () -> {
            var _ = inference.embed(embed(text("5")).setModel(DECODER).build());
        });
        assertThat(embed.getStatus().getDescription()).contains("makes no embeddings", "call Generate");
        assertThat(refusal(embed(text("5")).setModel(CROSS))).isEqualTo("model");
        assertThat(refusal(score(DECODER, "5", "6"))).isEqualTo("model");
    }

    @Test
    void the_status_says_what_a_model_can_do() {
        assertThat(status(ENCODER).getTasksList()).containsExactly(Task.TASK_EMBED, Task.TASK_SCORE);
        assertThat(status(ENCODER).getEmbeddingDimensions()).isEqualTo(24);
        assertThat(status(ENCODER).getContextLength()).isEqualTo(32);
        assertThat(status(CROSS).getTasksList()).containsExactly(Task.TASK_SCORE);
        assertThat(status(CROSS).getEmbeddingDimensions()).isZero();
        assertThat(status(DECODER).getTasksList()).containsExactly(Task.TASK_GENERATE);
    }

    @Test
    void many_requests_at_once_get_what_each_alone_gets() throws InterruptedException {
        var texts = List.of("a", "the ship", "a bridge on the water", "stone and light", "he weighed the load");
        var alone = texts.stream()
                .map(text -> inference.embed(embed(text(text)).build()).getEmbeddings(0))
                .toList();
        var right = new AtomicInteger();
        var threads = IntStream.range(0, 40)
                .mapToObj(i -> Thread.ofVirtual().start(() -> {
                    int which = i % texts.size();
                    var response = inference.embed(embed(text(texts.get(which))).build());
                    if (response.getEmbeddings(0).equals(alone.get(which))) {
                        right.incrementAndGet();
                    }
                }))
                .toList();
        for (var thread : threads) {
            thread.join();
        }
        assertThat(right).hasValue(40);
    }

    private String refusal(EmbedRequest.Builder request) {
        return param(catchThrowableOfType(StatusRuntimeException.class, () -> {
            var _ = inference.embed(request.build());
        }));
    }

    private String refusal(ScoreRequest.Builder request) {
        return param(catchThrowableOfType(StatusRuntimeException.class, () -> {
            var _ = inference.score(request.build());
        }));
    }

    private ModelStatus status(String model) {
        return inference.getStatus(GetStatusRequest.getDefaultInstance()).getModelsList().stream()
                .filter(status -> status.getModel().equals(model))
                .findFirst()
                .orElseThrow();
    }

    private static EmbedRequest.Builder embed(EmbedInput... inputs) {
        return EmbedRequest.newBuilder().setModel(ENCODER).addAllInputs(List.of(inputs));
    }

    private static ScoreRequest.Builder score(String model, String query, String... documents) {
        return ScoreRequest.newBuilder().setModel(model).addQueries(query).addAllDocuments(List.of(documents));
    }

    private static EmbedInput text(String text) {
        return EmbedInput.newBuilder().setText(text).build();
    }

    private static EmbedInput ids(int[] ids) {
        return EmbedInput.newBuilder()
                .setTokenIds(TokenIds.newBuilder()
                        .addAllIds(IntStream.of(ids).boxed().toList()))
                .build();
    }

    private static List<float[]> vectors(EmbedResponse response) {
        return response.getEmbeddingsList().stream()
                .map(embedding -> {
                    var vector = new float[embedding.getValuesCount()];
                    for (int i = 0; i < vector.length; i++) {
                        vector[i] = embedding.getValues(i);
                    }
                    return vector;
                })
                .toList();
    }

    private static double length(float[] vector) {
        return Math.sqrt(IntStream.range(0, vector.length)
                .mapToDouble(i -> vector[i] * vector[i])
                .sum());
    }

    private static String code(StatusRuntimeException failure) {
        return trailer(failure, GrpcErrors.CODE);
    }

    private static String param(StatusRuntimeException failure) {
        return trailer(failure, GrpcErrors.PARAM);
    }

    private static String trailer(StatusRuntimeException failure, Metadata.Key<String> key) {
        assertThat(failure).isNotNull();
        var trailers = Status.trailersFromThrowable(failure);
        assertThat(trailers).isNotNull();
        return String.valueOf(trailers.get(key));
    }
}
