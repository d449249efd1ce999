package io.weighbridge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One running stack for all test classes: started on first use, stopped when the JVM ends. */
final class Stack {
    static final String MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct";

    /** An encoder. */
    static final String ENCODER = "sentence-transformers/all-MiniLM-L6-v2";

    /** A model under CC-BY-NC-4.0 and a use policy: {@link #COMMERCIAL_KEY} may not use it. */
    static final String NONCOMMERCIAL_MODEL = "CohereLabs/aya-expanse-8b";

    static final String KEY = "wb-local";
    static final String COMMERCIAL_KEY = "wb-commercial";

    private static final Duration ANSWER_MAX = Duration.ofMinutes(2);
    private static @Nullable Stack running;
    private static boolean tried;

    final Launcher launcher;
    final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private Stack(Launcher launcher) {
        this.launcher = launcher;
    }

    static synchronized Stack running() throws IOException, InterruptedException {
        if (running == null) {
            assertThat(tried)
                    .as("the stack did not start; an earlier test says why")
                    .isFalse();
            tried = true;
            running = start(new Launcher(Files.createTempDirectory(Path.of("target"), "stack")));
        }
        return running;
    }

    /** A stack of its own that serves these models, all of them loaded; whoever has it stops it. */
    static Stack serving(String... models) throws IOException, InterruptedException {
        var launcher = new Launcher(Files.createTempDirectory(Path.of("target"), "stack"));
        launcher.serve(models);
        var stack = start(launcher);
        await("all models to be loaded", ANSWER_MAX, () -> ready(stack.http, launcher.inferencePort) == 200);
        return stack;
    }

    private static Stack start(Launcher launcher) throws IOException, InterruptedException {
        var stack = new Stack(launcher);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                launcher.run("down");
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException("the stack could not be stopped", e);
            }
        }));
        var up = launcher.run("up");
        assertThat(up.exit()).as(up.output()).isZero();
        return stack;
    }

    String base() {
        return "http://127.0.0.1:" + launcher.gatewayPort + "/v1";
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base() + path).normalize())
                .timeout(ANSWER_MAX)
                .header("Authorization", "Bearer " + KEY)
                .header("Content-Type", "application/json");
    }

    HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return http.send(
                request(path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** Status of the gateway's readiness probe; 0 when nothing answers. */
    int gatewayReady() {
        return ready(http, launcher.gatewayPort);
    }

    private static int ready(HttpClient http, int port) {
        try {
            var probe = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return http.send(probe, HttpResponse.BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    /** Waits until {@code condition} holds; fails naming it after {@code max}. */
    static void await(String what, Duration max, BooleanSupplier condition) throws InterruptedException {
        var end = System.nanoTime() + max.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waiting for: " + what).isLessThan(end);
            Thread.sleep(100);
        }
    }
}
