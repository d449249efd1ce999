package io.weighbridge.gateway.receipts;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static io.weighbridge.gateway.Stack.GEMMA;
import static io.weighbridge.gateway.Stack.NONCOMMERCIAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.FakeInference;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Draft.Outcome;
import io.weighbridge.license.receipts.Draft.Phase;
import io.weighbridge.license.receipts.ReceiptVerifier;
import io.weighbridge.license.terms.TermsCatalog;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(StackResource.class)
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class ReceiptsTest extends StackTest {
    @Inject
    Receipts receipts;

    @Inject
    TermsCatalog terms;

    @Test
    void a_permission_leaves_one_with_everything_it_rested_on() throws Exception {
        var reply = client.chat(ask(GEMMA, ""), "x-request-id", "permitted-1", "x-intended-use", "research");
        assertThat(reply.status()).isEqualTo(200);
        var draft = only("permitted-1");
        assertThat(draft.decision()).isEqualTo(reply.header("x-license-decision-id"));
        assertThat(draft.tenant()).isEqualTo("private");
        assertThat(draft.model()).isEqualTo(GEMMA);
        assertThat(draft.verdict()).isEqualTo(Outcome.PERMITTED);
        assertThat(draft.phase()).isEqualTo(Phase.ADMISSION);
        assertThat(draft.catalog()).isEqualTo(terms.digest());
        var gemma = Objects.requireNonNull(terms.find("LicenseRef-Gemma"));
        assertThat(draft.licenses())
                .containsExactly(new Draft.LicenseApplied(gemma.id(), null, gemma.version(), gemma.digest()));
        var facts = UseJson.read("facts", draft.facts().getBytes(StandardCharsets.UTF_8));
        assertThat(UseJson.canonical(facts)).isEqualTo(draft.facts());
        assertThat(facts.request().purposes()).hasSize(1);
        assertThat(draft.time()).isBeforeOrEqualTo(Instant.now());
    }

    @Test
    void weights_obligations_and_license_text_are_named() throws Exception {
        publish(
                "digests",
                Stack.SNAPSHOT
                        .replace("\"version\": \"v1\"", "\"version\": \"digests\"")
                        .replace(
                                "\"concluded\": \"Apache-2.0\"",
                                "\"concluded\": \"Apache-2.0\", \"textDigest\": \"sha256:text\""));
        assertThat(client.chat(ask(APACHE, ""), "x-request-id", "digests-1").status())
                .isEqualTo(200);
        var draft = only("digests-1");
        assertThat(draft.weights()).isEqualTo("sha256:00");
        assertThat(draft.licenses().getFirst().textDigest()).isEqualTo("sha256:text");
        assertThat(client.chat(ask(NONCOMMERCIAL, ""), "x-request-id", "owed-1").status())
                .isEqualTo(200);
        assertThat(only("owed-1").obligations()).contains(new Draft.Owed("CC-BY-NC-4.0", "attribution"));
    }

    @Test
    void refusals_leave_one_too() throws Exception {
        var denied = client.with("key-business").chat(ask(NONCOMMERCIAL, ""), "x-request-id", "denied-1");
        assertThat(denied.status()).isEqualTo(403);
        var draft = only("denied-1");
        assertThat(draft.verdict()).isEqualTo(Outcome.PROHIBITED);
        assertThat(draft.reasons()).extracting(Draft.Reason::clause).contains("noncommercial");
        var open = client.with("key-silent").chat(ask(NONCOMMERCIAL, ""), "x-request-id", "open-1");
        assertThat(open.status()).isEqualTo(403);
        assertThat(only("open-1").verdict()).isEqualTo(Outcome.UNDETERMINED);
    }

    @Test
    void each_retry_leaves_its_own() throws Exception {
        stack.second().serve(Stack.SERVED);
        Eventually.await("the second replica is used", () -> {
            client.chat(ask(APACHE, ""));
            return stack.second().requestCount() > 0;
        });
        stack.first().script((_, stream) -> stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", ""));
        stack.second().script((_, stream) -> stream.fail(Status.UNAVAILABLE, "SHUTTING_DOWN", ""));
        var reply = client.chat(ask(APACHE, ""), "x-request-id", "retried-1", "x-time-max-ms", "0");
        assertThat(reply.status()).isEqualTo(503);
        assertThat(drafts("retried-1")).extracting(Draft::phase).containsExactly(Phase.ADMISSION, Phase.RETRY);
        assertThat(drafts("retried-1")).extracting(Draft::decision).doesNotHaveDuplicates();
    }

    @Test
    void each_attempt_on_a_replica_that_comes_back_leaves_its_own_and_waiting_leaves_none() throws Exception {
        stack.first().script((_, stream) -> {
            stream.started(7);
            stack.first().serve(List.of());
            stack.first().script(FakeInference::paris);
            Eventually.await(
                    "the gateway sees that the model is gone",
                    () -> client.get("q/health/ready").status() == 503);
            stream.fail(Status.UNAVAILABLE, "MODEL_FAILED", "");
            Thread.sleep(700); // several looks for the replica, none of which may leave a receipt
            stack.first().serve(Stack.SERVED);
        });
        var reply = client.chat(ask(APACHE, ""), "x-request-id", "returned-1");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(drafts("returned-1")).extracting(Draft::phase).containsExactly(Phase.ADMISSION, Phase.RETRY);
    }

    @Test
    void each_candidate_that_was_decided_on_leaves_one() throws Exception {
        keys(Stack.KEYS + "aliases: {fair: {candidates: [%s, %s]}}\n".formatted(GEMMA, APACHE));
        var reply =
                client.with("key-silent").chat(ask("fair", ""), "x-request-id", "alias-1", "x-intended-use", "malware");
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(drafts("alias-1"))
                .extracting(draft -> draft.model() + " " + draft.verdict().word())
                .containsExactly(GEMMA + " prohibited", APACHE + " permitted");
    }

    @Test
    void health_shows_the_log_and_it_verifies_offline() throws Exception {
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
        receipts.flush();
        var verification = ReceiptVerifier.of(receipts.folder()).verify();
        assertThat(verification.problems()).isEmpty();
        assertThat(verification.receipts()).isPositive();
        assertThat(client.get("q/health/ready").body())
                .contains("\"receipts\"")
                .contains("\"root\"")
                .contains("\"keyId\"");
    }

    private Draft only(String request) {
        var drafts = drafts(request);
        assertThat(drafts).hasSize(1);
        return drafts.getFirst();
    }

    private List<Draft> drafts(String request) {
        receipts.flush();
        var found = new ArrayList<Draft>();
        var verification = ReceiptVerifier.of(receipts.folder()).verify((receipt, _) -> {
            if (receipt.draft().request().equals(request)) {
                found.add(receipt.draft());
            }
        });
        assertThat(verification.problems()).isEmpty();
        return found;
    }
}
