package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.FakeInference.Stream;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.ReasoningDelta;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of tools in several completions at once, and streamed as whole: the same answer. */
@QuarkusTest
@WithTestResource(StackResource.class)
class ToolCallsTest extends StackTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOOLS = """
            "tools": [{"type": "function", "function": {"name": "weather"}}, {"type": "function", "function": {"name": "clock"}}]""";

    /** What a replica sends of a message in each of the formats that it takes apart. */
    private enum Format {
        /** Content, then two calls. */
        HERMES {
            @Override
            void say(Stream stream, int index) {
                text(stream, index, "I look ");
                text(stream, index, "it up.");
                call(stream, index, 0, "weather", "{\"city\": ", "\"Oslo\"}");
                call(stream, index, 1, "clock", "{}");
            }
        },
        /** One call and nothing else. */
        LLAMA3 {
            @Override
            void say(Stream stream, int index) {
                call(stream, index, 0, "weather", "{\"city\":\"Tromsø 🌧\"}");
            }
        },
        /** Several calls without text; arguments in single characters. */
        MISTRAL {
            @Override
            void say(Stream stream, int index) {
                call(stream, index, 0, "weather", "{\"a\":[1,\"}\"]}".split(""));
                call(stream, index, 1, "weather", "{", "}");
                call(stream, index, 2, "clock", "{\"zone\":null}");
            }
        },
        /** What looked like a call and is content. */
        GENERIC_JSON {
            @Override
            void say(Stream stream, int index) {
                text(stream, index, "{\"name\": \"nobody\"}");
            }
        },
        /** Reasoning, a preamble, a call that has no arguments yet. */
        HARMONY {
            @Override
            void say(Stream stream, int index) {
                stream.send(GenerateEvent.newBuilder()
                        .setIndex(index)
                        .setReasoning(ReasoningDelta.newBuilder().setText("The user wants ")));
                stream.send(GenerateEvent.newBuilder()
                        .setIndex(index)
                        .setReasoning(ReasoningDelta.newBuilder().setText("the weather.")));
                text(stream, index, "One moment.");
                call(stream, index, 0, "weather", "{}");
            }
        };

        abstract void say(Stream stream, int index);
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_put_together_is_the_answer_that_is_not_streamed(Format format) throws Exception {
        stack.first().script((request, stream) -> {
            stream.started(7);
            for (int index = 0; index < request.getN(); index++) {
                format.say(stream, index);
            }
            var reason = format == Format.GENERIC_JSON
                    ? FinishReason.FINISH_REASON_STOP
                    : FinishReason.FINISH_REASON_TOOL_CALLS;
            for (int index = 0; index < request.getN(); index++) {
                finish(stream, index, reason);
            }
            stream.end();
        });
        for (var n : List.of(1, 3)) {
            var more = TOOLS + ", \"seed\": 7, \"n\": " + n;
            var whole = client.chat(ask(APACHE, more)).json();
            var streamed = client.chat(
                            ask(APACHE, more + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"))
                    .body();
            assertThat(together(streamed, n)).isEqualTo(whole.path("choices"));
            assertThat(streamed).contains("\"usage\":" + whole.path("usage"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"auto\"", "\"required\"", "{\"type\": \"function\", \"function\": {\"name\": \"weather\"}}"})
    void several_completions_have_calls_of_their_own_whose_ids_are_unique(String choice) throws Exception {
        // Events of the completions are mixed, as a replica that computes them together sends them.
        stack.first().script((_, stream) -> {
            stream.started(7);
            begin(stream, 0, 0, "weather");
            begin(stream, 1, 0, "weather");
            arguments(stream, 1, 0, "{\"city\":");
            arguments(stream, 0, 0, "{}");
            begin(stream, 0, 1, "clock");
            arguments(stream, 1, 0, "\"Oslo\"}");
            arguments(stream, 0, 1, "{\"zone\":1}");
            text(stream, 2, "No call.");
            finish(stream, 1, FinishReason.FINISH_REASON_TOOL_CALLS);
            finish(stream, 2, FinishReason.FINISH_REASON_LENGTH);
            finish(stream, 0, FinishReason.FINISH_REASON_TOOL_CALLS);
            stream.end();
        });
        var more = TOOLS + ", \"n\": 3, \"tool_choice\": " + choice;
        var choices = client.chat(ask(APACHE, more)).json().path("choices");
        assertThat(stack.first().nextRequest().getN()).isEqualTo(3);
        assertThat(choices)
                .extracting(each -> each.path("finish_reason").asText())
                .containsExactly("tool_calls", "tool_calls", "length");
        assertThat(choices.at("/0/message/tool_calls")).hasSize(2);
        assertThat(choices.at("/0/message/tool_calls/1/function/arguments").asText())
                .isEqualTo("{\"zone\":1}");
        assertThat(choices.at("/1/message/tool_calls/0/function/arguments").asText())
                .isEqualTo("{\"city\":\"Oslo\"}");
        assertThat(choices.at("/2/message/content").asText()).isEqualTo("No call.");
        assertThat(choices.at("/2/message").has("tool_calls")).isFalse();
        var ids = choices.findValuesAsText("id");
        assertThat(ids).hasSize(3);
        assertThat(new HashSet<>(ids)).hasSize(3);
        var streamed = client.chat(ask(APACHE, more + ", \"stream\": true")).body();
        assertThat(together(streamed, 3)).isEqualTo(choices);
    }

    @Test
    void arguments_of_a_call_that_did_not_start_are_an_error_in_a_stream_too() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7);
            arguments(stream, 0, 1, "{}");
        });
        assertThat(client.chat(ask(APACHE, TOOLS)).status()).isEqualTo(502);
        assertThat(client.chat(ask(APACHE, TOOLS + ", \"stream\": true")).status())
                .isEqualTo(502);
    }

    @Test
    void a_call_that_starts_out_of_turn_is_an_error() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7);
            begin(stream, 0, 1, "weather");
        });
        var reply = client.chat(ask(APACHE, TOOLS));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.error().path("message").asText()).contains("call 1 out of turn");
    }

    /** The choices of a stream, put together as clients do. */
    private static JsonNode together(String body, int n) throws IOException {
        var messages = new ArrayList<ObjectNode>();
        var reasons = new ArrayList<String>();
        for (int i = 0; i < n; i++) {
            messages.add(JSON.createObjectNode());
            reasons.add("");
        }
        for (var frame : body.split("\n\n")) {
            if (!frame.equals("data: [DONE]")) {
                for (var choice :
                        JSON.readTree(frame.substring("data: ".length())).path("choices")) {
                    var index = choice.path("index").asInt();
                    add(messages.get(index), choice.path("delta"));
                    if (!choice.path("finish_reason").isNull()) {
                        assertThat(reasons.set(
                                        index, choice.path("finish_reason").asText()))
                                .isEmpty();
                    }
                }
            }
        }
        var choices = JSON.createArrayNode();
        for (int i = 0; i < n; i++) {
            var choice = choices.addObject().put("index", i);
            choice.set("message", message(messages.get(i)));
            choice.putNull("logprobs").put("finish_reason", reasons.get(i));
        }
        return choices;
    }

    private static void add(ObjectNode message, JsonNode delta) {
        for (var name : List.of("role", "content", "reasoning_content")) {
            if (delta.has(name)) {
                message.put(
                        name, message.path(name).asText("") + delta.path(name).asText());
            }
        }
        for (var piece : delta.path("tool_calls")) {
            ArrayNode calls = message.withArray("tool_calls");
            var at = piece.path("index").asInt();
            if (at == calls.size()) {
                var call = (ObjectNode) piece.deepCopy();
                call.remove("index");
                calls.add(call);
            } else {
                var function = (ObjectNode) calls.get(at).path("function");
                function.put(
                        "arguments",
                        function.path("arguments").asText()
                                + piece.at("/function/arguments").asText());
            }
        }
    }

    /** In the order and with the nulls of a message that is not streamed. */
    private static ObjectNode message(ObjectNode streamed) {
        var message = JSON.createObjectNode();
        message.set("role", streamed.path("role"));
        var content = streamed.path("content").asText();
        if (content.isEmpty() && streamed.has("tool_calls")) {
            message.putNull("content");
        } else {
            message.put("content", content);
        }
        message.putNull("refusal");
        for (var name : List.of("reasoning_content", "tool_calls")) {
            if (streamed.has(name)) {
                message.set(name, streamed.path(name));
            }
        }
        return message;
    }

    private static void call(Stream stream, int index, int call, String name, String... arguments) {
        begin(stream, index, call, name);
        for (var piece : arguments) {
            arguments(stream, index, call, piece);
        }
    }

    private static void begin(Stream stream, int index, int call, String name) {
        stream.send(GenerateEvent.newBuilder()
                .setIndex(index)
                .setToolCall(ToolCallStart.newBuilder()
                        .setCallIndex(call)
                        .setId("call_%d_%d".formatted(index, call))
                        .setName(name)));
    }

    private static void arguments(Stream stream, int index, int call, String text) {
        stream.send(GenerateEvent.newBuilder()
                .setIndex(index)
                .setToolCallArguments(
                        ToolCallArguments.newBuilder().setCallIndex(call).setText(text)));
    }

    private static void text(Stream stream, int index, String text) {
        stream.send(GenerateEvent.newBuilder()
                .setIndex(index)
                .setText(TextDelta.newBuilder().setText(text)));
    }

    private static void finish(Stream stream, int index, FinishReason reason) {
        stream.send(GenerateEvent.newBuilder()
                .setIndex(index)
                .setFinished(Finished.newBuilder()
                        .setReason(reason)
                        .setPromptTokens(7)
                        .setCompletionTokens(5)));
    }
}
