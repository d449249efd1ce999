package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client;
import io.weighbridge.gateway.FakeInference;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(StackResource.class)
class BadInputTest extends StackTest {
    private static final int LIMIT = 4 * 1024 * 1024;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"max_tokens\": 0            | max_tokens",
                "\"max_tokens\": -1           | max_tokens",
                "\"max_tokens\": 1000000000   | max_tokens",
                "\"max_tokens\": 2048         | max_tokens",
                "\"max_tokens\": 1e30         | max_tokens",
                "\"max_tokens\": 1.5          | max_tokens",
                "\"max_tokens\": \"9\"        | max_tokens",
                "\"max_completion_tokens\": 0 | max_completion_tokens",
                "\"temperature\": 2.1         | temperature",
                "\"temperature\": \"hot\"     | temperature",
                "\"top_p\": 0                 | top_p",
                "\"top_p\": 1.01              | top_p",
                "\"top_k\": -2                | top_k",
                "\"min_p\": 2                 | min_p",
                "\"seed\": 1.5                | seed",
                "\"stream\": \"yes\"          | stream",
                "\"stop\": \"\"               | stop",
                "\"stop\": 7                  | stop",
                "\"stop\": [1]                | stop",
                "\"stream_options\": {}       | stream_options",
                "\"n\": 17                    | n",
                "\"n\": 2, \"best_of\": 1     | best_of",
                "\"best_of\": 2              | best_of",
                "\"stream\": true, \"use_beam_search\": true, \"n\": 2 | stream",
                "\"length_penalty\": 11       | length_penalty",
                "\"min_tokens\": -1           | min_tokens",
                "\"max_tokens\": 3, \"min_tokens\": 4 | min_tokens",
                "\"logprobs\": 1              | logprobs",
                "\"top_logprobs\": 3          | top_logprobs",
                "\"logprobs\": true, \"top_logprobs\": 21 | top_logprobs",
                "\"tools\": {}                | tools",
                "\"tools\": [{\"type\": \"function\"}] | tools[0].function",
                "\"tools\": [{\"type\": \"custom\"}]   | tools[0].type",
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a b\"}}] | tools[0].function.name",
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a\", \"parameters\": 1}}] | tools[0].function.parameters",
                "\"tool_choice\": \"required\"         | tool_choice",
                "\"tool_choice\": \"perhaps\"          | tool_choice",
                "\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"a\"}} | tool_choice.function.name",
                "\"parallel_tool_calls\": 1   | parallel_tool_calls",
                "\"functions\": [{}]          | functions",
                "\"response_format\": {\"type\": \"xml\"}  | response_format.type",
                "\"response_format\": {\"type\": \"json_schema\"} | response_format.json_schema.schema",
                "\"response_format\": {\"type\": \"json_object\"}, \"guided_regex\": \"a\" | response_format",
                "\"structured_outputs\": {\"json\": {}, \"regex\": \"a\"} | structured_outputs",
                "\"structured_outputs\": {\"tag\": 1} | structured_outputs.tag",
                "\"guided_json\": 3           | guided_json",
                "\"guided_regex\": \"\"       | guided_regex",
                "\"guided_choice\": []        | guided_choice",
                "\"guided_choice\": [\"\"]    | guided_choice",
                "\"guided_grammar\": {}       | guided_grammar",
                "\"logit_bias\": [1]          | logit_bias",
                "\"logit_bias\": {\"x\": 5}   | logit_bias",
                "\"logit_bias\": {\"1\": 101} | logit_bias.1",
                "\"presence_penalty\": 2.5    | presence_penalty",
                "\"frequency_penalty\": -2.5  | frequency_penalty",
                "\"repetition_penalty\": 0    | repetition_penalty",
                "\"typical_p\": 0             | typical_p",
                "\"reasoning_effort\": \"much\"        | reasoning_effort",
                "\"chat_template_kwargs\": 1  | chat_template_kwargs",
            })
    void names_the_field_at_fault(String field, String param) throws Exception {
        refused(client.chat(ask(APACHE, field)), 400, param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                                                    | messages",
                "\"Hello\"                                             | messages",
                "null                                                  | messages",
                "[7]                                                   | messages[0]",
                "[{\"role\": \"owner\", \"content\": \"x\"}]           | messages[0].role",
                "[{\"content\": \"x\"}]                                | messages[0].role",
                "[{\"role\": \"user\"}]                                | messages[0].content",
                "[{\"role\": \"user\", \"content\": 7}]                | messages[0].content",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}] | messages[0].content[0].type",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}]      | messages[0].content[0].text",
                "[{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{}]}] | messages[0].tool_calls[0].function",
                "[{\"role\": \"assistant\", \"content\": null, \"tool_calls\": {}}]   | messages[0].tool_calls",
                "[{\"role\": \"assistant\", \"content\": null, \"tool_calls\": []}]   | messages[0].content",
                "[{\"role\": \"user\", \"content\": \"x\", \"tool_calls\": [{}]}]     | messages[0].tool_calls",
                "[{\"role\": \"assistant\", \"tool_calls\": [{\"function\": {\"name\": \"a\", \"arguments\": \"[1]\"}}]}] | messages[0].tool_calls[0].function.arguments",
                "[{\"role\": \"tool\", \"content\": \"x\", \"tool_call_id\": 7}]     | messages[0].tool_call_id",
            })
    void names_the_message_at_fault(String messages, String param) throws Exception {
        refused(client.chat("{\"model\": \"%s\", \"messages\": %s}".formatted(APACHE, messages)), 400, param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"prompt\": []                             | prompt",
                "\"prompt\": 7                              | prompt",
                "\"prompt\": [-1]                           | prompt",
                "\"suffix\": \"x\", \"prompt\": \"a\"       | suffix",
                "\"echo\": 1, \"prompt\": \"a\"             | echo",
                "\"best_of\": 17, \"prompt\": \"a\"         | best_of",
                "\"logprobs\": 21, \"prompt\": \"a\"        | logprobs",
                "\"logprobs\": true, \"prompt\": \"a\"      | logprobs",
                "\"user\": \"no prompt\"                    | prompt",
            })
    void names_the_field_of_a_text_completion(String field, String param) throws Exception {
        refused(client.post("v1/completions", "{\"model\": \"%s\", %s}".formatted(APACHE, field)), 400, param);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"{\"model\": ", "[]", "7", "`", "{} trailing", "\u0001"})
    void refuses_what_is_not_a_json_object(String body) throws Exception {
        var reply = client.chat(body == null ? "" : body);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.error().path("message").asText()).contains("JSON");
    }

    @Test
    void an_unknown_model_is_not_found() throws Exception {
        var reply = client.chat(ask("acme/none", ""));
        refused(reply, 404, "model");
        assertThat(reply.error().path("code").asText()).isEqualTo("model_not_found");
        refused(client.chat("{\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]}"), 400, "model");
    }

    @Test
    void a_prompt_longer_than_the_context_is_the_callers_fault() throws Exception {
        stack.first()
                .script((_, stream) -> stream.fail(
                        Status.INVALID_ARGUMENT.withDescription("the prompt has 3000 tokens, the context 2048"),
                        "CONTEXT_LENGTH_EXCEEDED",
                        "prompt"));
        var reply = client.chat(ask(APACHE, "\"stream\": true"));
        refused(reply, 400, "messages");
        assertThat(reply.error().path("code").asText()).isEqualTo("context_length_exceeded");
        assertThat(reply.error().path("message").asText()).contains("3000 tokens");
        refused(
                client.post("v1/completions", "{\"model\": \"%s\", \"prompt\": \"x\"}".formatted(APACHE)),
                400,
                "prompt");
    }

    @Test
    void the_stop_strings_are_limited() throws Exception {
        var most = "\"x\",".repeat(RequestParser.STOPS_MAX - 1) + "\"x\"";
        assertThat(client.chat(ask(APACHE, "\"stop\": [%s]".formatted(most))).status())
                .isEqualTo(200);
        refused(client.chat(ask(APACHE, "\"stop\": [%s, \"x\"]".formatted(most))), 400, "stop");
        var longest = "x".repeat(RequestParser.STOP_CHARS_MAX);
        assertThat(client.chat(ask(APACHE, "\"stop\": \"%s\"".formatted(longest)))
                        .status())
                .isEqualTo(200);
        refused(client.chat(ask(APACHE, "\"stop\": \"%sx\"".formatted(longest))), 400, "stop");
    }

    @Test
    void the_messages_are_limited() throws Exception {
        var one = "{\"role\": \"user\", \"content\": \"x\"}";
        var most = (one + ",").repeat(ChatParser.MESSAGES_MAX - 1) + one;
        var body = "{\"model\": \"%s\", \"messages\": [%s]}";
        assertThat(client.chat(body.formatted(APACHE, most)).status()).isEqualTo(200);
        refused(client.chat(body.formatted(APACHE, most + "," + one)), 400, "messages");
    }

    @Test
    void a_body_at_the_limit_is_read_and_one_above_refused() throws Exception {
        var request = ask(APACHE, "");
        var atLimit = request + " ".repeat(LIMIT - request.length());
        assertThat(client.chat(atLimit).status()).isEqualTo(200);
        tooLarge(client.chat(atLimit + " "));
    }

    @Test
    void a_body_of_100_megabytes_is_refused() throws Exception {
        var bytes = new byte[100 * 1000 * 1000];
        Arrays.fill(bytes, (byte) ' ');
        tooLarge(client.post(Client.CHAT, BodyPublishers.ofByteArray(bytes)));
        InputStream unannounced = new ByteArrayInputStream(bytes);
        tooLarge(client.post(Client.CHAT, BodyPublishers.ofInputStream(() -> unannounced)));
    }

    @Test
    void an_address_or_method_that_does_not_exist_answers_in_the_same_form() throws Exception {
        refused(client.get("v1/nothing"), 404, "");
        refused(client.get("v1/chat/completions"), 405, "");
    }

    @Test
    void a_full_queue_asks_for_patience() throws Exception {
        stack.first()
                .script((_, stream) -> stream.fail(
                        Status.RESOURCE_EXHAUSTED.withDescription("64 requests are waiting"), "QUEUE_FULL", ""));
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("retry-after")).isEqualTo(ErrorResponse.RETRY_AFTER_SECONDS);
        assertThat(reply.error().path("code").asText()).isEqualTo("queue_full");
        stack.first().script(FakeInference::paris);
    }

    @Test
    void what_would_be_too_late_says_when_to_come_back() throws Exception {
        stack.first()
                .script((_, stream) -> stream.fail(
                        Status.RESOURCE_EXHAUSTED.withDescription("would wait 9000 ms"),
                        "QUEUE_TIME_EXCEEDED",
                        "",
                        "9"));
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("retry-after")).isEqualTo("9");
        assertThat(reply.error().path("code").asText()).isEqualTo("queue_time_exceeded");
        stack.first().script((_, stream) -> stream.fail(Status.RESOURCE_EXHAUSTED, "DEADLINE_EXCEEDED", "", "soon"));
        reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).isEqualTo(429);
        assertThat(reply.header("retry-after")).isEqualTo(ErrorResponse.RETRY_AFTER_SECONDS);
        assertThat(reply.error().path("code").asText()).isEqualTo("deadline_exceeded");
        stack.first().script(FakeInference::paris);
    }

    @Test
    void limits_of_time_and_priorities_are_checked() throws Exception {
        assertThat(client.chat(ask(APACHE, "\"priority\": 10"), Urgency.TIME_HEADER, "86400000")
                        .status())
                .isEqualTo(200);
        refused(client.chat(ask(APACHE, "\"priority\": 11")), 400, "priority");
        refused(client.chat(ask(APACHE, ""), Urgency.TIME_HEADER, "86400001"), 400, Urgency.TIME_HEADER);
        refused(client.chat(ask(APACHE, ""), Urgency.QUEUE_TIME_HEADER, "soon"), 400, Urgency.QUEUE_TIME_HEADER);
    }

    private static void tooLarge(Client.Reply reply) throws Exception {
        refused(reply, 413, "");
        assertThat(reply.error().path("code").asText()).isEqualTo("body_too_large");
        assertThat(reply.error().path("message").asText()).contains(Integer.toString(LIMIT));
    }

    private static void refused(Client.Reply reply, int status, String param) throws Exception {
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        var error = reply.error();
        assertThat(error.fieldNames()).toIterable().containsExactly("message", "type", "param", "code");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("param").isNull() ? "" : error.path("param").asText())
                .isEqualTo(param);
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
    }
}
