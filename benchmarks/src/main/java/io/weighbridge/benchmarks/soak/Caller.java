package io.weighbridge.benchmarks.soak;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Sends one request and says how it ended. Safe for any thread. */
final class Caller {
    /** A request that has not ended by then has none, which fails the run. */
    static final Duration END_MAX = Duration.ofMinutes(4);

    /** The four ends that a request can have. */
    enum End {
        DONE,
        CANCELLED,
        REFUSED,
        ERROR
    }

    /**
     * How a request ended.
     *
     * @param answered whether the response had begun
     * @param detail what the server said, when it was not done
     */
    record Outcome(End end, boolean answered, String detail) {}

    private final HttpClient http;
    private final URI gateway;
    private final String key;
    private final ScheduledExecutorService timers;

    Caller(HttpClient http, URI gateway, String key, ScheduledExecutorService timers) {
        this.http = http;
        this.gateway = gateway;
        this.key = key;
        this.timers = timers;
    }

    Outcome call(Mix.Request asked) throws InterruptedException {
        var request = HttpRequest.newBuilder(gateway.resolve(asked.path()))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(asked.body()))
                .build();
        var cancelled = new AtomicBoolean();
        var response = http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
        if (asked.cancelAfterMillis() >= 0) {
            var _ = timers.schedule(
                    () -> cancel(response, cancelled), asked.cancelAfterMillis(), TimeUnit.MILLISECONDS);
        }
        boolean answered = false;
        try {
            var got = response.get(END_MAX.toMillis(), TimeUnit.MILLISECONDS);
            answered = true;
            try (var body = got.body()) {
                var text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                if (cancelled.get() && !isWhole(asked, text)) {
                    return new Outcome(End.CANCELLED, true, "");
                }
                return judge(asked, got.statusCode(), text);
            }
        } catch (TimeoutException e) {
            response.cancel(true);
            throw new IllegalStateException("a request did not end within " + END_MAX + ": " + asked.body(), e);
        } catch (ExecutionException | IOException | java.util.concurrent.CancellationException e) {
            return cancelled.get()
                    ? new Outcome(End.CANCELLED, answered, "")
                    : new Outcome(End.ERROR, answered, "the connection broke: " + e);
        }
    }

    private static void cancel(CompletableFuture<HttpResponse<InputStream>> response, AtomicBoolean cancelled) {
        cancelled.set(true);
        response.cancel(true);
        if (response.isDone() && !response.isCompletedExceptionally()) {
            try {
                response.join().body().close();
            } catch (IOException e) {
                // It is closed either way.
            }
        }
    }

    private static Outcome judge(Mix.Request asked, int status, String text) {
        if (status == 200) {
            return isWhole(asked, text)
                    ? new Outcome(End.DONE, true, "")
                    : new Outcome(End.ERROR, true, text.substring(Math.max(0, text.length() - 300)));
        }
        var detail = status + " " + text.substring(0, Math.min(300, text.length()));
        boolean refused = status >= 400 && status < 500 || status == 503;
        return new Outcome(refused ? End.REFUSED : End.ERROR, true, detail);
    }

    private static boolean isWhole(Mix.Request asked, String text) {
        return asked.stream() ? text.endsWith("data: [DONE]\n\n") : text.startsWith("{") && text.endsWith("}");
    }
}
