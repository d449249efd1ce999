package io.weighbridge.gateway.upstream;

import io.grpc.Status;
import io.weighbridge.v1.GenerateEvent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Receives one completion, on the executor given with it, never two calls at once. */
public interface GenerationListener {
    /** The call exists; called first, with no event asked for yet. */
    void onOpen(Generation generation);

    void onEvent(GenerateEvent event);

    /** The replica closed the stream. Whether it was whole shows in the events: a whole one had a Finished. */
    void onEnd();

    /** The call failed; {@code code}, {@code param} and {@code retryAfter} come from the replica's trailers. */
    void onFailure(Status status, @Nullable String code, @Nullable String param, @Nullable Duration retryAfter);
}
