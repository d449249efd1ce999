package io.weighbridge.gateway.receipts;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.StackTest;
import jakarta.inject.Inject;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(
        value = StackResource.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = @ResourceArg(name = "receiptsBlocked", value = "true"))
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class UnwritableReceiptsTest extends StackTest {
    @Inject
    Receipts receipts;

    @Test
    void what_cannot_be_recorded_is_not_answered_and_a_repair_needs_no_restart() throws Exception {
        for (var stream : new boolean[] {false, true}) {
            var reply = client.chat(ask(APACHE, "\"stream\": " + stream));
            assertThat(reply.status()).as(reply.body()).isEqualTo(503);
            assertThat(reply.error().path("code").asText()).isEqualTo("receipts_unavailable");
            assertThat(reply.error().path("message").asText())
                    .doesNotContain(receipts.folder().toString());
            assertThat(reply.header("retry-after")).isNotEmpty();
        }
        assertThat(stack.first().requestCount()).isZero();
        assertThat(client.get("v1/models").status()).isEqualTo(200);
        assertThat(client.get("q/health/ready").body()).contains("cannot open the receipts");
        assertThat(client.get("q/health/ready").status()).isEqualTo(503);
        assertThat(client.get("q/health/live").status()).isEqualTo(200);

        Files.delete(receipts.folder());
        Eventually.await("the log is opened", () -> client.get("q/health/ready").status() == 200);
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
    }
}
