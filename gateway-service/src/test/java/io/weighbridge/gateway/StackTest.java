package io.weighbridge.gateway;

import io.quarkus.test.common.http.TestHTTPResource;
import io.weighbridge.gateway.routing.Router;
import jakarta.inject.Inject;
import java.net.URI;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the running gateway share: the fakes around it, put back to the start before each test, and a client. */
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
public abstract class StackTest {
    @TestHTTPResource("/")
    protected URI base;

    @Inject
    protected Router router;

    protected Stack stack;
    protected Client client;

    @BeforeEach
    void reset() throws Exception {
        stack.reset();
        client = new Client(base, "key-private");
        Eventually.await("the first replica is seen", () -> router.ready(Stack.APACHE));
    }
}
