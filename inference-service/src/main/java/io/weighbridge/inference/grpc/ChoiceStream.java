package io.weighbridge.inference.grpc;

import io.weighbridge.engine.message.MessageDelta;
import io.weighbridge.engine.sampling.Logprobs;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loop.GenerationListener;
import io.weighbridge.inference.loop.Refusals;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.ReasoningDelta;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One completion of a Generate call: its tokens become events, which its stream sends. Guarded by the stream's lock. */
final class ChoiceStream implements GenerationListener {
    private final GenerateStream stream;
    private final Sequence sequence;
    private final AnswerReader answer;
    private final LogprobMessages messages;
    private final boolean tellsLogprobs;
    private final List<Integer> newTokenIds = new ArrayList<>();
    private final List<TokenLogprobs> newLogprobs = new ArrayList<>();
    private int tokenCount;
    private double logprobSum;
    private boolean over;

    ChoiceStream(
            GenerateStream stream,
            Sequence sequence,
            AnswerReader answer,
            LogprobMessages messages,
            boolean tellsLogprobs) {
        this.stream = stream;
        this.sequence = sequence;
        this.answer = answer;
        this.messages = messages;
        this.tellsLogprobs = tellsLogprobs;
    }

    Sequence sequence() {
        return sequence;
    }

    int tokenCount() {
        return tokenCount;
    }

    /** What completions of a prompt are compared by: the log probability of the whole. */
    double logprobSum() {
        return logprobSum;
    }

    boolean isOver() {
        return over;
    }

    @Override
    public void accepted() {
        synchronized (stream) {
            stream.accepted(sequence.promptLength());
            if (!sequence.wantsPromptLogprobs()) {
                // A prompt of one token has no log probabilities to wait for.
                started(sequence.tellsPrompt() ? messages.prompt(sequence.promptIds(), List.of()) : List.of());
            }
        }
    }

    @Override
    public void prompt(List<Logprobs> logprobs) {
        synchronized (stream) {
            started(messages.prompt(sequence.promptIds(), logprobs));
        }
    }

    private void started(List<TokenLogprobs> promptLogprobs) {
        stream.started(this, sequence.promptLength(), promptLogprobs);
    }

    @Override
    public void token(int tokenId, @Nullable Logprobs logprobs) {
        synchronized (stream) {
            if (over || stream.isOver()) {
                return;
            }
            tokenCount++;
            stream.token(this);
            newTokenIds.add(tokenId);
            if (logprobs != null) {
                logprobSum += logprobs.chosen().logprob();
            }
            if (logprobs != null && tellsLogprobs) {
                newLogprobs.add(messages.of(logprobs));
            }
            sendAll(answer.token(tokenId));
            if (answer.stopped()) {
                sequence.cancel();
                finish(FinishReason.FINISH_REASON_STOP);
            }
        }
    }

    @Override
    public void ended(io.weighbridge.engine.scheduler.FinishReason reason) {
        synchronized (stream) {
            if (over || stream.isOver()) {
                return;
            }
            switch (reason) {
                case STOP -> {
                    logprobSum = sequence.logprobSum(); // with the end token's, which is not told
                    sendAll(answer.end());
                    finish(FinishReason.FINISH_REASON_STOP);
                }
                case LENGTH -> {
                    sendAll(answer.end());
                    finish(answer.stopped() ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH);
                }
                case CANCELLED, QUEUE_TIME_EXCEEDED, DEADLINE_EXCEEDED, FAILED, MASK_LIMIT ->
                    stream.failed(Refusals.of(reason));
            }
        }
    }

    @Override
    public void failed(InferenceException failure) {
        stream.failed(failure);
    }

    private void finish(FinishReason reason) {
        if (!newTokenIds.isEmpty()) {
            sendText("");
        }
        boolean called = answer.calledTools() && reason == FinishReason.FINISH_REASON_STOP;
        over = true;
        stream.finished(
                this,
                Finished.newBuilder()
                        .setReason(called ? FinishReason.FINISH_REASON_TOOL_CALLS : reason)
                        .setPromptTokens(sequence.promptLength())
                        .setCompletionTokens(tokenCount)
                        .setCachedTokens(sequence.cachedTokens()));
    }

    private void sendAll(List<MessageDelta> deltas) {
        for (var delta : deltas) {
            switch (delta) {
                case MessageDelta.Content(var text) -> sendText(text);
                case MessageDelta.Reasoning(var text) ->
                    send(GenerateEvent.newBuilder()
                            .setReasoning(ReasoningDelta.newBuilder().setText(text)));
                case MessageDelta.CallStarted(var index, var id, var name) ->
                    send(GenerateEvent.newBuilder()
                            .setToolCall(ToolCallStart.newBuilder()
                                    .setCallIndex(index)
                                    .setId(id)
                                    .setName(name)));
                case MessageDelta.CallArguments(var index, var text) ->
                    send(GenerateEvent.newBuilder()
                            .setToolCallArguments(ToolCallArguments.newBuilder()
                                    .setCallIndex(index)
                                    .setText(text)));
            }
        }
    }

    private void sendText(String text) {
        send(GenerateEvent.newBuilder()
                .setText(TextDelta.newBuilder()
                        .setText(text)
                        .addAllTokenIds(newTokenIds)
                        .addAllLogprobs(newLogprobs)));
        newTokenIds.clear();
        newLogprobs.clear();
    }

    private void send(GenerateEvent.Builder event) {
        stream.send(this, event);
    }
}
