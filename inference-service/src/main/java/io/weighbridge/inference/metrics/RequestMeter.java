package io.weighbridge.inference.metrics;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Measures one request. Not thread-safe: its stream guards it. */
public final class RequestMeter {
    private final RequestMetrics.Model model;
    private final long begunNanos = System.nanoTime();
    private long[] lastTokenNanos = new long[1]; // of each completion; 0 before its first
    private boolean anyToken;
    private boolean accepted;
    private boolean over;

    RequestMeter(RequestMetrics.Model model) {
        this.model = model;
    }

    /** The engine took it. */
    public void accepted(int promptTokens) {
        accepted = true;
        model.promptTokens.increment(promptTokens);
    }

    /** A token was generated for one of its completions, numbered from 0. */
    public void token(int completion) {
        long now = System.nanoTime();
        model.generatedTokens.increment();
        if (completion >= lastTokenNanos.length) {
            lastTokenNanos = Arrays.copyOf(lastTokenNanos, Math.max(completion + 1, 2 * lastTokenNanos.length));
        }
        if (!anyToken) {
            model.firstToken.record(now - begunNanos, TimeUnit.NANOSECONDS);
        } else if (lastTokenNanos[completion] != 0) {
            model.nextToken.record(now - lastTokenNanos[completion], TimeUnit.NANOSECONDS);
        }
        anyToken = true;
        lastTokenNanos[completion] = now;
    }

    /** It ended without what was asked for: refused if the engine never took it. */
    public void failed() {
        ended(accepted ? "error" : "refused");
    }

    /** It ended; only the first time counts. {@code reason} is stop, length, abort, refused or error. */
    public void ended(String reason) {
        if (!over) {
            over = true;
            model.finished(reason).increment();
            model.whole.record(System.nanoTime() - begunNanos, TimeUnit.NANOSECONDS);
        }
    }
}
