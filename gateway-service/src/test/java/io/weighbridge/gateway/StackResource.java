package io.weighbridge.gateway;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** Starts the fakes and points the gateway under test at them. */
@SuppressWarnings("NullAway.Init") // start() comes before anything else
public final class StackResource implements QuarkusTestResourceLifecycleManager {
    private static final String KEYS = """
            operator: {servesOthers: false}
            anonymous: {commercial: false}
            keys:
              - {name: private, key: key-private, tenant: {commercial: false, purposes: [assistance, research]}}
              - {name: business, key: key-business, tenant: {commercial: true, purposes: [assistance]}}
              - {name: silent, key: key-silent}
              # sha256 of "key-hashed"
              - {name: hashed, keySha256: HASHED, tenant: {commercial: false}}
            """;

    private Stack stack;
    private boolean registryFailing;

    @Override
    public void init(Map<String, String> arguments) {
        registryFailing = Boolean.parseBoolean(arguments.get("registryFailing"));
    }

    @Override
    public Map<String, String> start() {
        stack = new Stack(new FakeRegistry(), new FakeInference(), new FakeInference());
        stack.reset();
        stack.registry().failing(registryFailing);
        try {
            var home = Files.createTempDirectory("gateway-test");
            var keys = home.resolve("keys.yaml");
            Files.writeString(keys, KEYS.replace("HASHED", Sha256.hex("key-hashed")));
            return Map.of(
                    "weighbridge.gateway.registry-url",
                    stack.registry().url(),
                    "weighbridge.gateway.replicas",
                    stack.first().address() + "," + stack.second().address(),
                    "weighbridge.gateway.home",
                    home.toString(),
                    "weighbridge.gateway.keys-file",
                    keys.toString(),
                    "weighbridge.gateway.snapshot-interval",
                    "50ms",
                    "weighbridge.gateway.status-interval",
                    "50ms",
                    "weighbridge.gateway.replica-silence-max",
                    "1500ms");
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    @Override
    public void inject(TestInjector injector) {
        injector.injectIntoFields(stack, new TestInjector.MatchesType(Stack.class));
    }

    @Override
    public void stop() {
        stack.first().close();
        stack.second().close();
        stack.registry().close();
    }
}
