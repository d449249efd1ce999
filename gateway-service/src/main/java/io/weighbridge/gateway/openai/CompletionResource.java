package io.weighbridge.gateway.openai;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.function.BiFunction;

/** Chat and text completions: one path answers with JSON or with server-sent events. */
@Path("/v1")
public class CompletionResource {
    private final Intake intake;
    private final Wishes wishes;

    CompletionResource(Intake intake, Wishes wishes) {
        this.intake = intake;
        this.wishes = wishes;
    }

    @POST
    @Path("chat/completions")
    public Uni<Void> chat(@Context RoutingContext routing) {
        return answer(routing, RequestParser::chat);
    }

    @POST
    @Path("completions")
    public Uni<Void> complete(@Context RoutingContext routing) {
        return answer(routing, RequestParser::completion);
    }

    private Uni<Void> answer(RoutingContext routing, BiFunction<byte[], String, CompletionRequest> parser) {
        return intake.serve(routing, (body, arrival) -> {
            var request = arrival.urgency().of(parser.apply(body, arrival.requestId()));
            var setting = arrival.setting(wishes.of(request), request.prompts().size());
            return new CompletionCall(setting, request);
        });
    }
}
