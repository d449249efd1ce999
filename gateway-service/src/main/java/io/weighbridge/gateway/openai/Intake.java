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
import io.weighbridge.gateway.routing.Attempts.Wish;
import io.weighbridge.gateway.routing.Convictions;
import io.weighbridge.gateway.routing.Router;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * How every request to a model comes in: who sends it is found out, its body is read up to the limit, and it becomes a call. The response
 * is written on the Vert.x response itself, byte for byte as OpenAI does, whatever the client's Accept header says.
 */
@ApplicationScoped
public class Intake {
    private static final Logger LOG = Logger.getLogger(Intake.class);

    private final Callers callers;
    private final LicenseGate gate;
    private final Router router;
    private final Convictions convictions;
    private final GatewayConfig config;

    Intake(Callers callers, LicenseGate gate, Router router, Convictions convictions, GatewayConfig config) {
        this.callers = callers;
        this.gate = gate;
        this.router = router;
        this.convictions = convictions;
        this.config = config;
    }

    /** Makes the call that a body asks for, or refuses it with an {@link ApiException}. */
    interface Opener {
        Call open(byte[] body, Arrival arrival);
    }

    /** A request whose body is read. */
    final class Arrival {
        private final String requestId;
        private final ReplicaCall.Sender sender;
        private final Urgency urgency;
        private final Answer answer;

        private Arrival(String requestId, ReplicaCall.Sender sender, Urgency urgency, Answer answer) {
            this.requestId = requestId;
            this.sender = sender;
            this.urgency = urgency;
            this.answer = answer;
        }

        String requestId() {
            return requestId;
        }

        Urgency urgency() {
            return urgency;
        }

        /** What a call needs that wants one of the models of {@code wish}. On the event loop of the request. */
        ReplicaCall.Setting setting(Wish wish) {
            return setting(wish, 1);
        }

        /** The same for a request with several prompts. */
        ReplicaCall.Setting setting(Wish wish, int prompts) {
            return new ReplicaCall.Setting(
                    new Attempts(gate, router, sender.requester(), wish, prompts),
                    convictions,
                    new ReplicaCall.Patience(config.replicaSilenceMax(), recoveryMax()),
                    sender,
                    answer,
                    Vertx.currentContext());
        }

        /** Nobody waits for a replica longer than the request may take. */
        private Duration recoveryMax() {
            var timeMaxMillis = urgency.timeMaxMillis();
            var timeMax = timeMaxMillis == null ? config.recoveryMax() : Duration.ofMillis(timeMaxMillis);
            return timeMax.compareTo(config.recoveryMax()) < 0 ? timeMax : config.recoveryMax();
        }
    }

    /** Answers the request with what {@code opener} makes of it; done when the response ended. */
    Uni<Void> serve(RoutingContext routing, Opener opener) {
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
                var sender = new ReplicaCall.Sender(
                        callers.requester(request, requestId), Callers.flag(request, "x-include-license"));
                var urgency = Urgency.of(request, sender.requester().caller());
                var arrival = new Arrival(requestId, sender, urgency, answer);
                BodyReader.read(
                        request,
                        config.requestBodyMax().asLongValue(),
                        body -> guard(answer, () -> start(opener.open(body, arrival), routing)),
                        answer::error);
            } catch (ApiException refused) {
                BodyReader.discard(request);
                answer.error(refused);
            }
        });
    }

    private static void start(Call call, RoutingContext routing) {
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
            LOG.error("a request failed", broken);
            answer.error(new ApiException(ErrorCode.INTERNAL_ERROR, "the gateway failed; its log says why"));
        }
    }
}
