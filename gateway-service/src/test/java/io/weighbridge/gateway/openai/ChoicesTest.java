package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.FakeInference.Script;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.ReasoningDelta;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprob;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import io.weighbridge.v1.ToolChoice.Mode;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a completion holds beside one text: calls, reasoning, log probabilities, several choices. */
@QuarkusTest
@WithTestResource(StackResource.class)
class ChoicesTest extends StackTest {
    private static final String WEATHER = """
            "tools": [{"type": "function", "function": {"name": "weather", "description": "Tells it.",
              "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}}]""";

    private static final Script CALLING = (_, stream) -> stream.started(7)
            .send(GenerateEvent.newBuilder()
                    .setReasoning(ReasoningDelta.newBuilder().setText("Look it up.")))
            .send(GenerateEvent.newBuilder()
                    .setToolCall(ToolCallStart.newBuilder().setId("call_1").setName("weather")))
            .send(arguments("{\"city\": "))
            .send(arguments("\"Oslo\"}"))
            .finished(FinishReason.FINISH_REASON_TOOL_CALLS, 7, 9)
            .end();

    @Test
    void a_call_of_a_tool_is_a_message_without_content() throws Exception {
        stack.first().script(CALLING);
        var choice = client.chat(ask(APACHE, WEATHER)).json().at("/choices/0");
        assertThat(choice.toString())
                .isEqualTo("{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,\"refusal\":null,"
                        + "\"reasoning_content\":\"Look it up.\",\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\": \\\"Oslo\\\"}\"}}]},"
                        + "\"logprobs\":null,\"finish_reason\":\"tool_calls\"}");
    }

    @Test
    void a_call_streams_its_arguments() throws Exception {
        stack.first().script(CALLING);
        var deltas =
                deltas(client.chat(ask(APACHE, WEATHER + ", \"stream\": true")).body());
        assertThat(deltas)
                .containsExactly(
                        "{\"role\":\"assistant\",\"content\":\"\"}",
                        "{\"reasoning_content\":\"Look it up.\"}",
                        "{\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"weather\",\"arguments\":\"\"},\"index\":0}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"city\\\": \"}}]}",
                        "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"Oslo\\\"}\"}}]}",
                        "{}");
    }

    @Test
    void tools_calls_and_their_results_are_passed_on() throws Exception {
        var reply = client.chat("""
                {"model": "%s", %s, "tool_choice": {"type": "function", "function": {"name": "weather"}},
                 "parallel_tool_calls": false, "reasoning_effort": "low", "chat_template_kwargs": {"enable_thinking": false},
                 "messages": [{"role": "user", "content": "Oslo?"},
                   {"role": "assistant", "content": null, "reasoning_content": "Hm.", "tool_calls": [{"id": "c1", "type": "function",
                     "function": {"name": "weather", "arguments": "{\\"city\\": \\"Oslo\\"}"}}]},
                   {"role": "tool", "tool_call_id": "c1", "content": "rain"}]}""".formatted(APACHE, WEATHER));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        var chat = stack.first().nextRequest().getChat();
        assertThat(chat.getTools(0).getName()).isEqualTo("weather");
        assertThat(chat.getTools(0).getDefinition())
                .isEqualTo("{\"name\":\"weather\",\"description\":\"Tells it.\","
                        + "\"parameters\":{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}}}}");
        assertThat(chat.getToolChoice().getMode()).isEqualTo(Mode.MODE_NAMED);
        assertThat(chat.getToolChoice().getName()).isEqualTo("weather");
        assertThat(chat.getSingleToolCall()).isTrue();
        assertThat(chat.getTemplateVariables()).isEqualTo("{\"reasoning_effort\":\"low\",\"enable_thinking\":false}");
        assertThat(chat.getMessages(1).getToolCalls(0).getArguments()).isEqualTo("{\"city\":\"Oslo\"}");
        assertThat(chat.getMessages(1).getReasoning()).isEqualTo("Hm.");
        assertThat(chat.getMessages(2).getToolCallId()).isEqualTo("c1");
    }

    @Test
    void log_probabilities_of_a_chat_come_with_bytes_and_alternatives() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .send(text("Å", logprobs("Å", -0.5f, "A", Float.NEGATIVE_INFINITY)))
                        .finished(FinishReason.FINISH_REASON_STOP, 7, 1)
                        .end());
        var body = ask(APACHE, "\"logprobs\": true, \"top_logprobs\": 1");
        var expected = "{\"content\":[{\"token\":\"Å\",\"logprob\":-0.5,\"bytes\":[195,133],"
                + "\"top_logprobs\":[{\"token\":\"A\",\"logprob\":-9999.0,\"bytes\":[65]}]}],\"refusal\":null}";
        assertThat(client.chat(body).json().at("/choices/0/logprobs").toString())
                .isEqualTo(expected);
        assertThat(stack.first().nextRequest().getTopLogprobs()).isEqualTo(1);
        var streamed = client.chat(body.replace("\"logprobs\"", "\"stream\": true, \"logprobs\""));
        assertThat(streamed.body()).contains("\"delta\":{\"content\":\"Å\"},\"logprobs\":" + expected);
    }

    @Test
    void an_echo_gives_the_log_probabilities_of_the_prompt_as_harnesses_read_them() throws Exception {
        stack.first()
                .script((_, stream) -> stream.send(GenerateEvent.newBuilder()
                                .setStarted(Started.newBuilder()
                                        .setPromptTokens(2)
                                        .addPromptLogprobs(
                                                TokenLogprobs.newBuilder().setChosen(token("Hi")))
                                        .addPromptLogprobs(logprobs(" you", -2, " me", -1))))
                        .send(text("!", logprobs("!", -0.25f, "?", -3)))
                        .finished(FinishReason.FINISH_REASON_LENGTH, 2, 1)
                        .end());
        var body = "{\"model\": \"%s\", \"prompt\": [5, 6], \"echo\": true, \"logprobs\": 1, \"max_tokens\": 1}";
        var choice =
                client.post("v1/completions", body.formatted(APACHE)).json().at("/choices/0");
        assertThat(choice.path("text").asText()).isEqualTo("Hi you!");
        assertThat(choice.path("logprobs").toString())
                .isEqualTo("{\"tokens\":[\"Hi\",\" you\",\"!\"],\"token_logprobs\":[null,-2.0,-0.25],"
                        + "\"top_logprobs\":[null,{\" me\":-1.0},{\"?\":-3.0}],\"text_offset\":[0,2,6]}");
        assertThat(stack.first().nextRequest().getPromptLogprobs()).isTrue();
    }

    @Test
    void an_echo_without_log_probabilities_repeats_the_text() throws Exception {
        var body = "{\"model\": \"%s\", \"prompt\": \"Capital: \", \"echo\": true%s}";
        assertThat(client.post("v1/completions", body.formatted(APACHE, ""))
                        .json()
                        .at("/choices/0/text")
                        .asText())
                .isEqualTo("Capital: Paris");
        assertThat(client.post("v1/completions", body.formatted(APACHE, ", \"stream\": true"))
                        .body())
                .contains("\"text\":\"Capital: \"");
    }

    @Test
    void several_completions_are_told_apart_and_the_prompt_counts_once() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .send(text("A").setIndex(0))
                        .send(text("B").setIndex(1))
                        .send(finished(FinishReason.FINISH_REASON_LENGTH).setIndex(1))
                        .send(text("a").setIndex(0))
                        .send(finished(FinishReason.FINISH_REASON_STOP).setIndex(0))
                        .end());
        var reply = client.chat(ask(APACHE, "\"n\": 2, \"seed\": 1")).json();
        assertThat(reply.at("/choices/0/message/content").asText()).isEqualTo("Aa");
        assertThat(reply.at("/choices/1/message/content").asText()).isEqualTo("B");
        assertThat(reply.at("/choices/1/finish_reason").asText()).isEqualTo("length");
        assertThat(reply.path("usage").toString())
                .isEqualTo("{\"prompt_tokens\":7,\"completion_tokens\":6,\"total_tokens\":13,"
                        + "\"prompt_tokens_details\":{\"cached_tokens\":0}}");
        assertThat(stack.first().nextRequest().getN()).isEqualTo(2);
        var streamed = client.chat(ask(APACHE, "\"n\": 2, \"stream\": true")).body();
        assertThat(streamed)
                .contains("\"index\":1,\"delta\":{\"content\":\"B\"}")
                .endsWith("data: [DONE]\n\n");
        assertThat(streamed.split("\"role\":\"assistant\"", -1)).hasSize(3);
    }

    @Test
    void a_completion_that_lacks_one_of_its_choices_is_no_completion() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .send(text("A").setIndex(0))
                        .send(finished(FinishReason.FINISH_REASON_STOP).setIndex(0))
                        .end());
        assertThat(client.chat(ask(APACHE, "\"n\": 2, \"stream\": true")).body())
                .contains("event: error")
                .doesNotContain("[DONE]");
    }

    @Test
    void an_event_of_a_choice_that_nobody_asked_for_is_an_error() throws Exception {
        stack.first()
                .script((_, stream) ->
                        stream.started(7).send(text("A").setIndex(3)).end());
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.error().path("message").asText()).contains("completion 3 of 1");
    }

    @Test
    void forms_of_a_completion_are_passed_on() throws Exception {
        for (var form : List.of(
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"x\", \"schema\": {\"type\": \"null\"}}}",
                "\"guided_json\": {\"type\": \"null\"}",
                "\"structured_outputs\": {\"json\": \"{\\\"type\\\":\\\"null\\\"}\"}")) {
            client.chat(ask(APACHE, form));
            assertThat(stack.first().nextRequest().getStructuredOutput().getJsonSchema())
                    .isEqualTo("{\"type\":\"null\"}");
        }
        client.chat(ask(APACHE, "\"response_format\": {\"type\": \"json_object\"}"));
        assertThat(stack.first().nextRequest().getStructuredOutput().getJsonObject())
                .isTrue();
        client.chat(ask(APACHE, "\"guided_choice\": [\"a\", \"b\"]"));
        assertThat(stack.first().nextRequest().getStructuredOutput().getChoice().getTextsList())
                .containsExactly("a", "b");
        client.chat(ask(APACHE, "\"structured_outputs\": {\"regex\": \"a+\"}"));
        assertThat(stack.first().nextRequest().getStructuredOutput().getRegex()).isEqualTo("a+");
        client.chat(ask(APACHE, "\"guided_grammar\": \"root ::= \\\"a\\\"\""));
        assertThat(stack.first().nextRequest().getStructuredOutput().getGrammar())
                .isEqualTo("root ::= \"a\"");
        client.chat(ask(APACHE, "\"response_format\": {\"type\": \"text\"}"));
        assertThat(stack.first().nextRequest().hasStructuredOutput()).isFalse();
    }

    @Test
    void penalties_biases_and_bounds_are_passed_on() throws Exception {
        client.chat(
                ask(
                        APACHE,
                        "\"presence_penalty\": 0.5, \"frequency_penalty\": -1, \"repetition_penalty\": 1.5, \"typical_p\": 0.5,"
                                + "\"logit_bias\": {\"5\": -100, \"6\": 1.5}, \"min_tokens\": 2, \"max_tokens\": 9, \"ignore_eos\": true,"
                                + "\"n\": 2"),
                "x-time-max-ms",
                "0");
        var sent = stack.first().nextRequest();
        assertThat(sent.getSampling().getPresencePenalty()).isEqualTo(0.5f);
        assertThat(sent.getSampling().getFrequencyPenalty()).isEqualTo(-1);
        assertThat(sent.getSampling().getRepetitionPenalty()).isEqualTo(1.5f);
        assertThat(sent.getSampling().getTypicalP()).isEqualTo(0.5f);
        assertThat(sent.getSampling().getLogitBiasMap()).containsEntry(5, -100f).containsEntry(6, 1.5f);
        assertThat(sent.getMinTokens()).isEqualTo(2);
        assertThat(sent.getIgnoreEos()).isTrue();
        client.chat(
                ask(
                        APACHE,
                        "\"use_beam_search\": true, \"n\": 2, \"best_of\": 4, \"length_penalty\": 0.5, \"early_stopping\": true"));
        sent = stack.first().nextRequest();
        assertThat(sent.getBeamWidth()).isEqualTo(4);
        assertThat(sent.getEarlyStopping()).isTrue();
        assertThat(sent.getLengthPenalty()).isEqualTo(0.5f);
    }

    @Test
    void texts_are_compared_before_the_best_are_given_out_and_all_of_them_are_paid() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .send(text("A"))
                        .send(GenerateEvent.newBuilder()
                                .setFinished(Finished.newBuilder()
                                        .setReason(FinishReason.FINISH_REASON_STOP)
                                        .setPromptTokens(7)
                                        .setCompletionTokens(3)
                                        .setDiscardedTokens(5)))
                        .end());
        var body = "{\"model\": \"%s\", \"prompt\": \"x\", \"best_of\": 3%s}";
        var reply = client.post("v1/completions", body.formatted(APACHE, "")).json();
        assertThat(reply.at("/usage/completion_tokens").asInt()).isEqualTo(8);
        assertThat(stack.first().nextRequest().getBestOf()).isEqualTo(3);
        var refused = client.post("v1/completions", body.formatted(APACHE, ", \"stream\": true"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error().path("param").asText()).isEqualTo("stream");
        refused = client.post("v1/completions", body.formatted(APACHE, ", \"n\": 4"));
        assertThat(refused.error().path("param").asText()).isEqualTo("best_of");
        refused = client.chat(ask(APACHE, "\"best_of\": 2"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error().path("param").asText()).isEqualTo("best_of");
    }

    private static List<String> deltas(String body) {
        return Arrays.stream(body.split("\n\n"))
                .filter(frame -> frame.contains("\"delta\":"))
                .map(frame -> frame.replaceFirst(".*\"delta\":", "").replaceFirst(",\"logprobs\":null,.*", ""))
                .toList();
    }

    private static GenerateEvent.Builder arguments(String text) {
        return GenerateEvent.newBuilder()
                .setToolCallArguments(ToolCallArguments.newBuilder().setText(text));
    }

    private static GenerateEvent.Builder text(String text, TokenLogprobs... logprobs) {
        return GenerateEvent.newBuilder()
                .setText(TextDelta.newBuilder().setText(text).addAllLogprobs(List.of(logprobs)));
    }

    private static GenerateEvent.Builder finished(FinishReason reason) {
        return GenerateEvent.newBuilder()
                .setFinished(Finished.newBuilder()
                        .setReason(reason)
                        .setPromptTokens(7)
                        .setCompletionTokens(3));
    }

    private static TokenLogprobs logprobs(String text, float logprob, String other, float otherLogprob) {
        return TokenLogprobs.newBuilder()
                .setChosen(token(text).setLogprob(logprob))
                .addTop(token(other).setLogprob(otherLogprob))
                .build();
    }

    private static TokenLogprob.Builder token(String text) {
        return TokenLogprob.newBuilder().setText(ByteString.copyFromUtf8(text));
    }
}
