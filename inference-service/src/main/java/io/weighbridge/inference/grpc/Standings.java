package io.weighbridge.inference.grpc;

import io.grpc.Deadline;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.v1.GenerateRequest;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads from a request where it stands among others. */
final class Standings {
    /** Longest name of a tenant, in characters: the engine keeps it for a while. */
    static final int TENANT_CHARS_MAX = 256;

    private Standings() {}

    static Standing of(GenerateRequest request, @Nullable Deadline deadline, InferenceConfig config) {
        var tenant = request.getTenant();
        if (tenant.length() > TENANT_CHARS_MAX) {
            throw InferenceException.badParam(
                    "tenant",
                    "tenant has %d characters, at most %d are allowed".formatted(tenant.length(), TENANT_CHARS_MAX));
        }
        if (request.getPriority() < Standing.PRIORITY_MIN || request.getPriority() > Standing.PRIORITY_MAX) {
            throw InferenceException.badParam(
                    "priority",
                    "priority must be %d to %d, is %d"
                            .formatted(Standing.PRIORITY_MIN, Standing.PRIORITY_MAX, request.getPriority()));
        }
        return new Standing(
                tenant,
                config.tenantWeights().getOrDefault(tenant, 1),
                request.getPriority(),
                timeMax(request, deadline),
                request.hasQueueTimeMaxMillis() ? millis(request.getQueueTimeMaxMillis()) : null,
                config.prefixCacheShared() ? "" : tenant);
    }

    private static @Nullable Duration timeMax(GenerateRequest request, @Nullable Deadline deadline) {
        var asked = request.hasTimeMaxMillis() ? millis(request.getTimeMaxMillis()) : null;
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
