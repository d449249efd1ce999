package io.weighbridge.gateway.upstream;

import com.google.protobuf.Message;
import io.grpc.stub.StreamObserver;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.InferenceGrpc.InferenceStub;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;

/** A request to a replica that has one answer. */
public interface Question<A> {
    /** Asks it of {@code model}, whichever model the request names. */
    void ask(InferenceStub stub, String model, StreamObserver<A> observer);

    /** What is sent, but for the model. */
    Message request();

    /** The same, said to be one that a replica was lost with. */
    Question<A> suspect();

    /** For embeddings. */
    static Question<EmbedResponse> of(EmbedRequest request) {
        return new Embed(request);
    }

    /** For scores. */
    static Question<ScoreResponse> of(ScoreRequest request) {
        return new Score(request);
    }

    /** For embeddings. */
    record Embed(EmbedRequest request) implements Question<EmbedResponse> {
        @Override
        public void ask(InferenceStub stub, String model, StreamObserver<EmbedResponse> observer) {
            stub.embed(request.toBuilder().setModel(model).build(), observer);
        }

        @Override
        public Question<EmbedResponse> suspect() {
            return new Embed(request.toBuilder().setSuspect(true).build());
        }
    }

    /** For scores. */
    record Score(ScoreRequest request) implements Question<ScoreResponse> {
        @Override
        public void ask(InferenceStub stub, String model, StreamObserver<ScoreResponse> observer) {
            stub.score(request.toBuilder().setModel(model).build(), observer);
        }

        @Override
        public Question<ScoreResponse> suspect() {
            return new Score(request.toBuilder().setSuspect(true).build());
        }
    }
}
