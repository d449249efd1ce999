package io.weighbridge.registry.ingest;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** A hub on loopback with one repository {@code acme/tiny}, one file {@code m.gguf}, one commit; and a store it can redirect to. */
final class FakeHub implements AutoCloseable {
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** What a request looked like. */
    record Seen(
            String where,
            String path,
            @Nullable String range,
            @Nullable String authorization) {}

    final List<Seen> seen = new CopyOnWriteArrayList<>();
    private final HttpServer hub = server("hub");
    private final HttpServer store = server("store");
    volatile byte[] bytes = {};
    /** Cuts the next answers after so many bytes; one entry per answer. */
    final List<Integer> cuts = new CopyOnWriteArrayList<>();

    volatile boolean redirecting;
    volatile boolean redirectingForEver;
    volatile boolean ignoringRange;
    volatile int status = 200;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    FakeHub() throws IOException {}

    /** Makes every answer wait for {@link #release}. */
    void hold() {
        gate = new CountDownLatch(1);
    }

    void release() {
        gate.countDown();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + hub.getAddress().getPort());
    }

    @Override
    public void close() {
        hub.stop(0);
        store.stop(0);
    }

    private HttpServer server(String where) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(where, exchange);
            }
        });
        server.start();
        return server;
    }

    private void answer(String where, HttpExchange exchange) throws IOException {
        var path = exchange.getRequestURI().getPath();
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        var range = exchange.getRequestHeaders().getFirst("Range");
        seen.add(new Seen(where, path, range, exchange.getRequestHeaders().getFirst("Authorization")));
        if (status != 200) {
            exchange.sendResponseHeaders(status, -1);
        } else if (path.equals("/api/models/acme/tiny/revision/main")) {
            var body = "{\"sha\": \"%s\"}".formatted(COMMIT).getBytes(java.nio.charset.StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        } else if (!path.equals("/acme/tiny/resolve/" + COMMIT + "/m.gguf")) {
            exchange.sendResponseHeaders(404, -1);
        } else if (redirectingForEver || (redirecting && where.equals("hub"))) {
            var port = redirectingForEver
                    ? hub.getAddress().getPort()
                    : store.getAddress().getPort();
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1:" + port + path);
            exchange.sendResponseHeaders(302, -1);
        } else {
            sendBytes(exchange, range);
        }
    }

    private void sendBytes(HttpExchange exchange, @Nullable String range) throws IOException {
        var from = range == null || ignoringRange ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
        var body = Arrays.copyOfRange(bytes, from, bytes.length);
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes %d-%d/%d".formatted(from, bytes.length - 1, bytes.length));
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length);
        var cut = cuts.isEmpty() ? body.length : Math.min(body.length, cuts.removeFirst());
        exchange.getResponseBody().write(body, 0, cut);
        exchange.getResponseBody().flush();
    }
}
