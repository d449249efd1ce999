package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One completion from admission to its last byte. All of it runs on the event loop of its HTTP connection, so nothing here
 * is locked; the replica's events arrive there too.
 *
 * <p>Until a byte was sent, a lost replica is replaced by another one or another permitted model, and the license is decided again.
 * After that, a failure becomes an error event: a stream ends with [DONE] only when the replica said Finished.
 */
final class CompletionCall implements GenerationListener {
    /** Most characters of a completion that is not streamed: it is held in memory until it is whole. */
    static final int WHOLE_CHARS_MAX = 16 * 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(CompletionCall.class);
    private static final int CHECKS_PER_SILENCE = 10;

    /**
     * Who wants it.
     *
     * @param includeLicense whether the body shall have a license object
     */
    record Sender(Requester requester, boolean includeLicense) {}

    private final Attempts attempts;
    private final Duration silenceMax;
    private final Sender sender;
    private final CompletionRequest request;
    private final Answer answer;
    private final Context eventLoop;

    private final String id;
    private final long created = System.currentTimeMillis() / 1000;
    private final long startedNanos = System.nanoTime();
    private final StringBuilder text = new StringBuilder();
    private @Nullable Admission admission;
    private @Nullable Generation generation;
    private @Nullable Finished finished;
    private @Nullable ApiException lastFailure;
    private String fingerprint = "";
    private boolean streamOpen;
    private boolean over;
    private boolean waitingForReader;
    private long lastProgressNanos = System.nanoTime();
    private long silenceTimer = -1;

    CompletionCall(
            Attempts attempts,
            Duration silenceMax,
            Sender sender,
            CompletionRequest request,
            Answer answer,
            Context eventLoop) {
        this.attempts = attempts;
        this.silenceMax = silenceMax;
        this.sender = sender;
        this.request = request;
        this.answer = answer;
        this.eventLoop = eventLoop;
        this.id = request.shape().idPrefix() + UUID.randomUUID();
    }

    /** Runs the completion; returns at once. */
    void start() {
        var checkMillis = Math.max(1, silenceMax.toMillis() / CHECKS_PER_SILENCE);
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
                    replica.generate(
                            permission, request.generate(), task -> eventLoop.runOnContext(_ -> task.run()), this);
                }
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
        switch (event.getEventCase()) {
            case STARTED -> fingerprint = fingerprint(event.getStarted().getWeightsDigest());
            case TEXT -> text(event.getText().getText());
            case FINISHED -> finished = event.getFinished();
            case EVENT_NOT_SET -> LOG.debug("a replica sent an event that this version does not know");
        }
        askForMore();
    }

    @Override
    public void onEnd() {
        if (over) {
            return;
        }
        if (finished == null) {
            failed(new ApiException(
                    ErrorCode.UPSTREAM_UNAVAILABLE, "the replica closed the stream before the completion was whole"));
        } else if (request.stream()) {
            closeStream(finished);
        } else {
            writeWhole(finished);
        }
    }

    @Override
    public void onFailure(Status status, @Nullable String code, @Nullable String param) {
        if (!over) {
            failed(UpstreamErrors.map(request.shape(), status, code, param));
        }
    }

    private void failed(ApiException failure) {
        if (!streamOpen && UpstreamErrors.retryable(failure.code())) {
            LOG.infof("completion %s is tried elsewhere: %s", id, failure.reason());
            lastFailure = failure;
            text.setLength(0);
            finished = null;
            attempt();
        } else {
            fail(failure);
        }
    }

    private void text(String piece) {
        if (!request.stream()) {
            if (text.length() + piece.length() > WHOLE_CHARS_MAX) {
                cancelUpstream();
                fail(new ApiException(
                        ErrorCode.UPSTREAM_FAILED,
                        "the completion has more than %d characters; ask for a stream".formatted(WHOLE_CHARS_MAX)));
                return;
            }
            text.append(piece);
            return;
        }
        openStream();
        if (!piece.isEmpty()) {
            answer.chunk(chunk(request.shape().textChoice(piece)));
        }
    }

    private void openStream() {
        if (streamOpen) {
            return;
        }
        streamOpen = true;
        answer.openStream();
        var opening = request.shape().openingChoice();
        if (opening != null) {
            answer.chunk(chunk(opening));
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

    private void closeStream(Finished finished) {
        openStream();
        sendNotice();
        answer.chunk(withLicense(chunk(request.shape().closingChoice(finishReason(finished)))));
        if (request.includeUsage()) {
            var last = envelope(request.shape().chunkObject());
            last.putArray("choices");
            answer.chunk(last.set("usage", usage(finished)));
        }
        finish();
        answer.done();
    }

    private void writeWhole(Finished finished) {
        var whole = envelope(request.shape().wholeObject());
        text.append(notice());
        whole.putArray("choices").add(request.shape().wholeChoice(text.toString(), finishReason(finished)));
        whole.set("usage", usage(finished));
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
            sendNotice();
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
        if (over || System.nanoTime() - lastProgressNanos < silenceMax.toNanos()) {
            return;
        }
        cancelUpstream();
        var seconds = silenceMax.toSeconds();
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
    private void sendNotice() {
        var notice = notice();
        if (!notice.isEmpty()) {
            answer.chunk(chunk(request.shape().textChoice(notice)));
        }
    }

    private String notice() {
        return admission == null ? "" : TextNotice.of(admission.verdict());
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

    private static ObjectNode usage(Finished finished) {
        return Json.object()
                .put("prompt_tokens", finished.getPromptTokens())
                .put("completion_tokens", finished.getCompletionTokens())
                .put("total_tokens", finished.getPromptTokens() + finished.getCompletionTokens());
    }

    private static String finishReason(Finished finished) {
        return finished.getReason() == FinishReason.FINISH_REASON_LENGTH ? "length" : "stop";
    }

    /** OpenAI's name for "same weights, same answers": the beginning of the weights' digest. */
    private static String fingerprint(String weightsDigest) {
        var hex = weightsDigest.substring(weightsDigest.indexOf(':') + 1);
        return hex.isEmpty() ? "" : "fp_" + hex.substring(0, Math.min(12, hex.length()));
    }
}
