package io.weighbridge.gateway.snapshot;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.terms.TermsCatalog;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(
        value = StackResource.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = @ResourceArg(name = "registryFailing", value = "true"))
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class OutageTest {
    @TestHTTPResource("/")
    URI base;

    @Inject
    GatewayConfig config;

    @Inject
    SnapshotStore store;

    @Inject
    TermsCatalog terms;

    Stack stack;

    @Test
    void an_outage_is_never_a_denial_and_the_catalog_outlives_the_registry() throws Exception {
        var client = new Client(base, "key-private");
        for (var reply : new Client.Reply[] {client.chat(ask(APACHE, "")), client.get("v1/models")}) {
            assertThat(reply.status()).isEqualTo(503);
            assertThat(reply.error().path("code").asText()).isEqualTo("catalog_unavailable");
            assertThat(reply.header("retry-after")).isNotEmpty();
        }
        assertThat(client.get("q/health/ready").status()).isEqualTo(503);
        assertThat(client.get("q/health/ready").body()).contains("no catalog");
        assertThat(client.get("q/health/live").status()).isEqualTo(200);
        assertThat(client.get("q/health/started").status()).isEqualTo(200);

        stack.registry().failing(false);
        Eventually.await("readiness comes", () -> client.get("q/health/ready").status() == 200);
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
        Eventually.await("nothing changed is told", () -> stack.registry().unchanged() > 0);

        stack.registry().failing(true);
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
        var copy = new SnapshotStore(config.home().resolve("snapshot.json"), terms);
        assertThat(subjects(copy)).isEqualTo(subjects(store)).isNotEmpty();
    }

    private static List<Subject> subjects(SnapshotStore store) {
        return Objects.requireNonNull(store.current()).models().stream()
                .map(Snapshot.Model::subject)
                .toList();
    }
}
