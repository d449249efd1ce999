package io.weighbridge.inference.metrics;

import java.util.concurrent.TimeUnit;

/** Measures one request. Not thread-safe: its stream guards it. */
public final class RequestMeter {
    private final RequestMetrics.Model model;
    private final long begunNanos = System.nanoTime();
    private long lastTokenNanos;
    private boolean over;

    RequestMeter(RequestMetrics.Model model) {
        this.model = model;
    }

    /** The engine took it. */
    public void accepted(int promptTokens) {
        model.promptTokens.increment(promptTokens);
    }

    /** A token was generated. */
    public void token() {
        long now = System.nanoTime();
        model.generatedTokens.increment();
        if (lastTokenNanos == 0) {
            model.firstToken.record(now - begunNanos, TimeUnit.NANOSECONDS);
        } else {
            model.nextToken.record(now - lastTokenNanos, TimeUnit.NANOSECONDS);
        }
        lastTokenNanos = now;
    }

    /** It ended; only the first time counts. {@code reason} is stop, length, abort or error. */
    public void ended(String reason) {
        if (!over) {
            over = true;
            model.finished(reason).increment();
            model.whole.record(System.nanoTime() - begunNanos, TimeUnit.NANOSECONDS);
        }
    }
}
