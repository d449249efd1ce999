package io.weighbridge.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;

/** What tests of the running gateway share: the fakes around it, put back to the start before each test, and a client. */
@SuppressWarnings("NullAway.Init") // the test framework sets the fields
public abstract class StackTest {
    @TestHTTPResource("/")
    protected URI base;

    @Inject
    protected Router router;

    @Inject
    protected KeyFile keys;

    @Inject
    protected SnapshotStore snapshots;

    protected Stack stack;
    protected Client client;

    @BeforeEach
    void reset() throws Exception {
        stack.reset();
        keys.poll();
        client = new Client(base, "key-private");
        Eventually.await("the usual catalog is back", () -> {
            var snapshot = snapshots.current();
            return snapshot != null && snapshot.version().equals("v1");
        });
        var first = Set.of(stack.first().address());
        var second = Set.of(stack.second().address());
        Eventually.await(
                "the first replica is seen, and what the last test did to the second is over",
                () -> router.ready(Stack.APACHE, second) && !router.ready(Stack.APACHE, first));
    }

    /** Puts these keys in force. */
    protected void keys(String yaml) {
        stack.keys(yaml);
        keys.poll();
        assertThat(keys.problem()).isNull();
    }

    /** Puts this catalog in force. */
    protected void publish(String version, String snapshot) throws Exception {
        stack.registry().publish(version, snapshot);
        Eventually.await("the catalog " + version + " is seen", () -> {
            var current = snapshots.current();
            return current != null && current.version().equals(version);
        });
    }
}
