package io.weighbridge.gateway.admission;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static io.weighbridge.gateway.Stack.BLOOM;
import static io.weighbridge.gateway.Stack.CONFLICT;
import static io.weighbridge.gateway.Stack.GEMMA;
import static io.weighbridge.gateway.Stack.LOADING;
import static io.weighbridge.gateway.Stack.NONCOMMERCIAL;
import static io.weighbridge.gateway.Stack.UNREAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client.Reply;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StackResource.class)
class AdmissionTest extends StackTest {
    @Test
    void a_permissive_license_lets_every_key_in() throws Exception {
        for (var key : new String[] {"key-private", "key-business", "key-silent", "key-hashed"}) {
            assertThat(client.with(key).chat(ask(APACHE, "")).status()).as(key).isEqualTo(200);
        }
    }

    @Test
    void a_commercial_key_is_denied_a_noncommercial_model() throws Exception {
        var reply = client.with("key-business").chat(ask(NONCOMMERCIAL, "\"stream\": true"));
        denied(reply, "model_license_denied", "noncommercial");
        assertThat(reply.header("x-model-license")).isEqualTo("CC-BY-NC-4.0");
        assertThat(reply.header("Link")).contains("creativecommons.org");
        assertThat(stack.first().requestCount()).isZero();
    }

    @Test
    void a_noncommercial_key_owes_attribution() throws Exception {
        var reply = client.chat(ask(NONCOMMERCIAL, ""));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(reply.header("x-license-obligations")).isEqualTo("attribution");
    }

    @Test
    void a_key_that_has_not_said_is_asked() throws Exception {
        denied(
                client.with("key-silent").chat(ask(NONCOMMERCIAL, "")),
                "model_license_undetermined",
                "tenant.commercial");
    }

    @Test
    void a_forbidden_purpose_is_denied() throws Exception {
        assertThat(client.chat(ask(GEMMA, ""), "x-intended-use", "research").status())
                .isEqualTo(200);
        denied(client.chat(ask(GEMMA, ""), "x-intended-use", "malware"), "model_license_denied", "prohibited-use");
        denied(
                client.with("key-silent").chat(ask(GEMMA, ""), "x-intended-use", "research, hate"),
                "model_license_denied",
                "prohibited-use");
    }

    @Test
    void a_purpose_in_a_second_header_counts_too() throws Exception {
        denied(
                client.with("key-silent")
                        .chat(ask(GEMMA, ""), "x-intended-use", "research", "x-intended-use", "malware"),
                "model_license_denied",
                "prohibited-use");
    }

    @Test
    void a_request_only_narrows_what_its_key_declared() throws Exception {
        denied(
                client.chat(ask(APACHE, ""), "x-intended-use", "customer-support"),
                "model_license_undetermined",
                "declared use");
        denied(
                client.with("key-business").chat(ask(NONCOMMERCIAL, ""), "x-intended-use", "assistance"),
                "model_license_denied",
                "noncommercial");
    }

    @Test
    void unknown_and_conflicting_licenses_are_never_routed() throws Exception {
        denied(client.chat(ask(UNREAD, "")), "model_license_undetermined", "conclude");
        denied(client.chat(ask(CONFLICT, "")), "model_license_undetermined", "CC-BY-NC-4.0");
        assertThat(stack.first().requestCount()).isZero();
    }

    @Test
    void a_missing_or_unknown_key_is_not_a_denial() throws Exception {
        for (var key : new String[] {"", "key-wrong"}) {
            var reply = client.with(key).chat(ask(APACHE, ""));
            assertThat(reply.status()).isEqualTo(401);
            assertThat(reply.error().path("code").asText()).isEqualTo("invalid_api_key");
            assertThat(client.with(key).get("v1/models").status()).isEqualTo(401);
        }
        assertThat(client.with("")
                        .chat(ask(APACHE, ""), "x-api-key", "key-private")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void a_model_that_no_replica_serves_is_not_ready() throws Exception {
        var reply = client.chat(ask(LOADING, ""));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.error().path("code").asText()).isEqualTo("model_not_ready");
        assertThat(reply.header("retry-after")).isNotEmpty();
    }

    @Test
    void only_models_that_are_here_and_permitted_are_listed() throws Exception {
        assertThat(listed(client.get("v1/models"))).containsExactly(APACHE, NONCOMMERCIAL, GEMMA, BLOOM, "auto");
        assertThat(listed(client.with("key-business").get("v1/models"))).containsExactly(APACHE, GEMMA, BLOOM, "auto");
        assertThat(listed(client.with("key-silent").get("v1/models"))).containsExactly(APACHE, "auto");
    }

    @Test
    void one_model_is_found_by_its_id_raw_or_encoded() throws Exception {
        for (var path : new String[] {APACHE, APACHE.replace("/", "%2F")}) {
            var reply = client.get("v1/models/" + path);
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            assertThat(reply.json().toString())
                    .isEqualTo(
                            "{\"id\":\"%s\",\"object\":\"model\",\"created\":1730000000,\"owned_by\":\"HuggingFaceTB\"}"
                                    .formatted(APACHE));
        }
        assertThat(client.get("v1/models/acme/none").error().path("code").asText())
                .isEqualTo("model_not_found");
        denied(client.with("key-business").get("v1/models/" + NONCOMMERCIAL), "model_license_denied", "noncommercial");
    }

    private static ArrayList<String> listed(Reply reply) throws Exception {
        var ids = new ArrayList<String>();
        reply.json().path("data").forEach(model -> ids.add(model.path("id").asText()));
        return ids;
    }

    private static void denied(Reply reply, String code, String word) throws Exception {
        assertThat(reply.status()).as(reply.body()).isEqualTo(403);
        assertThat(reply.error().path("code").asText()).isEqualTo(code);
        assertThat(reply.error().path("type").asText()).isEqualTo("permission_error");
        assertThat(reply.error().path("message").asText()).contains(word).contains("To fix:");
        assertThat(reply.header("x-should-retry")).isEqualTo("false");
        assertThat(reply.header("x-license-decision-id")).startsWith("dec-");
        assertThat(reply.header("retry-after")).isEmpty();
    }
}
