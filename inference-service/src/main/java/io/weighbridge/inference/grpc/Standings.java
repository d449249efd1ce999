package io.weighbridge.inference.grpc;

import io.grpc.Deadline;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ScoreRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads from a request where it stands among others. */
final class Standings {
    /** Longest name of a tenant, in characters: the engine keeps it for a while. */
    static final int TENANT_CHARS_MAX = 256;

    private Standings() {}

    /** What every kind of request says of itself. */
    record Asked(
            String tenant,
            int priority,
            @Nullable Duration queueTimeMax,
            @Nullable Duration timeMax) {
        static Asked of(GenerateRequest request) {
            return new Asked(
                    request.getTenant(),
                    request.getPriority(),
                    request.hasQueueTimeMaxMillis() ? millis(request.getQueueTimeMaxMillis()) : null,
                    request.hasTimeMaxMillis() ? millis(request.getTimeMaxMillis()) : null);
        }

        static Asked of(EmbedRequest request) {
            return new Asked(
                    request.getTenant(),
                    request.getPriority(),
                    request.hasQueueTimeMaxMillis() ? millis(request.getQueueTimeMaxMillis()) : null,
                    request.hasTimeMaxMillis() ? millis(request.getTimeMaxMillis()) : null);
        }

        static Asked of(ScoreRequest request) {
            return new Asked(
                    request.getTenant(),
                    request.getPriority(),
                    request.hasQueueTimeMaxMillis() ? millis(request.getQueueTimeMaxMillis()) : null,
                    request.hasTimeMaxMillis() ? millis(request.getTimeMaxMillis()) : null);
        }
    }

    static Standing of(GenerateRequest request, @Nullable Deadline deadline, InferenceConfig config) {
        return of(Asked.of(request), deadline, config);
    }

    static Standing of(Asked asked, @Nullable Deadline deadline, InferenceConfig config) {
        var tenant = asked.tenant();
        if (tenant.length() > TENANT_CHARS_MAX) {
            throw InferenceException.badParam(
                    "tenant",
                    "tenant has %d characters, at most %d are allowed".formatted(tenant.length(), TENANT_CHARS_MAX));
        }
        if (asked.priority() < Standing.PRIORITY_MIN || asked.priority() > Standing.PRIORITY_MAX) {
            throw InferenceException.badParam(
                    "priority",
                    "priority must be %d to %d, is %d"
                            .formatted(Standing.PRIORITY_MIN, Standing.PRIORITY_MAX, asked.priority()));
        }
        return new Standing(
                tenant,
                config.tenantWeights().getOrDefault(tenant, 1),
                asked.priority(),
                timeMax(asked.timeMax(), deadline),
                asked.queueTimeMax(),
                config.prefixCacheShared() ? "" : tenant);
    }

    private static @Nullable Duration timeMax(@Nullable Duration asked, @Nullable Deadline deadline) {
        if (deadline == null) {
            return asked;
        }
        var left = Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
        return asked == null || left.compareTo(asked) < 0 ? left : asked;
    }

    private static Duration millis(int unsigned) {
        return Duration.ofMillis(Integer.toUnsignedLong(unsigned));
    }
}
