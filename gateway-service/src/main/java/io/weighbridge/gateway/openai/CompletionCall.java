package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.vertx.core.Context;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.routing.Attempts;
import io.weighbridge.gateway.routing.Attempts.Next;
import io.weighbridge.gateway.upstream.Generation;
import io.weighbridge.gateway.upstream.GenerationListener;
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
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One completion from admission to its last byte. All of it runs on the event loop of its HTTP connection, so nothing here
 * is locked; the replica's events arrive there too.
 *
 * <p>Until a byte was sent, a lost replica is replaced by another one, by another permitted model, or by itself once it is back, and the
 * license is decided again.
 * After that, a failure becomes an error event: a stream ends with [DONE] only when the replica said Finished.
 */
final class CompletionCall implements GenerationListener {
    /** Most characters of a completion that is not streamed: it is held in memory until it is whole. */
    static final int WHOLE_CHARS_MAX = 16 * 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(CompletionCall.class);
    private static final int CHECKS_PER_SILENCE = 10;

    /** How often a waiting request looks whether a replica is back. */
    private static final Duration RECOVERY_INTERVAL = Duration.ofMillis(200);

    /**
     * Who wants it.
     *
     * @param includeLicense whether the body shall have a license object
     */
    record Sender(Requester requester, boolean includeLicense) {}

    /**
     * How long it waits.
     *
     * @param silenceMax for the next event of a replica
     * @param recoveryMax for a replica to come back, from the first loss on
     */
    record Patience(Duration silenceMax, Duration recoveryMax) {}

    private final Attempts attempts;
    private final Patience patience;
    private final Sender sender;
    private final CompletionRequest request;
    private final Answer answer;
    private final Context eventLoop;

    private final String id;
    private final long created = System.currentTimeMillis() / 1000;
    private final long startedNanos = System.nanoTime();
    private final List<Choice> choices = new ArrayList<>();
    private @Nullable Admission admission;
    private @Nullable Generation generation;
    private @Nullable ApiException lastFailure;
    private int charactersHeld;
    private String fingerprint = "";
    private boolean streamOpen;
    private boolean over;
    private boolean waitingForReader;
    private long lastProgressNanos = System.nanoTime();
    private long silenceTimer = -1;
    private boolean started;
    private long recoveryEndNanos;
    private boolean recovering;

    CompletionCall(
            Attempts attempts,
            Patience patience,
            Sender sender,
            CompletionRequest request,
            Answer answer,
            Context eventLoop) {
        this.attempts = attempts;
        this.patience = patience;
        this.sender = sender;
        this.request = request;
        this.answer = answer;
        this.eventLoop = eventLoop;
        this.id = request.shape().idPrefix() + UUID.randomUUID();
        beginChoices();
    }

    private void beginChoices() {
        choices.clear();
        charactersHeld = 0;
        for (var index = 0; index < request.generate().getN(); index++) {
            choices.add(new Choice(index));
        }
    }

    /** Runs the completion; returns at once. */
    void start() {
        var checkMillis = Math.max(1, patience.silenceMax().toMillis() / CHECKS_PER_SILENCE);
        silenceTimer = eventLoop.owner().setPeriodic(checkMillis, _ -> checkSilence());
        attempt();
    }

    private void attempt() {
        try {
            switch (attempts.next(lastFailure)) {
                case Next.Serve(var permission, var replica) -> {
                    admission = permission;
                    answer.license(permission);
                    lastProgressNanos = System.nanoTime();
                    started = false;
                    var asked = attempts.isSuspect()
                            ? request.generate().toBuilder().setSuspect(true).build()
                            : request.generate();
                    replica.generate(permission, asked, task -> eventLoop.runOnContext(_ -> task.run()), this);
                }
                case Next.Stop(var failure, var _) when failure == lastFailure && mayRecover(failure) -> recover();
                case Next.Stop(var failure, var decision) -> {
                    if (decision != null) {
                        answer.license(decision);
                    }
                    fail(failure);
                }
            }
        } catch (ApiException refused) {
            fail(refused);
        }
    }

    /** Whether it is worth to wait until a replica is back. */
    private boolean mayRecover(ApiException failure) {
        if (failure.code() != ErrorCode.UPSTREAM_UNAVAILABLE) {
            return false;
        }
        if (!recovering) {
            recovering = true;
            recoveryEndNanos = System.nanoTime() + recoveryMax().toNanos();
        }
        return System.nanoTime() < recoveryEndNanos && attempts.again();
    }

    private Duration recoveryMax() {
        var timeMax =
                Duration.ofMillis(Integer.toUnsignedLong(request.generate().getTimeMaxMillis()));
        return request.generate().hasTimeMaxMillis() && timeMax.compareTo(patience.recoveryMax()) < 0
                ? timeMax
                : patience.recoveryMax();
    }

    private void recover() {
        eventLoop.owner().setTimer(RECOVERY_INTERVAL.toMillis(), _ -> {
            if (!over) {
                lastProgressNanos = System.nanoTime();
                attempt();
            }
        });
    }

    @Override
    public void onOpen(Generation generation) {
        this.generation = generation;
    }

    @Override
    public void onEvent(GenerateEvent event) {
        if (over) {
            return;
        }
        lastProgressNanos = System.nanoTime();
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
        if (over) {
            return;
        }
        if (choices.stream().anyMatch(choice -> choice.finished() == null)) {
            attempts.lost();
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
        if (!over) {
            if (started && UpstreamErrors.isLoss(status, code)) {
                attempts.lost();
            }
            failed(UpstreamErrors.map(request.shape(), status, code, param, retryAfter));
        }
    }

    private void failed(ApiException failure) {
        if (!streamOpen && UpstreamErrors.retryable(failure.code())) {
            LOG.infof("completion %s is tried elsewhere: %s", id, failure.reason());
            lastFailure = failure;
            beginChoices();
            attempt();
        } else {
            fail(failure);
        }
    }

    private void text(Choice choice, TextDelta delta) {
        if (request.stream()) {
            openStream(choice);
            choice.text("", delta.getLogprobsList());
            if (!delta.getText().isEmpty() || delta.getLogprobsCount() > 0) {
                answer.chunk(chunk(request.shape().textChoice(choice, delta.getText())));
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
        answer.chunk(chunk(Shape.deltaChoice(choice, delta, null)));
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

    private void breakOff(String reason) {
        cancelUpstream();
        fail(new ApiException(ErrorCode.UPSTREAM_FAILED, "the replica cannot be understood: " + reason));
    }

    private void openStream(Choice choice) {
        if (!streamOpen) {
            streamOpen = true;
            answer.openStream();
        }
        if (choice.open()) {
            var opening = request.shape().openingChoice(choice);
            if (opening != null) {
                answer.chunk(chunk(opening));
            }
        }
    }

    /** Asks the replica for the next event, once the reader has room for it. */
    private void askForMore() {
        var response = answer.response();
        if (over || generation == null) {
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
                lastProgressNanos = System.nanoTime();
                generation.requestOne();
            }
        });
    }

    private void closeStream() {
        for (var choice : choices) {
            openStream(choice);
            sendNotice(choice);
            var closing = chunk(request.shape().closingChoice(choice));
            answer.chunk(choice.index() == choices.size() - 1 ? withLicense(closing) : closing);
        }
        if (request.includeUsage()) {
            var last = envelope(request.shape().chunkObject());
            last.putArray("choices");
            answer.chunk(last.set("usage", usage()));
        }
        finish();
        answer.done();
    }

    private void writeWhole() {
        var whole = envelope(request.shape().wholeObject());
        var array = whole.putArray("choices");
        choices.forEach(choice -> array.add(request.shape().wholeChoice(choice, notice(choice))));
        whole.set("usage", usage());
        withLicense(whole);
        var millis = Duration.ofNanos(System.nanoTime() - startedNanos).toMillis();
        answer.response().putHeader("openai-processing-ms", Long.toString(millis));
        finish();
        answer.json(whole);
    }

    private void fail(ApiException failure) {
        if (over) {
            return;
        }
        finish();
        if (streamOpen) {
            LOG.warnf("completion %s was cut off: %s", id, failure.reason());
            choices.stream().filter(Choice::isOpen).forEach(this::sendNotice);
            answer.broken(failure);
        } else {
            answer.error(failure);
        }
    }

    /** The client is gone: stop the work on the replica. Does nothing when the response is complete. */
    void abandon() {
        if (!over) {
            finish();
            cancelUpstream();
        }
    }

    private void checkSilence() {
        if (over
                || System.nanoTime() - lastProgressNanos < patience.silenceMax().toNanos()) {
            return;
        }
        cancelUpstream();
        var seconds = patience.silenceMax().toSeconds();
        fail(
                waitingForReader
                        // It would hold the replica's memory for ever. The event waits for it in case it reads on.
                        ? new ApiException(
                                ErrorCode.READER_TOO_SLOW,
                                "nothing of the stream was read for %d seconds".formatted(seconds))
                        : new ApiException(
                                ErrorCode.UPSTREAM_UNAVAILABLE,
                                "the replica said nothing for %d seconds".formatted(seconds)));
    }

    private void cancelUpstream() {
        if (generation != null) {
            generation.cancel();
        }
    }

    private void finish() {
        over = true;
        eventLoop.owner().cancelTimer(silenceTimer);
    }

    /** The notice that a license wants in the text, as the last text of a stream: also when the stream was cut off. */
    private void sendNotice(Choice choice) {
        var notice = notice(choice);
        if (!notice.isEmpty()) {
            openStream(choice);
            answer.chunk(chunk(request.shape().textChoice(choice, notice)));
        }
    }

    /** Not in what programs read, a form that was asked for or a call: there the headers and the license object say it. */
    private String notice(Choice choice) {
        var forProgram = request.generate().hasStructuredOutput() || choice.calledTools();
        return admission == null || forProgram ? "" : TextNotice.of(admission.verdict());
    }

    private ObjectNode withLicense(ObjectNode body) {
        if (sender.includeLicense() && admission != null) {
            body.set("license", LicenseJson.of(admission));
        }
        return body;
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
        var envelope = Json.object()
                .put("id", id)
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
