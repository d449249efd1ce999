package io.weighbridge.gateway.admission;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static io.weighbridge.gateway.Stack.GEMMA;
import static io.weighbridge.gateway.Stack.LOADING;
import static io.weighbridge.gateway.Stack.NONCOMMERCIAL;
import static io.weighbridge.gateway.Stack.UNREAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.FakeInference;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StackResource.class)
class AliasTest extends StackTest {
    @Test
    void the_first_candidate_that_the_caller_may_use_answers() throws Exception {
        aliases("fair: {candidates: [%s, %s]}".formatted(NONCOMMERCIAL, APACHE));
        for (var more : List.of("", "\"stream\": true")) {
            var free = client.chat(ask("fair", more));
            assertThat(free.status()).as(free.body()).isEqualTo(200);
            assertThat(free.header("x-routed-model")).isEqualTo(NONCOMMERCIAL);
            assertThat(free.body())
                    .contains("\"model\":\"" + NONCOMMERCIAL + "\"")
                    .doesNotContain("\"fair\"");
            var paying = client.with("key-business").chat(ask("fair", more));
            assertThat(paying.header("x-routed-model")).isEqualTo(APACHE);
            assertThat(paying.header("x-model-license")).isEqualTo("Apache-2.0");
            assertThat(paying.body()).contains("\"model\":\"" + APACHE + "\"");
        }
    }

    @Test
    void auto_is_every_model_that_was_pulled() throws Exception {
        var reply = client.chat(ask("auto", ""));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.json().path("model").asText()).isEqualTo(APACHE);
        assertThat(stack.first().nextRequest().getModel()).isEqualTo(APACHE);
    }

    @Test
    void auto_takes_the_largest_first_and_can_be_declared_otherwise() throws Exception {
        publish(
                "sizes",
                Stack.SNAPSHOT
                        .replace("\"version\": \"v1\"", "\"version\": \"sizes\"")
                        .replace("\"createdAt\": 1730000002,", """
                                "createdAt": 1730000002, "checkpoint": {"contextLength": 32768,
                                "parameterCount": 270000000, "chatTemplatePresent": true},"""));
        assertThat(routed("auto")).isEqualTo(GEMMA);
        aliases("auto: {candidates: [%s]}".formatted(APACHE));
        assertThat(routed("auto")).isEqualTo(APACHE);
        assertThat(client.chat(ask("auto", "\"max_tokens\": 9000")).status()).isEqualTo(503);
        aliases("long: {requires: {contextLengthAtLeast: 4096}}, chat: {requires: {chatTemplate: true}},"
                + " seeing: {requires: {multimodal: true}}");
        assertThat(routed("long")).isEqualTo(GEMMA);
        assertThat(routed("chat")).isEqualTo(GEMMA);
        var none = client.chat(ask("seeing", ""));
        assertThat(none.status()).isEqualTo(503);
        assertThat(none.error().path("message").asText()).contains("'seeing' requires");
        assertThat(client.chat(ask("auto", "\"max_tokens\": 9000")).header("x-routed-model"))
                .isEqualTo(GEMMA);
    }

    @Test
    void a_model_that_fails_before_its_first_byte_is_replaced_by_the_next_permitted_one() throws Exception {
        aliases("fair: {candidates: [%s, %s, %s]}".formatted(GEMMA, NONCOMMERCIAL, APACHE));
        stack.first().script((request, stream) -> {
            if (request.getModel().equals(GEMMA)) {
                stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", "");
            } else {
                FakeInference.paris(request, stream);
            }
        });
        for (var more : List.of("", "\"stream\": true")) {
            var reply = client.with("key-business").chat(ask("fair", more));
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.header("x-routed-model")).isEqualTo(APACHE);
            assertThat(reply.header("x-model-license")).isEqualTo("Apache-2.0");
            assertThat(reply.header("Link")).doesNotContain("gemma");
            assertThat(reply.body()).contains("Par").doesNotContain(GEMMA);
        }
    }

    @Test
    void facts_that_change_between_two_attempts_count() throws Exception {
        aliases("fair: {candidates: [%s, %s]}".formatted(GEMMA, NONCOMMERCIAL));
        stack.first().script((_, stream) -> {
            stack.keys(Stack.KEYS.replace("tenant: {commercial: false,", "tenant: {commercial: true,"));
            keys.poll();
            stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", "");
        });
        // Without time nobody waits for a replica to come back.
        var reply = client.chat(ask("fair", ""), "x-time-max-ms", "0");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(stack.first().nextRequest().getModel()).isEqualTo(GEMMA);
        assertThat(stack.first().requestCount()).isZero();
    }

    @Test
    void no_permitted_candidate_is_a_refusal_with_all_reasons() throws Exception {
        aliases("strict: {candidates: [%s, %s]}, open: {candidates: [%s, %s]}"
                .formatted(NONCOMMERCIAL, GEMMA, NONCOMMERCIAL, UNREAD));
        var reply =
                client.with("key-silent").chat(ask("strict", ""), "x-commercial-use", "true", "x-intended-use", "hate");
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.error().path("code").asText()).isEqualTo("model_license_denied");
        assertThat(reply.error().path("findings").toString())
                .contains("noncommercial")
                .contains("prohibited-use");
        assertThat(reply.error().at("/permitted_alternatives/0").asText()).isEqualTo(APACHE);
        assertThat(reply.error().has("missing_facts")).isFalse();
        var open = client.with("key-business").chat(ask("open", ""));
        assertThat(open.error().path("code").asText()).isEqualTo("model_license_undetermined");
        assertThat(open.error().path("missing_facts").toString())
                .contains("conclude")
                .doesNotContain("noncommercial");
    }

    @Test
    void permitted_but_nowhere_served_is_not_ready() throws Exception {
        aliases("later: {candidates: [%s, %s]}".formatted(NONCOMMERCIAL, LOADING));
        var reply = client.with("key-business").chat(ask("later", ""));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.error().path("code").asText()).isEqualTo("model_not_ready");
        assertThat(reply.error().path("message").asText()).contains(LOADING);
    }

    @Test
    void an_alias_is_listed_when_one_candidate_may_be_used() throws Exception {
        aliases("private-only: {candidates: [%s]}, fair: {candidates: [%s, %s]}"
                .formatted(NONCOMMERCIAL, NONCOMMERCIAL, APACHE));
        assertThat(listed("key-private")).contains("private-only", "fair", "auto");
        assertThat(listed("key-business")).contains("fair", "auto").doesNotContain("private-only");
        assertThat(client.get("v1/models/fair").json().path("id").asText()).isEqualTo("fair");
        assertThat(client.with("key-business").get("v1/models/private-only").status())
                .isEqualTo(403);
    }

    private void aliases(String aliases) {
        keys(Stack.KEYS + "aliases: {" + aliases + "}\n");
    }

    private String routed(String alias) throws Exception {
        return client.chat(ask(alias, "")).header("x-routed-model");
    }

    private List<String> listed(String key) throws Exception {
        var ids = new ArrayList<String>();
        client.with(key)
                .get("v1/models")
                .json()
                .path("data")
                .forEach(model -> ids.add(model.path("id").asText()));
        return ids;
    }
}
