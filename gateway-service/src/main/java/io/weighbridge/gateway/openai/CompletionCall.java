package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.upstream.Generation;
import io.weighbridge.gateway.upstream.GenerationListener;
import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.Started;
import io.weighbridge.v1.TextDelta;
import io.weighbridge.v1.TokenLogprobs;
import io.weighbridge.v1.ToolCallArguments;
import io.weighbridge.v1.ToolCallStart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One completion from admission to its last byte. After its first byte a failure becomes an error event: a stream ends with [DONE] only
 * when the replica said Finished.
 */
final class CompletionCall extends ReplicaCall implements GenerationListener {
    /** Most characters of a completion that is not streamed: it is held in memory until it is whole. */
    static final int WHOLE_CHARS_MAX = 16 * 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(CompletionCall.class);

    private final CompletionRequest request;
    private final long created = System.currentTimeMillis() / 1000;
    private final List<Choice> choices = new ArrayList<>();
    private @Nullable Generation generation;
    private int charactersHeld;
    private String fingerprint = "";
    private boolean streamOpen;
    private boolean waitingForReader;
    private boolean started;

    CompletionCall(Setting setting, CompletionRequest request) {
        super(setting, request.shape().idPrefix() + UUID.randomUUID());
        this.request = request;
        beginChoices();
    }

    private void beginChoices() {
        choices.clear();
        charactersHeld = 0;
        for (var index = 0; index < request.generate().getN(); index++) {
            choices.add(new Choice(index));
        }
    }

    @Override
    void send(Admission admission, Replica replica, Executor executor) {
        started = false;
        var asked =
                isSuspect() ? request.generate().toBuilder().setSuspect(true).build() : request.generate();
        replica.generate(admission, asked, executor, this);
    }

    @Override
    boolean isBegun() {
        return streamOpen;
    }

    @Override
    void forget() {
        beginChoices();
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
            return;
        }
        var choice = choices.get(event.getIndex());
        switch (event.getEventCase()) {
            case STARTED -> begun(event.getStarted());
            case TEXT -> text(choice, event.getText());
            case REASONING -> reasoning(choice, event.getReasoning().getText());
            case TOOL_CALL -> call(choice, event.getToolCall());
            case TOOL_CALL_ARGUMENTS -> arguments(choice, event.getToolCallArguments());
            case FINISHED -> choice.finish(event.getFinished());
            case EVENT_NOT_SET -> LOG.debug("a replica sent an event that this version does not know");
        }
        askForMore();
    }

    private void begun(Started started) {
        this.started = true;
        fingerprint = fingerprint(started.getWeightsDigest());
        if (request.echo()) {
            var prompt = prompt(started);
            var logprobs =
                    request.generate().hasTopLogprobs() ? started.getPromptLogprobsList() : List.<TokenLogprobs>of();
            choices.forEach(choice -> text(
                    choice,
                    TextDelta.newBuilder()
                            .setText(prompt)
                            .addAllLogprobs(logprobs)
                            .build()));
        }
    }

    private String prompt(Started started) {
        if (request.generate().hasText()) {
            return request.generate().getText();
        }
        var bytes = ByteString.empty();
        for (var token : started.getPromptLogprobsList()) {
            bytes = bytes.concat(token.getChosen().getText());
        }
        return bytes.toStringUtf8();
    }

    @Override
    public void onEnd() {
        if (isOver()) {
            return;
        }
        if (choices.stream().anyMatch(choice -> choice.finished() == null)) {
            lost();
            failed(new ApiException(
                    ErrorCode.UPSTREAM_UNAVAILABLE, "the replica closed the stream before the completion was whole"));
        } else if (request.stream()) {
            closeStream();
        } else {
            writeWhole();
        }
    }

    @Override
    public void onFailure(Status status, @Nullable String code, @Nullable String param, @Nullable Duration retryAfter) {
        if (!isOver()) {
            if (started && UpstreamErrors.isLoss(status, code)) {
                lost();
            }
            failed(UpstreamErrors.map(request.shape().renames(), status, code, param, retryAfter));
        }
    }

    private void text(Choice choice, TextDelta delta) {
        if (request.stream()) {
            openStream(choice);
            choice.text("", delta.getLogprobsList());
            if (!delta.getText().isEmpty() || delta.getLogprobsCount() > 0) {
                answer().chunk(chunk(request.shape().textChoice(choice, delta.getText())));
            }
        } else if (hold(delta.getText())) {
            choice.text(delta.getText(), delta.getLogprobsList());
        }
    }

    private void reasoning(Choice choice, String piece) {
        if (request.stream()) {
            delta(choice, Json.object().put("reasoning_content", piece));
        } else if (hold(piece)) {
            choice.reasoning(piece);
        }
    }

    private void call(Choice choice, ToolCallStart start) {
        if (request.stream()) {
            var delta = Json.object();
            delta.putArray("tool_calls")
                    .add(Choice.call(start.getId(), start.getName(), "").put("index", start.getCallIndex()));
            delta(choice, delta);
        } else {
            choice.call(start);
        }
    }

    private void arguments(Choice choice, ToolCallArguments arguments) {
        if (request.stream()) {
            var delta = Json.object();
            var call = delta.putArray("tool_calls").addObject().put("index", arguments.getCallIndex());
            call.putObject("function").put("arguments", arguments.getText());
            delta(choice, delta);
        } else if (hold(arguments.getText()) && !choice.arguments(arguments.getCallIndex(), arguments.getText())) {
            breakOff("it sent arguments of a call that did not start");
        }
    }

    private void delta(Choice choice, ObjectNode delta) {
        openStream(choice);
        answer().chunk(chunk(Shape.deltaChoice(choice, delta, null)));
    }

    /** Whether there is room to hold so much more of what is not streamed. */
    private boolean hold(String piece) {
        charactersHeld += piece.length();
        if (charactersHeld <= WHOLE_CHARS_MAX) {
            return true;
        }
        cancelUpstream();
        fail(new ApiException(
                ErrorCode.UPSTREAM_FAILED,
                "the completion has more than %d characters; ask for a stream".formatted(WHOLE_CHARS_MAX)));
        return false;
    }

    private void openStream(Choice choice) {
        if (!streamOpen) {
            streamOpen = true;
            answer().openStream();
        }
        if (choice.open()) {
            var opening = request.shape().openingChoice(choice);
            if (opening != null) {
                answer().chunk(chunk(opening));
            }
        }
    }

    /** Asks the replica for the next event, once the reader has room for it. */
    private void askForMore() {
        var response = answer().response();
        if (isOver() || generation == null) {
            return;
        }
        if (!streamOpen || !response.writeQueueFull()) {
            generation.requestOne();
            return;
        }
        waitingForReader = true;
        response.drainHandler(_ -> {
            if (waitingForReader && generation != null) {
                waitingForReader = false;
                progressed();
                generation.requestOne();
            }
        });
    }

    private void closeStream() {
        for (var choice : choices) {
            openStream(choice);
            sendNotice(choice);
            var closing = chunk(request.shape().closingChoice(choice));
            answer().chunk(choice.index() == choices.size() - 1 ? withLicense(closing) : closing);
        }
        if (request.includeUsage()) {
            var last = envelope(request.shape().chunkObject());
            last.putArray("choices");
            answer().chunk(last.set("usage", usage()));
        }
        finish();
        answer().done();
    }

    private void writeWhole() {
        var whole = envelope(request.shape().wholeObject());
        var array = whole.putArray("choices");
        choices.forEach(choice -> array.add(request.shape().wholeChoice(choice, notice(choice))));
        whole.set("usage", usage());
        write(Json.bytes(withLicense(whole)));
    }

    @Override
    void tell(ApiException failure) {
        if (streamOpen) {
            LOG.warnf("completion %s was cut off: %s", id(), failure.reason());
            choices.stream().filter(Choice::isOpen).forEach(this::sendNotice);
            answer().broken(failure);
        } else {
            answer().error(failure);
        }
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
    void cancelUpstream() {
        if (generation != null) {
            generation.cancel();
        }
    }

    /** The notice that a license wants in the text, as the last text of a stream: also when the stream was cut off. */
    private void sendNotice(Choice choice) {
        var notice = notice(choice);
        if (!notice.isEmpty()) {
            openStream(choice);
            answer().chunk(chunk(request.shape().textChoice(choice, notice)));
        }
    }

    /** Not in what programs read, a form that was asked for or a call: there the headers and the license object say it. */
    private String notice(Choice choice) {
        var forProgram = request.generate().hasStructuredOutput() || choice.calledTools();
        var admission = admission();
        return admission == null || forProgram ? "" : TextNotice.of(admission.verdict());
    }

    private ObjectNode chunk(ObjectNode choice) {
        var chunk = envelope(request.shape().chunkObject());
        chunk.putArray("choices").add(choice);
        if (request.includeUsage()) {
            chunk.putNull("usage");
        }
        return chunk;
    }

    private ObjectNode envelope(String object) {
        var admission = admission();
        var envelope = Json.object()
                .put("id", id())
                .put("object", object)
                .put("created", created)
                .put(
                        "model",
                        admission == null ? request.model() : admission.model().id());
        return fingerprint.isEmpty() ? envelope : envelope.put("system_fingerprint", fingerprint);
    }

    /** The prompt counts once, the completions together. */
    private ObjectNode usage() {
        int prompt = 0;
        int completion = 0;
        int cached = 0;
        for (var choice : choices) {
            var finished = choice.finished();
            if (finished != null) {
                prompt = finished.getPromptTokens();
                cached = Math.max(cached, finished.getCachedTokens());
                completion += finished.getCompletionTokens() + finished.getDiscardedTokens();
            }
        }
        var usage = Json.object()
                .put("prompt_tokens", prompt)
                .put("completion_tokens", completion)
                .put("total_tokens", prompt + completion);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cached);
        return usage;
    }

    /** OpenAI's name for "same weights, same answers": the beginning of the weights' digest. */
    private static String fingerprint(String weightsDigest) {
        var hex = weightsDigest.substring(weightsDigest.indexOf(':') + 1);
        return hex.isEmpty() ? "" : "fp_" + hex.substring(0, Math.min(12, hex.length()));
    }
}
