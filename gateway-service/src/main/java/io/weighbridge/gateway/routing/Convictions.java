package io.weighbridge.gateway.routing;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The requests of which a replica has said that they kill it. Each replica finds that out for itself, at the price of two processes; what one has found out
 * is remembered here for all of them. Kept in memory only: a gateway that starts anew hears it again from the replica that knows. Safe for any thread.
 */
public final class Convictions {
    /** Most requests that are remembered; beyond it the oldest is forgotten. Each has cost a replica two processes, so more is no accident. */
    public static final int CONVICTIONS_MAX = 1024;

    /** How long a request is refused after a replica refused it: as long as the replica itself remembers. */
    public static final Duration CONVICTION_TIME = Duration.ofHours(1);

    private final LongSupplier clock;
    /** By digest: when it was convicted, the oldest first. Guarded by itself. */
    private final LinkedHashMap<String, Long> convicts = new LinkedHashMap<>();

    /** @param clock nanoseconds from any start, never going back */
    public Convictions(LongSupplier clock) {
        this.clock = clock;
    }

    /** A replica has refused this request as one that kills it. */
    public void add(String digest) {
        synchronized (convicts) {
            convicts.remove(digest);
            convicts.put(digest, clock.getAsLong());
            if (convicts.size() > CONVICTIONS_MAX) {
                convicts.pollFirstEntry();
            }
        }
    }

    /** Whether the request is among them. {@code digest} is asked for only if there are any: nearly always there are none. */
    public boolean has(Supplier<String> digest) {
        return !isEmpty() && hasDigest(digest.get());
    }

    private boolean isEmpty() {
        synchronized (convicts) {
            forgetOld();
            return convicts.isEmpty();
        }
    }

    private boolean hasDigest(String digest) {
        synchronized (convicts) {
            return convicts.containsKey(digest);
        }
    }

    private void forgetOld() {
        var now = clock.getAsLong();
        convicts.values().removeIf(since -> now - since >= CONVICTION_TIME.toNanos());
    }
}
