package io.weighbridge.gateway.upstream;

import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears that a call to a replica failed. */
public interface FailureListener {
    /** The call failed; {@code code}, {@code param} and {@code retryAfter} come from the replica's trailers. */
    void onFailure(Status status, @Nullable String code, @Nullable String param, @Nullable Duration retryAfter);
}
