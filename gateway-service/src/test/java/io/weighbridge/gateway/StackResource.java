package io.weighbridge.gateway;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Map;

/** Starts the fakes and points the gateway under test at them. */
@SuppressWarnings("NullAway.Init") // start() comes before anything else
public final class StackResource implements QuarkusTestResourceLifecycleManager {
    private Stack stack;
    private boolean registryFailing;
    private boolean fromDisk;
    private boolean receiptsBlocked;

    @Override
    public void init(Map<String, String> arguments) {
        registryFailing = Boolean.parseBoolean(arguments.get("registryFailing"));
        fromDisk = Boolean.parseBoolean(arguments.get("fromDisk"));
        receiptsBlocked = Boolean.parseBoolean(arguments.get("receiptsBlocked"));
    }

    @Override
    public Map<String, String> start() {
        try {
            var home = Files.createTempDirectory("gateway-test");
            stack = new Stack(new FakeRegistry(), new FakeInference(), new FakeInference(), home);
            stack.reset();
            stack.registry().failing(registryFailing);
            if (receiptsBlocked) {
                // A file in the place of the folder: nothing can be written there.
                Files.writeString(home.resolve("receipts"), "in the way");
            }
            if (fromDisk) {
                Files.writeString(home.resolve("snapshot.json"), Stack.SNAPSHOT);
            }
            return Map.of(
                    "weighbridge.gateway.registry-url",
                    stack.registry().url(),
                    "weighbridge.gateway.replicas",
                    stack.first().address() + "," + stack.second().address(),
                    "weighbridge.gateway.home",
                    home.toString(),
                    "weighbridge.gateway.keys-file",
                    stack.keysFile().toString(),
                    "weighbridge.gateway.keys-interval",
                    "20ms",
                    "weighbridge.gateway.receipts.reopen-interval",
                    "50ms",
                    "weighbridge.gateway.snapshot-interval",
                    "50ms",
                    "weighbridge.gateway.status-interval",
                    "50ms",
                    "weighbridge.gateway.replica-silence-max",
                    "1500ms",
                    "weighbridge.gateway.recovery-max",
                    "4s");
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
