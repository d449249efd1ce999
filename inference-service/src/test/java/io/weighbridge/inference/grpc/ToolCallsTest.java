package io.weighbridge.inference.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.weighbridge.engine.grammar.RandomSchemas;
import io.weighbridge.inference.structured.Judge;
import io.weighbridge.v1.ChatMessage;
import io.weighbridge.v1.ChatPrompt;
import io.weighbridge.v1.DetokenizeRequest;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.InferenceGrpc.InferenceBlockingStub;
import io.weighbridge.v1.LoadModelRequest;
import io.weighbridge.v1.SamplingParams;
import io.weighbridge.v1.Tool;
import io.weighbridge.v1.ToolChoice;
import io.weighbridge.v1.UnloadModelRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The starter model calls tools with random schemas through the service, several requests at once. */
@QuarkusTest
@TestProfile(ToolCallsTest.OfItsOwn.class)
class ToolCallsTest {
    /** A service that shares nothing with that of other tests. */
    public static final class OfItsOwn implements QuarkusTestProfile {}

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final int MAX_TOKENS = 70;

    @ConfigProperty(name = "quarkus.grpc.server.test-port")
    int port;

    private ManagedChannel channel;
    private InferenceBlockingStub inference;
    private String loaded = "";

    /** A call put together from its events. */
    private record Call(String id, String name, StringBuilder arguments) {}

    /** All that came of a request. */
    private record Answer(String content, TreeMap<Integer, Call> calls, String raw, FinishReason reason) {}

    @BeforeEach
    void connect() {
        channel =
                NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
        inference = InferenceGrpc.newBlockingStub(channel).withDeadlineAfter(120, TimeUnit.SECONDS);
    }

    @AfterEach
    void disconnect() {
        inference.unloadModel(UnloadModelRequest.newBuilder().setModel(loaded).build());
        channel.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource({"test/starter, 10", "test/starter-hermes, 10"})
    void a_forced_call_is_of_a_tool_with_arguments_that_its_schema_allows(String model, int requests) {
        load(model);
        var reasons = IntStream.range(0, requests)
                .parallel()
                .mapToObj(seed -> forced(model, seed))
                .toList();
        assertThat(reasons.stream().filter(reason -> reason == FinishReason.FINISH_REASON_TOOL_CALLS))
                .hasSizeGreaterThan(requests / 2);
    }

    private @Nullable FinishReason forced(String model, int seed) {
        var random = new Random(seed);
        var tools = tools(random);
        var names = List.copyOf(tools.keySet());
        boolean named = random.nextBoolean();
        var choice = ToolChoice.newBuilder()
                .setMode(named ? ToolChoice.Mode.MODE_NAMED : ToolChoice.Mode.MODE_REQUIRED)
                .setName(named ? names.getLast() : "");
        Answer answer;
        try {
            answer = answer(model, seed, tools, choice.build());
        } catch (StatusRuntimeException e) {
            // A schema that cannot be generated is refused before anything is.
            assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            return null;
        }
        assertThat(answer.content).isBlank();
        if (answer.reason == FinishReason.FINISH_REASON_LENGTH) {
            return answer.reason;
        }
        assertThat(answer.reason).isEqualTo(FinishReason.FINISH_REASON_TOOL_CALLS);
        assertThat(answer.calls).hasSize(1);
        var call = Objects.requireNonNull(answer.calls.get(0));
        assertThat(call.name).isIn(named ? List.of(names.getLast()) : names);
        assertThat(new Judge(Objects.requireNonNull(tools.get(call.name))).problems(read(call.arguments.toString())))
                .as("%s by %s", call.arguments, tools)
                .isEmpty();
        // The same text, read as a whole by somebody else.
        var whole = read(answer.raw.substring(answer.raw.indexOf('{'), answer.raw.lastIndexOf('}') + 1));
        assertThat(whole.get("name").textValue()).isEqualTo(call.name);
        assertThat(whole.get("arguments")).isEqualTo(read(call.arguments.toString()));
        return answer.reason;
    }

    @ParameterizedTest
    @CsvSource({"test/starter, 5", "test/starter-hermes, 5"})
    void where_the_model_decides_events_put_together_are_what_it_wrote(String model, int requests) {
        load(model);
        IntStream.range(0, requests).parallel().forEach(seed -> {
            var tools = tools(new Random(seed));
            var answer = answer(model, seed, tools, ToolChoice.getDefaultInstance());
            if (answer.calls.isEmpty()) {
                assertThat(answer.content).isEqualTo(answer.raw);
                assertThat(answer.reason).isNotEqualTo(FinishReason.FINISH_REASON_TOOL_CALLS);
            }
            answer.calls.forEach((index, call) -> {
                assertThat(tools).containsKey(call.name);
                assertThat(answer.raw).contains(call.name);
                assertThat(call.arguments.toString().equals("{}") || answer.raw.contains(call.arguments))
                        .as("%s in %s", call.arguments, answer.raw)
                        .isTrue();
            });
        });
    }

    private void load(String model) {
        inference.loadModel(LoadModelRequest.newBuilder().setModel(model).build());
        loaded = model;
    }

    private static Map<String, String> tools(Random random) {
        var schemas = new RandomSchemas(random);
        var tools = new TreeMap<String, String>(Comparator.reverseOrder());
        for (int i = random.nextInt(3); i >= 0; i--) {
            tools.put(List.of("get_weather", "send", "look-up").get(i), schemas.object(1));
        }
        return tools;
    }

    private Answer answer(String model, int seed, Map<String, String> tools, ToolChoice choice) {
        var chat = ChatPrompt.newBuilder()
                .addMessages(ChatMessage.newBuilder().setRole("user").setContent("Call a tool about Paris."))
                .setToolChoice(choice);
        tools.forEach((name, schema) -> chat.addTools(Tool.newBuilder()
                .setName(name)
                .setDefinition("{\"name\": \"%s\", \"description\": \"does it\", \"parameters\": %s}"
                        .formatted(name, schema))));
        var request = GenerateRequest.newBuilder()
                .setModel(model)
                .setChat(chat)
                .setSampling(SamplingParams.newBuilder().setTemperature(0.9f).setSeed(seed))
                .setMaxTokens(MAX_TOKENS)
                .build();
        var events = new ArrayList<GenerateEvent>();
        inference.generate(request).forEachRemaining(events::add);
        return put(model, events);
    }

    /** What a client makes of the events; indexes and ids have to be as promised on the way. */
    private Answer put(String model, List<GenerateEvent> events) {
        var content = new StringBuilder();
        var calls = new TreeMap<Integer, Call>();
        var ids = new HashMap<String, Integer>();
        var tokenIds = new ArrayList<Integer>();
        for (var event : events) {
            switch (event.getEventCase()) {
                case TEXT -> {
                    content.append(event.getText().getText());
                    tokenIds.addAll(event.getText().getTokenIdsList());
                }
                case TOOL_CALL -> {
                    var start = event.getToolCall();
                    assertThat(start.getCallIndex()).isEqualTo(calls.size());
                    assertThat(ids.put(start.getId(), start.getCallIndex())).isNull();
                    calls.put(start.getCallIndex(), new Call(start.getId(), start.getName(), new StringBuilder()));
                }
                case TOOL_CALL_ARGUMENTS -> {
                    var more = event.getToolCallArguments();
                    assertThat(more.getCallIndex()).isEqualTo(calls.size() - 1);
                    Objects.requireNonNull(calls.get(more.getCallIndex()))
                            .arguments
                            .append(more.getText());
                }
                case STARTED, FINISHED, REASONING, EVENT_NOT_SET -> {}
            }
        }
        var raw = inference.detokenize(DetokenizeRequest.newBuilder()
                .setModel(model)
                .addAllTokenIds(tokenIds)
                .build());
        return new Answer(
                content.toString(),
                calls,
                raw.getText(),
                events.getLast().getFinished().getReason());
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }
}
