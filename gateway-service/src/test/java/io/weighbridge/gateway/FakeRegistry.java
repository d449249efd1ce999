package io.weighbridge.gateway;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;

/** A registry that serves one snapshot, or fails on demand. */
public final class FakeRegistry implements AutoCloseable {
    private final HttpServer server;
    private final AtomicInteger unchanged = new AtomicInteger();
    private volatile String version = "v1";
    private volatile String body = "{}";
    private volatile boolean failing;

    public FakeRegistry() {
        try {
            server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
        server.createContext("/api/v1/snapshot", this::snapshot);
        server.start();
    }

    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    public void publish(String version, String body) {
        this.body = body;
        this.version = version;
    }

    public void failing(boolean failing) {
        this.failing = failing;
    }

    /** How often the gateway was told that nothing changed. */
    public int unchanged() {
        return unchanged.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void snapshot(HttpExchange exchange) throws IOException {
        try (exchange) {
            var tag = '"' + version + '"';
            if (failing) {
                exchange.sendResponseHeaders(500, -1);
            } else if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                unchanged.incrementAndGet();
                exchange.sendResponseHeaders(304, -1);
            } else {
                var bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("ETag", tag);
                exchange.sendResponseHeaders(200, bytes.length);
                exchange.getResponseBody().write(bytes);
            }
        }
    }
}
