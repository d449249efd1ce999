package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.weighbridge.inference.ScriptedModelLoader;
import io.weighbridge.inference.TemporaryHome;
import io.weighbridge.v1.ChatMessage;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.DetokenizeRequest;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.InferenceGrpc.InferenceBlockingStub;
import io.weighbridge.v1.LoadModelRequest;
import io.weighbridge.v1.ModelState;
import io.weighbridge.v1.ModelStatus;
import io.weighbridge.v1.SamplingParams;
import io.weighbridge.v1.StructuredOutput;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenIds;
import io.weighbridge.v1.TokenizeRequest;
import io.weighbridge.v1.UnloadModelRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TemporaryHome.class)
class InferenceGrpcServiceTest {
    private static final String MODEL = "test/scripted";
    /** What the connection itself holds for a client that does not read; the least that HTTP/2 starts with. */
    private static final int UNREAD_BYTES = 65_535;

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private InferenceBlockingStub inference;

    @BeforeEach
    void connect() {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .flowControlWindow(UNREAD_BYTES)
                .build();
        inference = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        inference.loadModel(LoadModelRequest.newBuilder().setModel(MODEL).build());
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
    }

    @Test
    void a_completion_is_started_then_text_then_finished() {
        var events = generate(greedy(MODEL).setText("5").setMaxTokens(3));
        assertThat(events.getFirst().getStarted().getPromptTokens()).isEqualTo(2);
        assertThat(events.getFirst().getStarted().getWeightsDigest()).startsWith("sha256:");
        assertThat(text(events)).isEqualTo("6 7 8 ");
        assertThat(tokenIds(events)).containsExactly(6, 7, 8);
        var finished = events.getLast().getFinished();
        assertThat(finished.getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
        assertThat(finished.getCompletionTokens()).isEqualTo(3);
    }

    @Test
    void the_end_token_stops() {
        var events = generate(greedy(MODEL).setTokenIds(TokenIds.newBuilder().addIds(96)));
        assertThat(text(events)).isEqualTo("97 98 ");
        assertThat(events.getLast().getFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    }

    @Test
    void a_stop_string_ends_the_text_before_it() {
        var events = generate(greedy(MODEL).setText("5").addStop("8 9"));
        assertThat(text(events)).isEqualTo("6 7 ");
        assertThat(events.getLast().getFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    }

    @Test
    void a_structure_decides_what_may_come() {
        var digits = StructuredOutput.newBuilder().setRegex("(1 ){3}(2[0-9] )+").build();
        var events = generate(greedy(MODEL).setText("5").setMaxTokens(6).setStructuredOutput(digits));
        assertThat(text(events)).startsWith("1 1 1 2").matches("(1 ){3}(2[0-9] )+");
        var choice = StructuredOutput.newBuilder()
                .setChoice(StructuredOutput.Choice.newBuilder().addTexts("41 42 "))
                .build();
        events = generate(greedy(MODEL).setText("5").setStructuredOutput(choice));
        assertThat(text(events)).isEqualTo("41 42 ");
        assertThat(events.getLast().getFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
    }

    @Test
    void a_structure_that_cannot_be_made_is_refused_by_name() {
        var request = greedy(MODEL).setText("5");
        var regex = StructuredOutput.newBuilder().setRegex("(").build();
        assertThat(refusal(request.setStructuredOutput(regex))).isEqualTo("structured_output");
        var schema = StructuredOutput.newBuilder()
                .setJsonSchema("{\"contains\": {\"type\": \"null\"}}")
                .build();
        assertThat(refusal(request.setStructuredOutput(schema))).isEqualTo("structured_output");
        assertThat(refusal(request.setStructuredOutput(
                                StructuredOutput.newBuilder().setJsonObject(true))
                        .setMinTokens(3)))
                .isEqualTo("min_tokens");
    }

    @Test
    void log_probabilities_come_with_the_tokens_of_completion_and_prompt() {
        var events = generate(
                greedy(MODEL).setText("5 6").setMaxTokens(2).setTopLogprobs(1).setPromptLogprobs(true));
        var prompt = events.getFirst().getStarted().getPromptLogprobsList();
        assertThat(prompt).extracting(token -> token.getChosen().getTokenId()).containsExactly(0, 5, 6);
        assertThat(prompt.getFirst().getChosen().hasLogprob()).isFalse();
        assertThat(prompt.get(2).getTop(0).getTokenId()).isEqualTo(6);
        var told = events.stream()
                .filter(GenerateEvent::hasText)
                .flatMap(event -> event.getText().getLogprobsList().stream())
                .toList();
        assertThat(told).hasSize(2);
        assertThat(told.getFirst().getChosen().getText().toStringUtf8()).isEqualTo("7 ");
        assertThat(told.getFirst().getChosen().getLogprob()).isBetween(-0.001f, 0f);
    }

    @Test
    void a_prompt_is_told_without_the_completion_and_also_when_it_is_one_token() {
        var request = greedy(MODEL).setTokenIds(TokenIds.newBuilder().addIds(5)).setMaxTokens(1);
        var events = generate(request.setPromptLogprobs(true));
        assertThat(events.getFirst().getStarted().getPromptLogprobsList())
                .extracting(token -> token.getChosen().getText().toStringUtf8())
                .containsExactly("5 ");
        assertThat(events.stream().filter(GenerateEvent::hasText))
                .allMatch(event -> event.getText().getLogprobsCount() == 0);
    }

    @Test
    void penalties_biases_and_bounds_are_honored_or_refused_by_name() {
        var request = greedy(MODEL).setText("5").setMaxTokens(2);
        var biased = request.clone();
        biased.getSamplingBuilder().putLogitBias(50, 100);
        assertThat(tokenIds(generate(biased))).containsExactly(50, 50);
        biased.getSamplingBuilder().clearLogitBias().putLogitBias(100, 1);
        assertThat(refusal(biased)).isEqualTo("logit_bias");
        var penalized = request.clone();
        penalized.getSamplingBuilder().setPresencePenalty(3);
        assertThat(refusal(penalized)).isEqualTo("presence_penalty");
        assertThat(refusal(request.clone().setTopLogprobs(21))).isEqualTo("top_logprobs");
        assertThat(refusal(request.clone().setN(Requests.CHOICES_MAX + 1))).isEqualTo("n");
        assertThat(refusal(request.clone().setN(-1))).isEqualTo("n");
        assertThat(refusal(request.clone().setBestOf(Requests.CHOICES_MAX + 1))).isEqualTo("best_of");
        assertThat(refusal(request.clone().setN(3).setBestOf(2))).isEqualTo("best_of");
        assertThat(refusal(request.clone().setBeamWidth(17))).isEqualTo("beam_width");
        assertThat(refusal(request.clone().setBeamWidth(9)))
                .as("runs 8 at once")
                .isEqualTo("beam_width");
        assertThat(refusal(request.clone().setBeamWidth(2).setN(3))).isEqualTo("n");
        assertThat(refusal(request.clone().setBeamWidth(2).setBestOf(3))).isEqualTo("best_of");
        assertThat(refusal(request.clone().setBeamWidth(2).setLengthPenalty(11)))
                .isEqualTo("length_penalty");
        var ended = generate(greedy(MODEL)
                .setTokenIds(TokenIds.newBuilder().addIds(97))
                .setIgnoreEos(true)
                .setMaxTokens(3));
        assertThat(tokenIds(ended)).containsExactly(98, 99, 0);
    }

    @Test
    void a_chat_is_rendered_and_completed() {
        var events = generate(greedy(MODEL).setChat(chat("user", "5")).setMaxTokens(2));
        assertThat(text(events)).isEqualTo("6 7 ");
    }

    @Test
    void a_repeated_prompt_is_cached_for_its_own_tenant_only() {
        var ids = TokenIds.newBuilder();
        for (int i = 0; i < 60; i++) {
            ids.addIds(i % 50);
        }
        var request = greedy(MODEL).setTokenIds(ids).setMaxTokens(2).setTenant("first");
        generate(request);
        assertThat(generate(request).getLast().getFinished().getCachedTokens()).isEqualTo(48);
        assertThat(generate(request.setTenant("second")).getLast().getFinished().getCachedTokens())
                .isZero();
    }

    @Test
    void standings_out_of_range_are_refused_by_name() {
        assertRefused(
                greedy(MODEL).setText("5").setPriority(11),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "priority");
        assertRefused(
                greedy(MODEL).setText("5").setTenant("x".repeat(Standings.TENANT_CHARS_MAX + 1)),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "tenant");
        generate(greedy(MODEL)
                .setText("5")
                .setMaxTokens(1)
                .setPriority(-10)
                .setTenant("x".repeat(Standings.TENANT_CHARS_MAX))
                .setQueueTimeMaxMillis(60_000));
    }

    @Test
    void a_completion_that_is_late_ends_as_such_and_says_when_to_come_back() {
        inference.loadModel(
                LoadModelRequest.newBuilder().setModel("test/endless").build());
        var late = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> generate(greedy("test/endless").setText("5").setTimeMaxMillis(1)));
        assertThat(late.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        var trailers = java.util.Objects.requireNonNull(late.getTrailers());
        assertThat(trailers.get(GrpcErrors.CODE)).isEqualTo("DEADLINE_EXCEEDED");
        assertThat(trailers.get(GrpcErrors.RETRY_AFTER)).matches("[0-9]+");
    }

    @Test
    void metrics_have_the_names_that_dashboards_know() {
        generate(greedy(MODEL).setText("5").setMaxTokens(3));
        var metrics = RestAssured.get("/q/metrics").asString();
        for (var name : List.of(
                "vllm:num_requests_running",
                "vllm:num_requests_waiting",
                "vllm:kv_cache_usage_perc",
                "vllm:prefix_cache_queries_total",
                "vllm:prefix_cache_hits_total",
                "vllm:num_preemptions_total",
                "vllm:spec_decode_num_draft_tokens_total",
                "vllm:spec_decode_num_accepted_tokens_total",
                "vllm:prompt_tokens_total",
                "vllm:generation_tokens_total",
                "vllm:time_to_first_token_seconds_count",
                "vllm:inter_token_latency_seconds_count",
                "vllm:e2e_request_latency_seconds_count")) {
            assertThat(metrics).contains(name + "{model_name=\"test/scripted\"");
        }
        assertThat(metrics).containsPattern("vllm:time_to_first_token_seconds_bucket\\{[^}]*le=\"0.25\"");
        assertThat(metrics).containsPattern("vllm:request_success_total\\{finished_reason=\"length\",[^}]*\\} [1-9]");
    }

    @Test
    void the_status_tells_blocks_and_rates() {
        generate(greedy(MODEL).setText("5").setMaxTokens(3));
        var load = inference.getStatus(GetStatusRequest.getDefaultInstance()).getModelsList().stream()
                .filter(model -> model.getModel().equals(MODEL))
                .findFirst()
                .orElseThrow()
                .getLoad();
        assertThat(load.getKvBlocksTotal()).isEqualTo(8 * ScriptedModelLoader.CONTEXT / 16);
        assertThat(load.getTokensGenerated()).isPositive();
        assertThat(load.getDraining()).isFalse();
    }

    @Test
    void what_cannot_be_served_is_refused_by_name() {
        assertRefused(greedy("no/model").setText("5"), Status.Code.NOT_FOUND, "MODEL_NOT_FOUND", null);
        assertRefused(greedy(MODEL), Status.Code.INVALID_ARGUMENT, "INVALID_ARGUMENT", "prompt");
        assertRefused(greedy(MODEL).setText(" "), Status.Code.INVALID_ARGUMENT, "INVALID_ARGUMENT", "prompt");
        assertRefused(
                greedy(MODEL).setChat(ChatPrompt.getDefaultInstance()),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "messages");
        assertRefused(
                greedy(MODEL).setChat(chat("wizard", "5")),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "messages[0].role");
        assertRefused(
                greedy(MODEL).setChat(chat("user", "refuse me")),
                Status.Code.INVALID_ARGUMENT,
                "CHAT_TEMPLATE_REFUSED",
                "messages");
        assertRefused(
                greedy(MODEL).setText("5").setMaxTokens(0),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "max_tokens");
        assertRefused(greedy(MODEL).setText("5").addStop(""), Status.Code.INVALID_ARGUMENT, "INVALID_ARGUMENT", "stop");
        assertRefused(
                greedy(MODEL)
                        .setText("5")
                        .setSampling(SamplingParams.newBuilder().setTopP(1.5f)),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "top_p");
        assertRefused(
                greedy(MODEL).setTokenIds(TokenIds.newBuilder().addIds(100)),
                Status.Code.INVALID_ARGUMENT,
                "INVALID_ARGUMENT",
                "token_ids");
        assertRefused(
                greedy(MODEL).setText("1 ".repeat(50_000)),
                Status.Code.INVALID_ARGUMENT,
                "CONTEXT_LENGTH_EXCEEDED",
                "prompt");
    }

    @Test
    void tokens_go_there_and_back() {
        var tokens = inference.tokenize(TokenizeRequest.newBuilder()
                .setModel(MODEL)
                .setText("4 5")
                .setAddSpecialTokens(true)
                .build());
        assertThat(tokens.getTokenIdsList()).containsExactly(0, 4, 5);
        var text = inference.detokenize(DetokenizeRequest.newBuilder()
                .setModel(MODEL)
                .addAllTokenIds(List.of(4, 5))
                .build());
        assertThat(text.getText()).isEqualTo("4 5 ");
    }

    @Test
    void a_client_that_hangs_up_frees_its_place() throws InterruptedException {
        load("test/endless");
        var call = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        var cancellable = io.grpc.Context.current().withCancellation();
        var reads = new CountDownLatch(2);
        // It reads on until it hangs up: who does not read loses its stream, and this model writes fast.
        var reader = Thread.ofVirtual().start(cancellable.wrap(() -> {
            var events = call.generate(greedy("test/endless").setText("5").build());
            try {
                while (events.hasNext()) {
                    events.next();
                    reads.countDown();
                }
            } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.CANCELLED);
            }
        }));
        assertThat(reads.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        await(() -> status("test/endless").getSequencesRunning() == 1);
        cancellable.cancel(null);
        reader.join();
        await(() -> status("test/endless").getSequencesRunning() == 0);
        assertThat(status("test/endless").getKvCacheUsage()).isZero();
    }

    @Test
    void a_client_that_does_not_read_loses_its_stream() throws Exception {
        load("test/endless");
        var ended = new CompletableFuture<Status>();
        var call = channel.newCall(InferenceGrpc.getGenerateMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<GenerateEvent>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.complete(status.withDescription(trailers.get(GrpcErrors.CODE)));
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(greedy("test/endless").setText("5").build());
        call.halfClose();
        await(() -> status("test/endless").getSequencesRunning() == 1);
        await(() -> status("test/endless").getSequencesRunning() == 0);
        call.request(Integer.MAX_VALUE);
        var status = ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(status.getDescription()).isEqualTo("SLOW_READER");
    }

    @Test
    void a_back_end_that_fails_takes_its_streams_and_the_health_with_it() {
        load("test/broken");
        assertThat(health("live")).isEqualTo(200);
        assertThat(health("ready")).isEqualTo(200);
        assertThat(health("started")).isEqualTo(200);
        assertThat(grpcHealth()).isEqualTo(ServingStatus.SERVING);

        var failure = catchThrowableOfType(
                StatusRuntimeException.class,
                () -> generate(greedy("test/broken").setText("5")));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.getTrailers().get(GrpcErrors.CODE)).isEqualTo("MODEL_FAILED");
        assertThat(failure.getStatus().getDescription()).contains("out of paper");
        assertThat(status("test/broken").getState()).isEqualTo(ModelState.MODEL_STATE_FAILED);
        assertThat(health("live")).isEqualTo(503);
        assertThat(health("ready")).isEqualTo(503);
        assertThat(grpcHealth()).isEqualTo(ServingStatus.NOT_SERVING);
        assertRefused(greedy("test/broken").setText("5"), Status.Code.UNAVAILABLE, "MODEL_NOT_READY", null);
        assertThat(text(generate(greedy(MODEL).setText("5").setMaxTokens(1)))).isEqualTo("6 ");

        inference.unloadModel(
                UnloadModelRequest.newBuilder().setModel("test/broken").build());
        assertThat(health("live")).isEqualTo(200);
        assertThat(grpcHealth()).isEqualTo(ServingStatus.SERVING);
    }

    @Test
    void unloading_ends_running_streams_and_loading_brings_the_model_back() {
        load("test/endless");
        var events = inference.generate(greedy("test/endless").setText("5").build());
        events.next();
        inference.unloadModel(
                UnloadModelRequest.newBuilder().setModel("test/endless").build());
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> events.forEachRemaining(event -> {}));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(failure.getTrailers().get(GrpcErrors.CODE)).isEqualTo("MODEL_UNLOADED");
        assertRefused(greedy("test/endless").setText("5"), Status.Code.NOT_FOUND, "MODEL_NOT_FOUND", null);
        assertThat(load("test/endless").getState()).isEqualTo(ModelState.MODEL_STATE_READY);
    }

    @Test
    void a_model_that_nobody_uses_makes_room_and_comes_back_when_asked_for() {
        load("test/endless");
        var events = inference.generate(greedy("test/endless").setText("5").build());
        events.next();
        load("test/one");
        load("test/two");
        assertThat(status("test/one").getState()).isEqualTo(ModelState.MODEL_STATE_EVICTED);
        assertThat(status("test/one").getFailure()).contains("make room for 'test/two'");
        assertThat(status("test/one").getNumerics()).isEmpty();
        assertThat(status("test/endless").getState()).as("in use").isEqualTo(ModelState.MODEL_STATE_READY);
        assertThat(status(MODEL).getPinned()).isTrue();
        assertThat(status("test/two").getPinned()).isFalse();
        assertThat(status("test/two").getNumericsReason()).isNotEmpty();
        assertThat(status("test/two").getMemory().getWeightsBytes()).isEqualTo(ScriptedModelLoader.MODEL_BYTES);
        var replica = inference.getStatus(GetStatusRequest.getDefaultInstance());
        assertThat(replica.getMemoryBudgetBytes()).isEqualTo(3 * ScriptedModelLoader.MODEL_BYTES);
        assertThat(replica.getMemoryUsedBytes()).isEqualTo(3 * ScriptedModelLoader.MODEL_BYTES);
        assertRefused(greedy("test/one").setText("5"), Status.Code.UNAVAILABLE, "MODEL_UNLOADED", null);
        assertThat(health("live")).isEqualTo(200);
        assertThat(health("ready")).isEqualTo(200);

        assertThat(load("test/one").getState()).isEqualTo(ModelState.MODEL_STATE_READY);
        assertThat(text(generate(greedy("test/one").setText("5").setMaxTokens(1))))
                .isEqualTo("6 ");
        assertThat(status("test/two").getState()).isEqualTo(ModelState.MODEL_STATE_EVICTED);
        unload("test/one");
        unload("test/two");
        unload("test/endless");
    }

    @Test
    void a_model_is_refused_while_all_others_are_in_use() {
        for (var model : List.of("test/endless", "test/forever")) {
            load(model);
            inference.generate(greedy(model).setText("5").build()).next();
        }
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> load("test/one"));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(failure.getTrailers().get(GrpcErrors.CODE)).isEqualTo("MEMORY_IN_USE");
        assertThat(failure.getStatus().getDescription())
                .contains(
                        "'test/one' needs 1 MiB",
                        "the budget is 3 MiB, of which 3 MiB is taken",
                        "test/forever is in use");
        unload("test/forever");
        assertThat(load("test/one").getState()).isEqualTo(ModelState.MODEL_STATE_READY);
        unload("test/one");
        unload("test/endless");
    }

    @Test
    void loading_an_unknown_model_says_so() {
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> load("no/model"));
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        // What was asked for and cannot be had does not make the replica unready for what it was configured with.
        assertThat(health("live")).isEqualTo(200);
    }

    private void unload(String model) {
        inference.unloadModel(UnloadModelRequest.newBuilder().setModel(model).build());
    }

    private ModelStatus load(String model) {
        return inference
                .loadModel(LoadModelRequest.newBuilder().setModel(model).build())
                .getStatus();
    }

    private ModelStatus status(String model) {
        return inference.getStatus(GetStatusRequest.getDefaultInstance()).getModelsList().stream()
                .filter(status -> status.getModel().equals(model))
                .findFirst()
                .orElseThrow();
    }

    private List<GenerateEvent> generate(GenerateRequest.Builder request) {
        var events = new ArrayList<GenerateEvent>();
        inference.generate(request.build()).forEachRemaining(events::add);
        return events;
    }

    /** The field at fault. */
    private String refusal(GenerateRequest.Builder request) {
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> generate(request));
        assertThat(failure).as("refused").isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        return String.valueOf(failure.getTrailers().get(GrpcErrors.PARAM));
    }

    private void assertRefused(
            GenerateRequest.Builder request, Status.Code status, String code, @Nullable String param) {
        var failure = catchThrowableOfType(StatusRuntimeException.class, () -> generate(request));
        assertThat(failure).isNotNull();
        assertThat(failure.getStatus().getCode()).isEqualTo(status);
        assertThat(failure.getTrailers().get(GrpcErrors.CODE)).isEqualTo(code);
        assertThat(failure.getTrailers().get(GrpcErrors.PARAM)).isEqualTo(param);
    }

    private ServingStatus grpcHealth() {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.newBuilder()
                        .setService(InferenceGrpc.SERVICE_NAME)
                        .build())
                .getStatus();
    }

    private static int health(String probe) {
        return RestAssured.get("/q/health/" + probe).statusCode();
    }

    private static GenerateRequest.Builder greedy(String model) {
        return GenerateRequest.newBuilder()
                .setModel(model)
                .setSampling(SamplingParams.newBuilder().setTemperature(0));
    }

    private static ChatPrompt chat(String role, String content) {
        return ChatPrompt.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole(role).setContent(content))
                .build();
    }

    private static String text(List<GenerateEvent> events) {
        return events.stream().map(event -> event.getText().getText()).collect(Collectors.joining());
    }

    private static List<Integer> tokenIds(List<GenerateEvent> events) {
        return events.stream()
                .map(GenerateEvent::getText)
                .map(TextDelta::getTokenIdsList)
                .flatMap(List::stream)
                .toList();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited for %s", PATIENCE).isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
