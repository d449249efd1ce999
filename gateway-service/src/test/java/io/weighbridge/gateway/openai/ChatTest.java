package io.weighbridge.gateway.openai;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.v1.FinishReason;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StackResource.class)
class ChatTest extends StackTest {
    private static final Pattern ID = Pattern.compile("\"id\":\"(chatcmpl-[0-9a-f-]{36})\"");

    @Test
    void answers_with_one_object() throws Exception {
        var reply = client.chat(ask(APACHE, ""));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).isEqualTo("application/json");
        var json = reply.json();
        assertThat(json.path("object").asText()).isEqualTo("chat.completion");
        assertThat(json.path("id").asText()).startsWith("chatcmpl-");
        assertThat(json.path("model").asText()).isEqualTo(APACHE);
        assertThat(json.path("created").asLong()).isPositive();
        assertThat(json.path("choices").toString())
                .isEqualTo("[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Paris\",\"refusal\":null},"
                        + "\"logprobs\":null,\"finish_reason\":\"stop\"}]");
        assertThat(json.path("usage").toString())
                .isEqualTo(
                        "{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":0}}");
        assertThat(json.has("error")).isFalse();
    }

    @Test
    void says_which_license_it_answers_under() throws Exception {
        var reply = client.chat(ask(APACHE, ""), "x-request-id", "mine-1");
        assertThat(reply.header("x-model-license")).isEqualTo("Apache-2.0");
        assertThat(reply.header("x-license-obligations")).isEqualTo("none");
        assertThat(reply.header("x-license-decision-id")).startsWith("dec-");
        assertThat(reply.header("Link")).isEqualTo("<https://www.apache.org/licenses/LICENSE-2.0>; rel=\"license\"");
        assertThat(reply.header("x-request-id")).isEqualTo("mine-1");
        assertThat(stack.first().nextRequest().getRequestId()).isEqualTo("mine-1");
    }

    @Test
    void does_not_echo_a_request_id_that_could_break_a_log() throws Exception {
        var reply = client.chat(ask(APACHE, ""), "x-request-id", "a b\"c");
        assertThat(reply.header("x-request-id")).startsWith("req-");
    }

    @Test
    void streams_exactly_these_bytes() throws Exception {
        var reply = client.chat(ask(APACHE, "\"stream\": true"), "Accept", "application/json");
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("Content-Type")).isEqualTo("text/event-stream");
        assertThat(reply.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(reply.header("x-model-license")).isEqualTo("Apache-2.0");
        assertThat(normalized(reply.body())).isEqualTo("""
                data: {HEAD,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

                data: {HEAD,"choices":[{"index":0,"delta":{"content":"Par"},"logprobs":null,"finish_reason":null}]}

                data: {HEAD,"choices":[{"index":0,"delta":{"content":"is"},"logprobs":null,"finish_reason":null}]}

                data: {HEAD,"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

                data: [DONE]

                """);
    }

    @Test
    void tells_the_replica_whose_request_it_is_and_how_urgent() throws Exception {
        stack.first().forget();
        client.chat(ask(APACHE, "\"priority\": -3"), Urgency.QUEUE_TIME_HEADER, "500", Urgency.TIME_HEADER, "60000");
        var request = stack.first().nextRequest();
        assertThat(request.getTenant()).isNotEmpty();
        assertThat(request.getPriority()).isEqualTo(3);
        assertThat(request.getQueueTimeMaxMillis()).isEqualTo(500);
        assertThat(request.getTimeMaxMillis()).isEqualTo(60_000);
    }

    @Test
    void adds_a_usage_chunk_only_when_asked() throws Exception {
        var reply = client.chat(ask(APACHE, "\"stream\": true, \"stream_options\": {\"include_usage\": true}"));
        var frames = normalized(reply.body()).split("\n\n");
        assertThat(frames).hasSize(6);
        assertThat(frames[0]).endsWith("\"finish_reason\":null}],\"usage\":null}");
        assertThat(frames[4])
                .isEqualTo(
                        "data: {HEAD,\"choices\":[],"
                                + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"total_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":0}}}");
        assertThat(frames[5]).isEqualTo("data: [DONE]");
    }

    @Test
    void tells_when_the_length_ended_it() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .text("Par")
                        .finished(FinishReason.FINISH_REASON_LENGTH, 7, 1)
                        .end());
        var reply = client.chat(ask(APACHE, "\"max_tokens\": 1"));
        assertThat(reply.json().at("/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(stack.first().nextRequest().getMaxTokens()).isEqualTo(1);
    }

    @Test
    void an_empty_completion_is_still_a_whole_stream() throws Exception {
        stack.first()
                .script((_, stream) -> stream.started(7)
                        .finished(FinishReason.FINISH_REASON_STOP, 7, 0)
                        .end());
        var frames =
                normalized(client.chat(ask(APACHE, "\"stream\": true")).body()).split("\n\n");
        assertThat(frames).hasSize(3);
        assertThat(frames[2]).isEqualTo("data: [DONE]");
    }

    @Test
    void passes_every_sampling_field_on() throws Exception {
        var reply = client.chat("""
                {"model": "HuggingFaceTB/SmolLM2-135M-Instruct", "temperature": 0.5, "top_p": 0.9, "top_k": 40,
                 "min_p": 0.05, "seed": 42, "stop": ["a", "b"], "max_completion_tokens": 9, "user": "someone",
                 "unheard_of": {"x": 1}, "n": 1, "tools": [], "logprobs": false, "response_format": {"type": "text"},
                 "messages": [{"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
                              {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"},
                              {"role": "user", "content": "Name it."}]}""");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        var sent = stack.first().nextRequest();
        assertThat(sent.getSampling().getTemperature()).isEqualTo(0.5f);
        assertThat(sent.getSampling().getTopP()).isEqualTo(0.9f);
        assertThat(sent.getSampling().getTopK()).isEqualTo(40);
        assertThat(sent.getSampling().getMinP()).isEqualTo(0.05f);
        assertThat(sent.getSampling().getSeed()).isEqualTo(42);
        assertThat(sent.getStopList()).containsExactly("a", "b");
        assertThat(sent.getMaxTokens()).isEqualTo(9);
        assertThat(sent.getChat().getMessagesList()).hasSize(4);
        assertThat(sent.getChat().getMessages(0).getRole()).isEqualTo("system");
        assertThat(sent.getChat().getMessages(0).getContent()).isEqualTo("Be brief.");
    }

    @Test
    void text_completions_have_their_own_shape() throws Exception {
        var body = "{\"model\": \"%s\", \"prompt\": \"The capital is\"".formatted(APACHE);
        var whole = client.post("v1/completions", body + "}").json();
        assertThat(whole.path("object").asText()).isEqualTo("text_completion");
        assertThat(whole.path("id").asText()).startsWith("cmpl-");
        assertThat(whole.path("choices").toString())
                .isEqualTo("[{\"index\":0,\"text\":\"Paris\",\"logprobs\":null,\"finish_reason\":\"stop\"}]");
        var sent = stack.first().nextRequest();
        assertThat(sent.getText()).isEqualTo("The capital is");
        assertThat(sent.getMaxTokens()).isEqualTo(RequestParser.COMPLETION_TOKENS_DEFAULT);

        var frames = client.post("v1/completions", body + ", \"stream\": true}")
                .body()
                .split("\n\n");
        assertThat(frames).hasSize(4);
        assertThat(frames[0])
                .endsWith("\"choices\":[{\"text\":\"Par\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}]}");
        assertThat(frames[2])
                .endsWith("\"choices\":[{\"text\":\"\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"stop\"}]}");
        assertThat(frames[3]).isEqualTo("data: [DONE]");
    }

    @Test
    void a_body_sent_as_a_form_is_read_as_json() throws Exception {
        var reply = client.chat(ask(APACHE, ""), "Content-Type", "application/x-www-form-urlencoded");
        assertThat(reply.status()).isEqualTo(200);
    }

    /** Replaces what differs from run to run, after checking that every chunk has the same id. */
    private static String normalized(String body) {
        assertThat(ID.matcher(body).results().map(match -> match.group(1)).distinct())
                .hasSize(1);
        return body.replaceAll(
                "\"id\":\"chatcmpl-[0-9a-f-]{36}\",\"object\":\"chat.completion.chunk\",\"created\":[0-9]+,"
                        + "\"model\":\"HuggingFaceTB/SmolLM2-135M-Instruct\",\"system_fingerprint\":\"fp_0123456789ab\"",
                "HEAD");
    }
}
