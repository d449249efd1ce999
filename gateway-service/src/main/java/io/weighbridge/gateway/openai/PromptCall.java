package io.weighbridge.gateway.openai;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.errors.ErrorCode.Kind;
import io.weighbridge.gateway.upstream.Generation;
import io.weighbridge.gateway.upstream.GenerationListener;
import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TextDelta;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One prompt of a request at a replica, with its completions. What comes of it goes into the request's {@link Completion}; how it ended is
 * told to the {@link CompletionCall}.
 */
final class PromptCall extends ReplicaCall implements GenerationListener {
    private static final Logger LOG = Logger.getLogger(PromptCall.class);

    private final CompletionCall owner;
    private final Completion completion;
    private final int place;
    private final GenerateRequest prompt;
    private List<Choice> choices;
    private @Nullable Generation generation;
    private boolean waitingForReader;
    private boolean started;

    /** @param place of the prompt among those of the request */
    PromptCall(Setting setting, CompletionCall owner, Completion completion, int place, GenerateRequest prompt) {
        super(setting, completion.id());
        this.owner = owner;
        this.completion = completion;
        this.place = place;
        this.prompt = prompt;
        this.choices = newChoices();
    }

    /** What is there of its completions, in the order of their indexes in the answer. */
    List<Choice> choices() {
        return choices;
    }

    /** Whether it is not to be asked for more because the client reads too slowly. */
    void waitForReader() {
        waitingForReader = true;
    }

    /** Asks the replica for the next event. */
    void requestOne() {
        if (!isOver() && generation != null) {
            if (waitingForReader) {
                waitingForReader = false;
                progressed();
            }
            generation.requestOne();
        }
    }

    @Override
    void send(Admission admission, Replica replica, Executor executor) {
        started = false;
        var asked = prompt;
        if (isSuspect() || prompt.hasTimeMaxMillis()) {
            var left = prompt.getTimeMaxMillis() - owner.millisSinceFirstSent();
            var builder = prompt.toBuilder().setSuspect(isSuspect());
            asked = (prompt.hasTimeMaxMillis() ? builder.setTimeMaxMillis((int) Math.max(0, left)) : builder).build();
        }
        replica.generate(admission, asked, executor, this);
    }

    @Override
    Message asked() {
        return prompt;
    }

    @Override
    void admitted(Admission admission) {
        owner.admitted(admission);
    }

    @Override
    boolean mayWait() {
        return owner.mayWait();
    }

    @Override
    boolean isBegun() {
        return choices.stream().anyMatch(Choice::isOpen);
    }

    @Override
    void forget() {
        completion.release(choices);
        choices = newChoices();
    }

    @Override
    void cancelUpstream() {
        if (generation != null) {
            generation.cancel();
        }
    }

    @Override
    void tell(ApiException failure) {
        owner.failed(failure);
    }

    @Override
    ApiException silent(long seconds) {
        return waitingForReader
                // It would hold the replica's memory for ever. The event waits for it in case it reads on.
                ? new ApiException(
                        ErrorCode.READER_TOO_SLOW, "nothing of the stream was read for %d seconds".formatted(seconds))
                : super.silent(seconds);
    }

    @Override
    public void onOpen(Generation generation) {
        this.generation = generation;
    }

    @Override
    public void onEvent(GenerateEvent event) {
        if (isOver()) {
            return;
        }
        progressed();
        if (event.getIndex() < 0 || event.getIndex() >= choices.size()) {
            breakOff("it sent an event of completion %d of %d".formatted(event.getIndex(), choices.size()));
        } else if (!take(event, choices.get(event.getIndex()))) {
            overflow();
        } else if (!isOver()) {
            owner.askForMore(this);
        }
    }

    /** Passes on what the event says; false when there is no room for it. */
    private boolean take(GenerateEvent event, Choice choice) {
        return switch (event.getEventCase()) {
            case STARTED -> begun(event.getStarted());
            case TEXT -> completion.text(choice, event.getText());
            case REASONING -> completion.reasoning(choice, event.getReasoning().getText());
            case TOOL_CALL -> {
                var start = event.getToolCall();
                if (choice.isNextCall(start.getCallIndex())) {
                    completion.call(choice, start);
                } else {
                    breakOff("it started call %d out of turn".formatted(start.getCallIndex()));
                }
                yield true;
            }
            case TOOL_CALL_ARGUMENTS -> {
                var arguments = event.getToolCallArguments();
                if (!choice.hasCall(arguments.getCallIndex())) {
                    breakOff("it sent arguments of a call that did not start");
                    yield true;
                }
                yield completion.arguments(choice, arguments);
            }
            case FINISHED -> {
                choice.finish(event.getFinished());
                yield true;
            }
            case EVENT_NOT_SET -> {
                LOG.debug("a replica sent an event that this version does not know");
                yield true;
            }
        };
    }

    private boolean begun(Started begun) {
        started = true;
        completion.weights(begun.getWeightsDigest());
        var echoed = TextDelta.newBuilder().setText(text(begun)).addAllLogprobs(begun.getPromptLogprobsList());
        return completion.echo(choices, prompt, echoed.build());
    }

    private String text(Started begun) {
        if (prompt.hasText()) {
            return prompt.getText();
        }
        var bytes = ByteString.empty();
        for (var token : begun.getPromptLogprobsList()) {
            bytes = bytes.concat(token.getChosen().getText());
        }
        return bytes.toStringUtf8();
    }

    private void overflow() {
        cancelUpstream();
        fail(new ApiException(
                ErrorCode.UPSTREAM_FAILED,
                "the answer has more than %d characters; ask for a stream, or for fewer prompts in one request"
                        .formatted(Completion.WHOLE_CHARS_MAX)));
    }

    @Override
    public void onEnd() {
        if (isOver()) {
            return;
        }
        if (choices.stream().anyMatch(choice -> choice.finished() == null)) {
            gone();
            failed(new ApiException(
                    ErrorCode.UPSTREAM_UNAVAILABLE, "the replica closed the stream before the completion was whole"));
        } else {
            finish();
            owner.ended(this);
        }
    }

    @Override
    public void onFailure(Status status, @Nullable String code, @Nullable String param, @Nullable Duration retryAfter) {
        if (!isOver()) {
            if (started && UpstreamErrors.isLoss(status, code)) {
                gone();
            }
            failed(placed(UpstreamErrors.map(completion.shape().renames(), status, code, param, retryAfter)));
        }
    }

    private void gone() {
        lost();
        owner.lost();
    }

    /** The failure, naming the prompt where it is the fault of one among several. */
    private ApiException placed(ApiException failure) {
        var kind = failure.code().kind();
        if (!owner.hasSeveralPrompts() || kind != Kind.CALLER && kind != Kind.HARMFUL) {
            return failure;
        }
        var name = PromptParser.name(place);
        return failure.at(name, "prompt".equals(failure.param()) ? name : failure.param());
    }

    private List<Choice> newChoices() {
        var n = prompt.getN();
        return IntStream.range(0, n)
                .mapToObj(index -> new Choice(place * n + index))
                .toList();
    }
}
