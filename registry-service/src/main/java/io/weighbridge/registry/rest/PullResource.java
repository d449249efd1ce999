package io.weighbridge.registry.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.weighbridge.registry.ingest.PullStatus;
import io.weighbridge.registry.ingest.Pulls;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** Watching pulls. */
@Path("/api/v1/pulls/{id}")
public final class PullResource {
    private final Pulls pulls;
    private final ObjectMapper json;

    PullResource(Pulls pulls, ObjectMapper json) {
        this.pulls = pulls;
        this.json = json;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Views.PullView pull(@PathParam("id") String id) {
        return Views.of(existing(id));
    }

    /** A slow reader gets the newest state, not every one; the last is never lost. */
    @GET
    @Path("events")
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public Multi<String> events(@PathParam("id") String id) {
        existing(id);
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            var stop = pulls.watch(id, status -> {
                                emitter.emit(line(status));
                                if (status.ended()) {
                                    emitter.complete();
                                }
                            });
                            emitter.onTermination(stop.orElse(emitter::complete));
                        },
                        BackPressureStrategy.LATEST);
    }

    /** The leading space makes the wire say {@code data: {...}}, as most writers do. */
    private String line(PullStatus status) {
        try {
            return " " + json.writeValueAsString(Views.of(status));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("views are plain records", e);
        }
    }

    private PullStatus existing(String id) {
        return pulls.find(id)
                .orElseThrow(() -> new ApiException(
                        ErrorCode.PULL_NOT_FOUND, "no such pull; the registry forgets pulls when it restarts"));
    }
}
