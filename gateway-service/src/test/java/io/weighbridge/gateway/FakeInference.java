package io.weighbridge.gateway;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.Embedding;
import io.weighbridge.v1.EngineLoad;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.GetStatusResponse;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.ModelState;
import io.weighbridge.v1.ModelStatus;
import io.weighbridge.v1.Score;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.Task;
import io.weighbridge.v1.TextDelta;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A replica that does what the test wrote. Listens on loopback; safe for any thread. */
public final class FakeInference extends InferenceGrpc.InferenceImplBase implements AutoCloseable {
    public static final int CONTEXT_LENGTH = 2048;

    /** What the replica does with one request; runs on a thread of its own. */
    public interface Script {
        void run(GenerateRequest request, Stream stream) throws Exception;
    }

    /** The replica's end of one completion. */
    public static final class Stream {
        private final ServerCallStreamObserver<GenerateEvent> observer;

        private Stream(ServerCallStreamObserver<GenerateEvent> observer) {
            this.observer = observer;
        }

        public Stream started(int promptTokens) {
            return send(GenerateEvent.newBuilder()
                    .setStarted(Started.newBuilder()
                            .setPromptTokens(promptTokens)
                            .setWeightsDigest("sha256:0123456789abcdef")));
        }

        public Stream text(String text) {
            return send(
                    GenerateEvent.newBuilder().setText(TextDelta.newBuilder().setText(text)));
        }

        public Stream finished(FinishReason reason, int promptTokens, int completionTokens) {
            return send(GenerateEvent.newBuilder()
                    .setFinished(Finished.newBuilder()
                            .setReason(reason)
                            .setPromptTokens(promptTokens)
                            .setCompletionTokens(completionTokens)));
        }

        public void end() {
            observer.onCompleted();
        }

        public void fail(Status status, String code, String param) {
            fail(status, code, param, "");
        }

        public void fail(Status status, String code, String param, String retryAfter) {
            var trailers = new Metadata();
            if (!retryAfter.isEmpty()) {
                trailers.put(Metadata.Key.of("weighbridge-retry-after", Metadata.ASCII_STRING_MARSHALLER), retryAfter);
            }
            if (!code.isEmpty()) {
                trailers.put(Metadata.Key.of("weighbridge-error-code", Metadata.ASCII_STRING_MARSHALLER), code);
            }
            if (!param.isEmpty()) {
                trailers.put(Metadata.Key.of("weighbridge-error-param", Metadata.ASCII_STRING_MARSHALLER), param);
            }
            observer.onError(status.asRuntimeException(trailers));
        }

        /** True while the caller can take more without this side buffering it. */
        public boolean ready() {
            return observer.isReady();
        }

        public boolean cancelled() {
            return observer.isCancelled();
        }

        /** Any event, as it is. */
        public Stream send(GenerateEvent.Builder event) {
            observer.onNext(event.build());
            return this;
        }
    }

    /** What the replica does with one request that has one answer; null answers are never sent. */
    public interface Answers<Q, A> {
        A answer(Q request) throws Exception;
    }

    private final Map<String, List<Task>> tasks = new ConcurrentHashMap<>();
    private final BlockingQueue<EmbedRequest> embedRequests = new LinkedBlockingQueue<>();
    private final BlockingQueue<ScoreRequest> scoreRequests = new LinkedBlockingQueue<>();
    private volatile Answers<EmbedRequest, EmbedResponse> embeds = FakeInference::lengths;
    private volatile Answers<ScoreRequest, ScoreResponse> scores = FakeInference::shares;

    private final Set<String> readyModels = ConcurrentHashMap.newKeySet();
    private final BlockingQueue<GenerateRequest> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> cancellations = new LinkedBlockingQueue<>();
    private volatile Script script = FakeInference::paris;
    private volatile Server server;
    private volatile int running;
    private volatile boolean draining;
    private int port;

    public FakeInference() {
        start();
    }

    /** A completion of two pieces. */
    public static void paris(GenerateRequest request, Stream stream) {
        stream.started(7)
                .text("Par")
                .text("is")
                .finished(FinishReason.FINISH_REASON_STOP, 7, 2)
                .end();
    }

    /** A vector is the number of the input's characters or tokens, then its place. */
    public static EmbedResponse lengths(EmbedRequest request) {
        var response = EmbedResponse.newBuilder().setWeightsDigest("sha256:0123456789abcdef");
        for (int i = 0; i < request.getInputsCount(); i++) {
            var input = request.getInputs(i);
            int length = input.hasText()
                    ? input.getText().length()
                    : input.getTokenIds().getIdsCount();
            response.addEmbeddings(Embedding.newBuilder().addValues(length).addValues(i));
            response.setPromptTokens(response.getPromptTokens() + length);
        }
        return response.build();
    }

    /** A score is the document's length over 100. */
    public static ScoreResponse shares(ScoreRequest request) {
        var response = ScoreResponse.newBuilder().setPromptTokens(11);
        for (var document : request.getDocumentsList()) {
            response.addScores(Score.newBuilder().addValues(document.length() / 100f));
        }
        return response.build();
    }

    /** A failure as a replica reports it. */
    public static StatusRuntimeException failure(Status status, String code, String param) {
        var trailers = new Metadata();
        trailers.put(Metadata.Key.of("weighbridge-error-code", Metadata.ASCII_STRING_MARSHALLER), code);
        trailers.put(Metadata.Key.of("weighbridge-error-param", Metadata.ASCII_STRING_MARSHALLER), param);
        return status.asRuntimeException(trailers);
    }

    public void embeds(Answers<EmbedRequest, EmbedResponse> answers) {
        embeds = answers;
    }

    public void scores(Answers<ScoreRequest, ScoreResponse> answers) {
        scores = answers;
    }

    /** What the replica says that the model can be asked for. */
    public void tasks(String model, Task... all) {
        tasks.put(model, List.of(all));
    }

    public EmbedRequest nextEmbedRequest() throws InterruptedException {
        return next("request for embeddings", embedRequests);
    }

    public ScoreRequest nextScoreRequest() throws InterruptedException {
        return next("request for scores", scoreRequests);
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public void script(Script script) {
        this.script = script;
    }

    public void serve(Collection<String> models) {
        readyModels.clear();
        readyModels.addAll(models);
    }

    /** Whether it says that it takes no more requests. */
    public void draining(boolean drains) {
        draining = drains;
    }

    public void running(int sequences) {
        running = sequences;
    }

    /** The next request that arrived here; fails when none does. */
    public GenerateRequest nextRequest() throws InterruptedException {
        return next("request", requests);
    }

    /** The id of the next request that was cancelled; fails when none is. */
    public String nextCancellation() throws InterruptedException {
        return next("cancellation", cancellations);
    }

    public int requestCount() {
        return requests.size();
    }

    public void forget() {
        tasks.clear();
        embedRequests.clear();
        scoreRequests.clear();
        embeds = FakeInference::lengths;
        scores = FakeInference::shares;
        requests.clear();
        cancellations.clear();
    }

    private static <T> T next(String what, BlockingQueue<T> queue) throws InterruptedException {
        var next = queue.poll(5, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no %s arrived at the replica".formatted(what));
        }
        return next;
    }

    /** Dies as a process does: every connection breaks. */
    public void kill() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts again on the same port after {@link #kill}. */
    public void start() {
        try {
            server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                    .addService(this)
                    .build()
                    .start();
            port = server.getPort();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    public boolean alive() {
        return !server.isShutdown();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateEvent> observer) {
        requests.add(request);
        var stream = (ServerCallStreamObserver<GenerateEvent>) observer;
        stream.setOnCancelHandler(() -> cancellations.add(request.getRequestId()));
        Thread.ofVirtual().start(() -> {
            try {
                script.run(request, new Stream(stream));
            } catch (Exception broken) {
                if (!stream.isCancelled()) {
                    stream.onError(
                            Status.INTERNAL.withDescription(broken.toString()).asException());
                }
            }
        });
    }

    @Override
    public void embed(EmbedRequest request, StreamObserver<EmbedResponse> observer) {
        embedRequests.add(request);
        answer(request.getRequestId(), observer, () -> embeds.answer(request));
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        scoreRequests.add(request);
        answer(request.getRequestId(), observer, () -> scores.answer(request));
    }

    private <A> void answer(String requestId, StreamObserver<A> observer, Callable<A> work) {
        var call = (ServerCallStreamObserver<A>) observer;
        call.setOnCancelHandler(() -> cancellations.add(requestId));
        Thread.ofVirtual().start(() -> {
            try {
                call.onNext(work.call());
                call.onCompleted();
            } catch (Exception failure) {
                if (!call.isCancelled()) {
                    call.onError(failure);
                }
            }
        });
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
        var response = GetStatusResponse.newBuilder();
        readyModels.forEach(model -> response.addModels(ModelStatus.newBuilder()
                .setModel(model)
                .setState(ModelState.MODEL_STATE_READY)
                .setContextLength(CONTEXT_LENGTH)
                .setLoad(EngineLoad.newBuilder().setDraining(draining))
                .addAllTasks(tasks.getOrDefault(model, List.of()))
                .setSequencesRunning(running)));
        response.addModels(ModelStatus.newBuilder().setModel("acme/loading").setState(ModelState.MODEL_STATE_LOADING));
        observer.onNext(response.build());
        observer.onCompleted();
    }
}
