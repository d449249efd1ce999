package io.weighbridge.inference.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weighbridge.engine.encoder.EmbeddingHead;
import io.weighbridge.engine.encoder.EncoderInput;
import io.weighbridge.engine.scheduler.Standing;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.flight.Flight;
import io.weighbridge.inference.flight.Flights;
import io.weighbridge.inference.loading.LoadedEncoder;
import io.weighbridge.inference.loading.Models;
import io.weighbridge.inference.loading.Task;
import io.weighbridge.inference.loop.EncoderJob;
import io.weighbridge.inference.loop.EncoderThread;
import io.weighbridge.inference.metrics.RequestMeter;
import io.weighbridge.inference.metrics.RequestMetrics;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.Embedding;
import io.weighbridge.v1.Score;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls that encoders answer. Texts become tokens on the calling worker thread; the answer is put together on a virtual thread, so that
 * the encoder's own thread computes and does nothing else. A call that is cancelled takes its work along.
 */
final class EncoderCalls {
    private static final Executor ANSWERS =
            task -> Thread.ofVirtual().name("encoder answer").start(task);

    private final Models models;
    private final Streams streams;
    private final InferenceConfig config;
    private final RequestMetrics metrics;
    private final Flights flights;

    EncoderCalls(Models models, Streams streams, InferenceConfig config, RequestMetrics metrics, Flights flights) {
        this.models = models;
        this.streams = streams;
        this.config = config;
        this.metrics = metrics;
        this.flights = flights;
    }

    /**
     * What a call wants of an encoder, and how its answer is made of the vectors.
     *
     * @param tokens of all inputs
     */
    private record Work<T>(
            EncoderThread thread, EncoderJob job, Flight flight, int tokens, Function<List<float[]>, T> answer) {}

    void embed(EmbedRequest request, StreamObserver<EmbedResponse> observer) {
        call(request.getModel(), Task.EMBED, observer, thread -> {
            var loaded = thread.loaded();
            var standing =
                    Standings.of(Standings.Asked.of(request), Context.current().getDeadline(), config);
            int dimensions = EncoderRequests.dimensions(request, loaded);
            var flight = flights.board(RequestDigest.of(request), request.getSuspect());
            var inputs = flights.prepare(flight, () -> EncoderRequests.inputs(request, loaded));
            boolean normalize = request.hasNormalize()
                    ? request.getNormalize()
                    : loaded.encoder().head().normalizes();
            return work(thread, EncoderJob.Kind.EMBED, inputs, standing, flight, (vectors, tokens) -> {
                var response =
                        EmbedResponse.newBuilder().setPromptTokens(tokens).setWeightsDigest(loaded.weightsDigest());
                vectors.forEach(vector ->
                        response.addEmbeddings(embedding(EmbeddingHead.shortened(vector, dimensions, normalize))));
                return response.build();
            });
        });
    }

    void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        call(request.getModel(), Task.SCORE, observer, thread -> {
            var loaded = thread.loaded();
            var standing =
                    Standings.of(Standings.Asked.of(request), Context.current().getDeadline(), config);
            var classifier = loaded.encoder().classifier();
            var flight = flights.board(RequestDigest.of(request), request.getSuspect());
            if (classifier == null) {
                return work(
                        thread,
                        EncoderJob.Kind.EMBED,
                        flights.prepare(flight, () -> EncoderRequests.apart(request, loaded)),
                        standing,
                        flight,
                        (vectors, tokens) -> cosines(request, vectors, scored(loaded, tokens)));
            }
            return work(
                    thread,
                    EncoderJob.Kind.CLASSIFY,
                    flights.prepare(flight, () -> EncoderRequests.pairs(request, loaded)),
                    standing,
                    flight,
                    (vectors, tokens) -> {
                        var response = scored(loaded, tokens).addAllLabels(classifier.labels());
                        vectors.forEach(values -> response.addScores(score(values)));
                        return response.build();
                    });
        });
    }

    private interface AnswerOf<T> {
        T of(List<float[]> vectors, int tokens);
    }

    private static <T> Work<T> work(
            EncoderThread thread,
            EncoderJob.Kind kind,
            List<EncoderInput> inputs,
            Standing standing,
            Flight flight,
            AnswerOf<T> answer) {
        int tokens = inputs.stream().mapToInt(EncoderInput::length).sum();
        return new Work<>(
                thread,
                new EncoderJob(kind, inputs, standing, flight),
                flight,
                tokens,
                vectors -> answer.of(vectors, tokens));
    }

    private <T> void call(
            String model, Task task, StreamObserver<T> observer, Function<EncoderThread, Work<T>> reader) {
        var call = (ServerCallStreamObserver<T>) observer;
        try {
            streams.entered();
        } catch (InferenceException e) {
            call.onError(GrpcErrors.of(e));
            return;
        }
        var meter = metrics.begin(model);
        Models.Use use = null;
        try {
            use = models.use(model);
            begin(use, reader.apply(Tasks.encoder(use.entry(), task)), call, meter);
        } catch (RuntimeException e) {
            meter.failed();
            if (use != null) {
                use.close();
            }
            streams.left();
            call.onError(GrpcErrors.of(e));
        }
    }

    private <T> void begin(Models.Use use, Work<T> work, ServerCallStreamObserver<T> call, RequestMeter meter) {
        var result = work.job().result();
        call.setOnCancelHandler(() -> result.cancel(false));
        var _ = result.whenCompleteAsync(
                (vectors, failure) -> {
                    use.close();
                    if (work.job().isTaken()) {
                        meter.accepted(work.tokens());
                    }
                    if (failure == null) {
                        flights.landed(work.flight());
                        meter.ended("stop");
                    } else if (result.isCancelled()) {
                        meter.ended("abort");
                    } else {
                        meter.failed();
                    }
                    answer(call, work, vectors, failure);
                    streams.left();
                },
                ANSWERS);
        work.thread().submit(work.job());
    }

    private static <T> void answer(
            ServerCallStreamObserver<T> call,
            Work<T> work,
            @Nullable List<float[]> vectors,
            @Nullable Throwable failure) {
        if (call.isCancelled()) {
            return;
        }
        if (vectors == null) {
            call.onError(GrpcErrors.of(reason(failure)));
            return;
        }
        try {
            call.onNext(work.answer().apply(vectors));
            call.onCompleted();
        } catch (RuntimeException e) {
            if (!call.isCancelled()) {
                call.onError(GrpcErrors.of(e));
            }
        }
    }

    private static Throwable reason(@Nullable Throwable failure) {
        if (failure instanceof CompletionException wrapped && wrapped.getCause() != null) {
            return wrapped.getCause();
        }
        return failure == null || failure instanceof CancellationException
                ? new InferenceException(ErrorCode.INTERNAL, "the request was cut off")
                : failure;
    }

    private static ScoreResponse.Builder scored(LoadedEncoder loaded, int tokens) {
        return ScoreResponse.newBuilder().setPromptTokens(tokens).setWeightsDigest(loaded.weightsDigest());
    }

    private static ScoreResponse cosines(ScoreRequest request, List<float[]> vectors, ScoreResponse.Builder response) {
        for (double cosine : EncoderRequests.cosines(request, vectors)) {
            response.addScores(Score.newBuilder().addValues((float) cosine));
        }
        return response.build();
    }

    private static Embedding embedding(float[] values) {
        var embedding = Embedding.newBuilder();
        for (float value : values) {
            embedding.addValues(value);
        }
        return embedding.build();
    }

    private static Score score(float[] values) {
        var score = Score.newBuilder();
        for (float value : values) {
            score.addValues(value);
        }
        return score.build();
    }
}
