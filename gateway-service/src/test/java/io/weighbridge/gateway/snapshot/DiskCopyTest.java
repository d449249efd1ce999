package io.weighbridge.gateway.snapshot;

import static io.weighbridge.gateway.Client.ask;
import static io.weighbridge.gateway.Stack.APACHE;
import static io.weighbridge.gateway.Stack.NONCOMMERCIAL;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.TestResourceScope;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.weighbridge.gateway.Client;
import io.weighbridge.gateway.Eventually;
import io.weighbridge.gateway.Stack;
import io.weighbridge.gateway.StackResource;
import io.weighbridge.gateway.routing.Router;
import jakarta.inject.Inject;
import java.net.URI;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(
        value = StackResource.class,
        scope = TestResourceScope.RESTRICTED_TO_CLASS,
        initArgs = {
            @ResourceArg(name = "registryFailing", value = "true"),
            @ResourceArg(name = "fromDisk", value = "true")
        })
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
class DiskCopyTest {
    @TestHTTPResource("/")
    URI base;

    @Inject
    Router router;

    Stack stack;

    @Test
    void a_gateway_that_starts_without_its_registry_decides_on_the_copy() throws Exception {
        Eventually.await("the replica is seen", () -> router.ready(APACHE));
        var client = new Client(base, "key-private");
        assertThat(client.chat(ask(APACHE, "")).status()).isEqualTo(200);
        var denied = new Client(base, "key-business").chat(ask(NONCOMMERCIAL, ""));
        assertThat(denied.status()).isEqualTo(403);
        assertThat(denied.error().path("permitted_alternatives").toString()).contains(APACHE);
        assertThat(client.chat(ask("auto", "")).json().path("model").asText()).isEqualTo(APACHE);
        assertThat(stack.registry().unchanged()).isZero();
    }
}
