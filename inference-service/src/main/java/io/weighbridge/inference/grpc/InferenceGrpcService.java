package io.weighbridge.inference.grpc;

import io.grpc.Context;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import io.smallrye.common.annotation.Blocking;
import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.executor.MemoryNeed;
import io.weighbridge.inference.flight.Flights;
import io.weighbridge.inference.loading.ModelEntry;
import io.weighbridge.inference.loading.Models;
import io.weighbridge.inference.metrics.RequestMetrics;
import io.weighbridge.inference.variant.Passport;
import io.weighbridge.v1.DetokenizeRequest;
import io.weighbridge.v1.DetokenizeResponse;
import io.weighbridge.v1.EmbedRequest;
import io.weighbridge.v1.EmbedResponse;
import io.weighbridge.v1.EngineLoad;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.GetStatusResponse;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.LoadModelRequest;
import io.weighbridge.v1.LoadModelResponse;
import io.weighbridge.v1.MemoryUse;
import io.weighbridge.v1.ModelState;
import io.weighbridge.v1.ModelStatus;
import io.weighbridge.v1.NumericsPassport;
import io.weighbridge.v1.ScoreRequest;
import io.weighbridge.v1.ScoreResponse;
import io.weighbridge.v1.TokenizeRequest;
import io.weighbridge.v1.TokenizeResponse;
import io.weighbridge.v1.UnloadModelRequest;
import io.weighbridge.v1.UnloadModelResponse;
import java.time.Instant;
import java.util.concurrent.Callable;

/** The proto's Inference service. Prompts are rendered and encoded on worker threads, not on the engine's. */
@GrpcService
class InferenceGrpcService extends InferenceGrpc.InferenceImplBase {
    private final Models models;
    private final Streams streams;
    private final InferenceConfig config;
    private final RequestMetrics metrics;
    private final Flights flights;
    private final EncoderCalls encoders;
    private final Grammars grammars = new Grammars();
    private final Instant startedAt = Instant.now();

    InferenceGrpcService(
            Models models, Streams streams, InferenceConfig config, RequestMetrics metrics, Flights flights) {
        this.models = models;
        this.streams = streams;
        this.config = config;
        this.metrics = metrics;
        this.flights = flights;
        this.encoders = new EncoderCalls(models, streams, config, metrics, flights);
    }

    @Override
    @Blocking
    public void generate(GenerateRequest request, StreamObserver<GenerateEvent> observer) {
        var call = (ServerCallStreamObserver<GenerateEvent>) observer;
        try {
            streams.entered();
        } catch (InferenceException e) {
            call.onError(GrpcErrors.of(e));
            return;
        }
        GenerateStream stream;
        try {
            stream = start(request, call);
        } catch (RuntimeException e) {
            streams.left();
            call.onError(GrpcErrors.of(e));
            return;
        }
        call.setOnCancelHandler(stream::cancelled);
        call.setOnReadyHandler(stream::ready);
        stream.begin();
    }

    @Override
    @Blocking
    public void embed(EmbedRequest request, StreamObserver<EmbedResponse> observer) {
        encoders.embed(request, observer);
    }

    @Override
    @Blocking
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
        encoders.score(request, observer);
    }

    @Override
    @Blocking
    public void loadModel(LoadModelRequest request, StreamObserver<LoadModelResponse> observer) {
        answer(
                observer,
                () -> LoadModelResponse.newBuilder()
                        .setStatus(status(models.loadAndWait(request.getModel())))
                        .build());
    }

    @Override
    @Blocking
    public void unloadModel(UnloadModelRequest request, StreamObserver<UnloadModelResponse> observer) {
        answer(observer, () -> {
            models.unload(request.getModel());
            return UnloadModelResponse.getDefaultInstance();
        });
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> observer) {
        answer(
                observer,
                () -> GetStatusResponse.newBuilder()
                        .addAllModels(models.all().stream()
                                .map(InferenceGrpcService::status)
                                .toList())
                        .setStartedAtEpochSeconds(startedAt.getEpochSecond())
                        .setMemoryBudgetBytes(models.memoryBudgetBytes())
                        .setMemoryUsedBytes(models.memoryUsedBytes())
                        .build());
    }

    @Override
    @Blocking
    public void tokenize(TokenizeRequest request, StreamObserver<TokenizeResponse> observer) {
        answer(observer, () -> {
            var response = TokenizeResponse.newBuilder();
            try (var use = models.use(request.getModel())) {
                var loaded = RunningModel.thread(use.entry()).loaded();
                for (int tokenId : loaded.tokenizer().encode(request.getText(), request.getAddSpecialTokens())) {
                    response.addTokenIds(tokenId);
                }
                return response.build();
            }
        });
    }

    @Override
    @Blocking
    public void detokenize(DetokenizeRequest request, StreamObserver<DetokenizeResponse> observer) {
        answer(observer, () -> {
            try (var use = models.use(request.getModel())) {
                var tokenIds = Requests.tokenIds(
                        request.getTokenIdsList(),
                        RunningModel.opened(use.entry()).vocabularySize(),
                        "token_ids");
                var loaded = RunningModel.thread(use.entry()).loaded();
                return DetokenizeResponse.newBuilder()
                        .setText(loaded.tokenizer().decode(tokenIds))
                        .build();
            }
        });
    }

    private GenerateStream start(GenerateRequest request, ServerCallStreamObserver<GenerateEvent> call) {
        var use = models.use(request.getModel());
        var meter = metrics.begin(request.getModel());
        try {
            var flight = flights.board(RequestDigest.of(request), request.getSuspect());
            var running = RunningModel.of(use.entry());
            var standing = Standings.of(request, Context.current().getDeadline(), config);
            var wanted = flights.prepare(
                    flight,
                    () -> Requests.read(
                            request, running.loaded(), running.opened().vocabularySize(), standing, grammars));
            wanted.prompts()
                    .forEach(choices -> choices.forEach(choice -> choice.label(flight.digest(), flight.apart())));
            var tokenizer = running.loaded().tokenizer();
            return new GenerateStream(
                    call,
                    wanted,
                    () -> new AnswerReader(
                            tokenizer, request.getStopList(), wanted.answer(), wanted.tools(), wanted.singleCall()),
                    running.loaded(),
                    running.thread(),
                    meter,
                    () -> flights.landed(flight),
                    () -> {
                        use.close();
                        streams.left();
                    });
        } catch (RuntimeException e) {
            meter.failed();
            use.close();
            throw e;
        }
    }

    private static ModelStatus status(ModelEntry entry) {
        var status = ModelStatus.newBuilder()
                .setModel(entry.model())
                .setState(
                        switch (entry.state()) {
                            case LOADING -> ModelState.MODEL_STATE_LOADING;
                            case READY -> ModelState.MODEL_STATE_READY;
                            case FAILED -> ModelState.MODEL_STATE_FAILED;
                            case UNLOADING -> ModelState.MODEL_STATE_UNLOADING;
                            case EVICTED -> ModelState.MODEL_STATE_EVICTED;
                        })
                .setPinned(entry.pinned())
                .setFailure(entry.failure());
        var thread = entry.thread();
        var opened = entry.opened();
        if (thread != null && opened != null && entry.state() != ModelEntry.State.EVICTED) {
            var choice = thread.loaded().numerics();
            status.setWeightsDigest(thread.loaded().weightsDigest())
                    .setContextLength(opened.contextLength())
                    .setNumerics(choice.numerics().label())
                    .setNumericsReason(choice.reason())
                    .setReproducible(choice.reproducible())
                    .setMemory(memory(choice.need()))
                    .addAllTasks(Tasks.messages(thread.loaded()))
                    .setEmbeddingDimensions(Tasks.dimensions(thread.loaded()))
                    .setPassport(passport(thread.loaded().passport().get()))
                    .setSequencesRunning(thread.load().running())
                    .setSequencesWaiting(thread.load().waiting())
                    .setKvCacheUsage(thread.load().kvUsage())
                    .setLoad(load(thread.load()));
        }
        return status.build();
    }

    private static NumericsPassport passport(Passport passport) {
        var message = NumericsPassport.newBuilder().setSummary(passport.describe());
        switch (passport) {
            case Passport.Exact _ -> message.setExact(true);
            case Passport.Measured measured ->
                message.setPositions(measured.positions())
                        .setMeanDivergence(measured.meanDivergence())
                        .setLargestDivergence(measured.largestDivergence())
                        .setTopAgreement(measured.topAgreement());
            case Passport.NotMeasured _ -> {}
        }
        return message.build();
    }

    private static MemoryUse memory(MemoryNeed need) {
        return MemoryUse.newBuilder()
                .setWeightsBytes(need.weights())
                .setMappedBytes(need.mapped())
                .setKvBytes(need.kv())
                .setScratchBytes(need.scratch())
                .build();
    }

    private static EngineLoad load(Load load) {
        return EngineLoad.newBuilder()
                .setKvBlocksFree(load.blocksFree())
                .setKvBlocksIdle(load.blocksIdle())
                .setKvBlocksTotal(load.blocksTotal())
                .setPrefixCacheQueryTokens(load.prefixQueryTokens())
                .setPrefixCacheHitTokens(load.prefixHitTokens())
                .setPreemptions(load.preemptions())
                .setPromptTokensComputed(load.promptTokens())
                .setTokensGenerated(load.generatedTokens())
                .setTokensGuessed(load.guessedTokens())
                .setGuessesAccepted(load.guessesAccepted())
                .setPromptTokensPerSecond(load.promptTokensPerSecond())
                .setTokensGeneratedPerSecond(load.generatedTokensPerSecond())
                .setDraining(load.draining())
                .build();
    }

    private static <T> void answer(StreamObserver<T> observer, Callable<T> work) {
        T response;
        try {
            response = work.call();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            observer.onError(GrpcErrors.of(new InferenceException(ErrorCode.SHUTTING_DOWN, "interrupted")));
            return;
        } catch (Exception e) {
            observer.onError(GrpcErrors.of(e));
            return;
        }
        observer.onNext(response);
        observer.onCompleted();
    }
}
