package io.weighbridge.gateway;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for something that another thread brings about; fails by name when it does not come. */
public final class Eventually {
    private static final Duration WAIT_MAX = Duration.ofSeconds(10);
    private static final Duration BETWEEN = Duration.ofMillis(10);

    private Eventually() {}

    public static void await(String what, Callable<Boolean> condition) throws Exception {
        var end = System.nanoTime() + WAIT_MAX.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("still not after %s: %s".formatted(WAIT_MAX, what));
            }
            Thread.sleep(BETWEEN);
        }
    }
}
