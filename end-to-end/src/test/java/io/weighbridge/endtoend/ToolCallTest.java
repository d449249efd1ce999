package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Forced calls of a real model, several at once: streamed they are the same as whole. */
class ToolCallTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String REQUEST = """
            {"model": "%s", "seed": 5, "n": 3, "max_tokens": 200, "tool_choice": "required", "stream": %s,
             "tools": [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object",
               "properties": {"city": {"enum": ["Oslo", "Lima", "Rome"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9}},
               "required": ["city", "days"], "additionalProperties": false}}}],
             "messages": [{"role": "user", "content": "How will the weather be?"}]}""";

    @Test
    void a_stream_put_together_is_the_answer_that_is_not_streamed() throws IOException, InterruptedException {
        var whole = Stack.running().post("/chat/completions", REQUEST.formatted(Stack.MODEL, false));
        assertThat(whole.statusCode()).as(whole.body()).isEqualTo(200);
        var choices = JSON.readTree(whole.body()).path("choices");
        var calls = new TreeMap<String, String>();
        for (var choice : choices) {
            assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
            var at = 0;
            for (var call : choice.at("/message/tool_calls")) {
                var function = call.path("function");
                calls.put(
                        choice.path("index") + "." + at++,
                        function.path("name").asText()
                                + function.path("arguments").asText());
                assertThat(List.of("Oslo", "Lima", "Rome"))
                        .contains(JSON.readTree(function.path("arguments").asText())
                                .path("city")
                                .asText());
            }
        }
        assertThat(calls).hasSizeGreaterThanOrEqualTo(3);
        var ids = choices.findValuesAsText("id");
        assertThat(new HashSet<>(ids)).hasSameSizeAs(ids);

        var streamed = Stack.running().post("/chat/completions", REQUEST.formatted(Stack.MODEL, true));

        assertThat(calls(streamed.body())).isEqualTo(calls);
    }

    /** By choice and call: the name and the arguments. */
    private static TreeMap<String, String> calls(String body) throws IOException {
        var calls = new TreeMap<String, String>();
        for (var frame : body.split("\n\n")) {
            if (frame.equals("data: [DONE]")) {
                continue;
            }
            for (JsonNode choice :
                    JSON.readTree(frame.substring("data: ".length())).path("choices")) {
                for (var call : choice.at("/delta/tool_calls")) {
                    var function = call.path("function");
                    calls.merge(
                            choice.path("index") + "." + call.path("index"),
                            function.path("name").asText("")
                                    + function.path("arguments").asText(),
                            String::concat);
                }
            }
        }
        return calls;
    }
}
