package io.weighbridge.gateway.openai;

import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import io.weighbridge.gateway.upstream.Question;
import io.weighbridge.v1.Task;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import java.util.UUID;

/** What encoders are asked for: embeddings as OpenAI has them, reranking as Jina and Cohere, scores as vLLM. */
@Path("/v1")
public class EncoderResource {
    private final Intake intake;
    private final Wishes wishes;

    EncoderResource(Intake intake, Wishes wishes) {
        this.intake = intake;
        this.wishes = wishes;
    }

    @POST
    @Path("embeddings")
    public Uni<Void> embed(@Context RoutingContext routing) {
        return intake.serve(routing, (body, arrival) -> {
            var request = EmbeddingRequest.parse(body, arrival.requestId());
            return new QuestionCall<>(
                    arrival.setting(wishes.of(request.model(), Task.TASK_EMBED)),
                    "embd-" + UUID.randomUUID(),
                    Question.of(arrival.urgency().of(request.embed())),
                    EmbeddingRequest.RENAMES,
                    request::body);
        });
    }

    @POST
    @Path("rerank")
    public Uni<Void> rerank(@Context RoutingContext routing) {
        return rank(intake, wishes, routing, "1");
    }

    @POST
    @Path("score")
    public Uni<Void> score(@Context RoutingContext routing) {
        return intake.serve(routing, (body, arrival) -> {
            var request = PairRequest.parse(body, arrival.requestId());
            var id = "score-" + UUID.randomUUID();
            var created = System.currentTimeMillis() / 1000;
            return new QuestionCall<>(
                    arrival.setting(wishes.of(request.model(), Task.TASK_SCORE)),
                    id,
                    Question.of(arrival.urgency().of(request.score())),
                    PairRequest.RENAMES,
                    (response, model) -> request.body(response, model, id, created));
        });
    }

    /** Reranks for either version of the interface. */
    static Uni<Void> rank(Intake intake, Wishes wishes, RoutingContext routing, String version) {
        return intake.serve(routing, (body, arrival) -> {
            var request = RankRequest.parse(body, arrival.requestId());
            var id = "rerank-" + UUID.randomUUID();
            return new QuestionCall<>(
                    arrival.setting(wishes.of(request.model(), Task.TASK_SCORE)),
                    id,
                    Question.of(arrival.urgency().of(request.score())),
                    RankRequest.RENAMES,
                    (response, model) -> request.body(response, model, id, version));
        });
    }
}
