package io.weighbridge.gateway.openai;

import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.routing.Attempts;
import io.weighbridge.gateway.routing.Router;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.function.BiFunction;
import org.jboss.logging.Logger;

/**
 * Chat and text completions. The response is written on the Vert.x response itself: one path answers with JSON or with
 * server-sent events, byte for byte as OpenAI does, whatever the client's Accept header says.
 */
@Path("/v1")
public class CompletionResource {
    private static final Logger LOG = Logger.getLogger(CompletionResource.class);

    private final Callers callers;
    private final Wishes wishes;
    private final LicenseGate gate;
    private final Router router;
    private final GatewayConfig config;

    CompletionResource(Callers callers, Wishes wishes, LicenseGate gate, Router router, GatewayConfig config) {
        this.callers = callers;
        this.wishes = wishes;
        this.gate = gate;
        this.router = router;
        this.config = config;
    }

    @POST
    @Path("chat/completions")
    public Uni<Void> chat(@jakarta.ws.rs.core.Context RoutingContext routing) {
        return answer(routing, RequestParser::chat);
    }

    @POST
    @Path("completions")
    public Uni<Void> complete(@jakarta.ws.rs.core.Context RoutingContext routing) {
        return answer(routing, RequestParser::completion);
    }

    private Uni<Void> answer(RoutingContext routing, BiFunction<byte[], String, CompletionRequest> parser) {
        var request = routing.request();
        var requestId = Callers.requestId(request);
        var answer = new Answer(routing.response(), requestId);
        return Uni.createFrom().emitter(done -> {
            // Handlers on the response itself would displace those of Quarkus, which counts requests for a clean
            // shutdown.
            routing.addEndHandler(_ -> {
                done.complete(null);
                close(routing.response());
            });
            try {
                var sender = new CompletionCall.Sender(
                        callers.requester(request, requestId), Callers.flag(request, "x-include-license"));
                var urgency = Urgency.of(request, sender.requester().caller());
                BodyReader.read(
                        request,
                        config.requestBodyMax().asLongValue(),
                        body -> guard(
                                answer,
                                () -> start(urgency.of(parser.apply(body, requestId)), sender, answer, routing)),
                        answer::error);
            } catch (ApiException refused) {
                BodyReader.discard(request);
                answer.error(refused);
            }
        });
    }

    private void start(CompletionRequest request, CompletionCall.Sender sender, Answer answer, RoutingContext routing) {
        var attempts = new Attempts(gate, router, sender.requester(), wishes.of(request));
        var call = new CompletionCall(
                attempts,
                new CompletionCall.Patience(config.replicaSilenceMax(), config.recoveryMax()),
                sender,
                request,
                answer,
                Vertx.currentContext());
        routing.addEndHandler(_ -> call.abandon());
        call.start();
    }

    /** Ends a response whose client left: Quarkus counts a request as running until then, and would wait for it to stop. */
    private static void close(HttpServerResponse response) {
        if (!response.ended()) {
            var _ = response.end();
        }
    }

    private static void guard(Answer answer, Runnable work) {
        try {
            work.run();
        } catch (ApiException refused) {
            answer.error(refused);
        } catch (RuntimeException broken) {
            LOG.error("a completion request failed", broken);
            answer.error(new ApiException(ErrorCode.INTERNAL_ERROR, "the gateway failed; its log says why"));
        }
    }
}
