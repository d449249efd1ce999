package io.weighbridge.endtoend;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs ./weighbridge with a state folder and ports of its own. */
final class Launcher {
    private static final Path CHECKOUT = Path.of("..").toAbsolutePath().normalize();
    private static final long MINUTES_MAX = 10;

    private final Map<String, String> environment = new HashMap<>();
    final Path home;
    final int gatewayPort;
    final int registryPort;
    final int inferencePort;

    Launcher(Path home) throws IOException {
        this.home = home.toAbsolutePath();
        var ports = freePorts(4);
        gatewayPort = ports.get(0);
        registryPort = ports.get(1);
        inferencePort = ports.get(2);
        environment.put("WEIGHBRIDGE_HOME", this.home.toString());
        environment.put("WEIGHBRIDGE_GATEWAY_PORT", String.valueOf(gatewayPort));
        environment.put("WEIGHBRIDGE_REGISTRY_PORT", String.valueOf(registryPort));
        environment.put("WEIGHBRIDGE_INFERENCE_PORT", String.valueOf(inferencePort));
        environment.put("WEIGHBRIDGE_INFERENCE_GRPC_PORT", String.valueOf(ports.get(3)));
        // The build that runs this test has built the services already.
        environment.put("WEIGHBRIDGE_BUILD", "never");
        environment.put("JAVA_HOME", System.getProperty("java.home"));
    }

    /** Has these models pulled and loaded by what is started from now on. */
    void serve(String... models) {
        environment.put("WEIGHBRIDGE_REGISTRY_PULL_AT_START", String.join(",", models));
        environment.put("WEIGHBRIDGE_INFERENCE_MODELS", String.join(",", models));
    }

    /** What the launcher printed, both streams together in order, and how it ended. */
    record Outcome(int exit, String output) {}

    Outcome run(String... arguments) throws IOException, InterruptedException {
        return run(Map.of(), arguments);
    }

    /** Runs with further environment; an empty value removes the variable. */
    Outcome run(Map<String, String> further, String... arguments) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(List.of("sh", CHECKOUT.resolve("weighbridge").toString()));
        command.addAll(List.of(arguments));
        // To a file: services that outlive the launcher must not hold a pipe of ours open.
        var output = Files.createTempFile("launcher", ".out");
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .directory(CHECKOUT.toFile());
        builder.environment().putAll(environment);
        further.forEach((name, value) -> {
            if (value.isEmpty()) {
                builder.environment().remove(name);
            } else {
                builder.environment().put(name, value);
            }
        });
        var process = builder.start();
        if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new IOException("the launcher did not end: " + Files.readString(output));
        }
        var text = Files.readString(output, StandardCharsets.UTF_8);
        Files.delete(output);
        return new Outcome(process.exitValue(), text);
    }

    /** The process id of a running service. */
    long pid(String service) throws IOException {
        return Long.parseLong(Files.readAllLines(home.resolve("run").resolve(service + ".pid"))
                .getFirst());
    }

    boolean hasPid(String service) {
        return Files.exists(home.resolve("run").resolve(service + ".pid"));
    }

    /** Ports that were free a moment ago. */
    private static List<Integer> freePorts(int count) throws IOException {
        var sockets = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
    }
}
