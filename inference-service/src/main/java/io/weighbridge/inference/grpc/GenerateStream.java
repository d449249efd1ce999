package io.weighbridge.inference.grpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.weighbridge.engine.message.MessageDelta;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import io.weighbridge.inference.loop.EngineThread;
import io.weighbridge.inference.loop.GenerationListener;
import io.weighbridge.inference.loop.Refusals;
import io.weighbridge.inference.metrics.RequestMeter;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.ReasoningDelta;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One Generate call: turns the sequence's tokens into events and gives them to gRPC as fast as the client reads. What the
 * client has not read waits here, up to {@link #EVENTS_PENDING_MAX}; a client further behind loses its stream, because the
 * engine never waits for anyone. Called by the engine's thread and by gRPC's, hence the locks; gRPC's observer is only called
 * while the lock is held.
 */
final class GenerateStream implements GenerationListener {
    /** Events that wait for a slow client, beside what gRPC itself buffers; about a minute of a fast model's output. */
    static final int EVENTS_PENDING_MAX = 1024;

    private final ServerCallStreamObserver<GenerateEvent> observer;
    private final Sequence sequence;
    private final LoadedModel loaded;
    private final AnswerReader answer;
    private final EngineThread thread;
    private final RequestMeter meter;
    private final Runnable onClosed;
    private final Queue<GenerateEvent> pending = new ArrayDeque<>();
    private final List<Integer> newTokenIds = new ArrayList<>();
    private final List<TokenLogprobs> newLogprobs = new ArrayList<>();
    private final LogprobMessages messages;
    private int tokenCount;
    private boolean complete;
    private boolean closed;

    /** @param onClosed called once, when nothing more will be sent */
    GenerateStream(
            ServerCallStreamObserver<GenerateEvent> observer,
            Sequence sequence,
            AnswerReader answer,
            LoadedModel loaded,
            EngineThread thread,
            RequestMeter meter,
            Runnable onClosed) {
        this.observer = observer;
        this.sequence = sequence;
        this.loaded = loaded;
        this.answer = answer;
        this.messages = new LogprobMessages(loaded.tokenizer().vocabulary());
        this.thread = thread;
        this.meter = meter;
        this.onClosed = onClosed;
    }

    /** Hands the sequence to the engine. */
    void begin() {
        thread.submit(sequence, this);
    }

    /** The client can take more. */
    synchronized void ready() {
        drain();
    }

    /** The client has hung up. */
    synchronized void cancelled() {
        sequence.cancel();
        meter.ended("abort");
        close();
    }

    @Override
    public synchronized void accepted() {
        meter.accepted(sequence.promptLength());
        if (!sequence.wantsPromptLogprobs()) {
            // A prompt of one token has no log probabilities to wait for.
            sendStarted(sequence.tellsPrompt() ? messages.prompt(sequence.promptIds(), List.of()) : List.of());
        }
    }

    @Override
    public synchronized void prompt(List<Logprobs> logprobs) {
        sendStarted(messages.prompt(sequence.promptIds(), logprobs));
    }

    private void sendStarted(List<TokenLogprobs> promptLogprobs) {
        send(GenerateEvent.newBuilder()
                .setStarted(Started.newBuilder()
                        .setPromptTokens(sequence.promptLength())
                        .setWeightsDigest(loaded.weightsDigest())
                        .addAllPromptLogprobs(promptLogprobs))
                .build());
    }

    @Override
    public synchronized void token(int tokenId, @Nullable Logprobs logprobs) {
        if (complete || closed) {
            return;
        }
        tokenCount++;
        meter.token();
        newTokenIds.add(tokenId);
        if (logprobs != null) {
            newLogprobs.add(messages.of(logprobs));
        }
        sendAll(answer.token(tokenId));
        if (answer.stopped()) {
            sequence.cancel();
            finish(FinishReason.FINISH_REASON_STOP);
        }
    }

    @Override
    public synchronized void ended(io.weighbridge.engine.scheduler.FinishReason reason) {
        if (complete || closed) {
            return;
        }
        switch (reason) {
            case STOP -> {
                sendAll(answer.end());
                finish(FinishReason.FINISH_REASON_STOP);
            }
            case LENGTH -> {
                sendAll(answer.end());
                finish(answer.stopped() ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH);
            }
            case CANCELLED, QUEUE_TIME_EXCEEDED, DEADLINE_EXCEEDED, FAILED -> failed(Refusals.of(reason));
        }
    }

    @Override
    public synchronized void failed(InferenceException failure) {
        if (complete || closed) {
            return;
        }
        pending.clear();
        meter.ended("error");
        observer.onError(GrpcErrors.of(failure));
        close();
    }

    private void finish(FinishReason reason) {
        meter.ended(reason == FinishReason.FINISH_REASON_LENGTH ? "length" : "stop");
        if (!newTokenIds.isEmpty()) {
            sendText("");
        }
        boolean called = answer.calledTools() && reason == FinishReason.FINISH_REASON_STOP;
        send(GenerateEvent.newBuilder()
                .setFinished(Finished.newBuilder()
                        .setReason(called ? FinishReason.FINISH_REASON_TOOL_CALLS : reason)
                        .setPromptTokens(sequence.promptLength())
                        .setCompletionTokens(tokenCount)
                        .setCachedTokens(sequence.cachedTokens()))
                .build());
        complete = true;
        drain();
    }

    private void sendAll(List<MessageDelta> deltas) {
        for (var delta : deltas) {
            switch (delta) {
                case MessageDelta.Content(var text) -> sendText(text);
                case MessageDelta.Reasoning(var text) ->
                    send(GenerateEvent.newBuilder()
                            .setReasoning(ReasoningDelta.newBuilder().setText(text))
                            .build());
                case MessageDelta.CallStarted(var index, var id, var name) ->
                    send(GenerateEvent.newBuilder()
                            .setToolCall(ToolCallStart.newBuilder()
                                    .setCallIndex(index)
                                    .setId(id)
                                    .setName(name))
                            .build());
                case MessageDelta.CallArguments(var index, var text) ->
                    send(GenerateEvent.newBuilder()
                            .setToolCallArguments(ToolCallArguments.newBuilder()
                                    .setCallIndex(index)
                                    .setText(text))
                            .build());
            }
        }
    }

    private void sendText(String text) {
        send(GenerateEvent.newBuilder()
                .setText(TextDelta.newBuilder()
                        .setText(text)
                        .addAllTokenIds(newTokenIds)
                        .addAllLogprobs(newLogprobs))
                .build());
        newTokenIds.clear();
        newLogprobs.clear();
    }

    private void send(GenerateEvent event) {
        if (closed) {
            return;
        }
        pending.add(event);
        drain();
        if (pending.size() > EVENTS_PENDING_MAX) {
            sequence.cancel();
            failed(new InferenceException(
                    ErrorCode.SLOW_READER,
                    "%d events wait unread; read the stream faster or ask for fewer tokens".formatted(pending.size())));
        }
    }

    private void drain() {
        while (!closed && !pending.isEmpty() && observer.isReady()) {
            observer.onNext(pending.remove());
        }
        if (!closed && complete && pending.isEmpty()) {
            observer.onCompleted();
            close();
        }
    }

    private void close() {
        if (!closed) {
            closed = true;
            pending.clear();
            onClosed.run();
        }
    }
}
