package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.grpc.Status;
import io.vertx.core.Context;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.routing.Router;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.gateway.upstream.Generation;
import io.weighbridge.gateway.upstream.GenerationListener;
import io.weighbridge.license.policy.Use;
import io.weighbridge.v1.FinishReason;
import io.weighbridge.v1.Finished;
import io.weighbridge.v1.GenerateEvent;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One completion from admission to its last byte. All of it runs on the event loop of its HTTP connection, so nothing here
 * is locked; the replica's events arrive there too.
 *
 * <p>Until a byte was sent, a lost replica is replaced by another one, and the license is decided again. After that, a
 * failure becomes an error event: a stream ends with [DONE] only when the replica said Finished.
 */
final class CompletionCall implements GenerationListener {
    /** Most characters of a completion that is not streamed: it is held in memory until it is whole. */
    static final int WHOLE_CHARS_MAX = 16 * 1024 * 1024;

    private static final Logger LOG = Logger.getLogger(CompletionCall.class);
    private static final int CHECKS_PER_SILENCE = 10;

    /** What a call asks the rest of the service. */
    record Services(LicenseGate gate, Router router, Duration silenceMax) {}

    /** Who wants it. */
    record Sender(Caller caller, Use.Request declaredUse) {}

    private final Services services;
    private final Sender sender;
    private final CompletionRequest request;
    private final Snapshot.Model model;
    private final Answer answer;
    private final Context eventLoop;

    private final String id;
    private final long created = System.currentTimeMillis() / 1000;
    private final long startedNanos = System.nanoTime();
    private final Set<String> tried = new HashSet<>();
    private final StringBuilder text = new StringBuilder();
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
            Services services,
            Sender sender,
            CompletionRequest request,
            Snapshot.Model model,
            Answer answer,
            Context eventLoop) {
        this.services = services;
        this.sender = sender;
        this.request = request;
        this.model = model;
        this.answer = answer;
        this.eventLoop = eventLoop;
        this.id = request.shape().idPrefix() + UUID.randomUUID();
    }

    /** Runs the completion; returns at once. */
    void start() {
        var checkMillis = Math.max(1, services.silenceMax().toMillis() / CHECKS_PER_SILENCE);
        silenceTimer = eventLoop.owner().setPeriodic(checkMillis, _ -> checkSilence());
        attempt();
    }

    private void attempt() {
        try {
            var admission = services.gate().decide(model, sender.caller(), sender.declaredUse());
            answer.license(admission);
            LicenseGate.require(admission, model.id());
            var replica = services.router().route(model.id(), tried);
            if (replica == null) {
                throw lastFailure != null ? lastFailure : notReady();
            }
            tried.add(replica.address());
            lastProgressNanos = System.nanoTime();
            replica.generate(request.generate(), task -> eventLoop.runOnContext(_ -> task.run()), this);
        } catch (ApiException refused) {
            fail(refused);
        }
    }

    private ApiException notReady() {
        return new ApiException(
                ErrorCode.MODEL_NOT_READY,
                "no replica is ready for %s; it may still be loading, try again shortly".formatted(model.id()),
                "model");
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
        answer.chunk(chunk(request.shape().closingChoice(finishReason(finished))));
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
        whole.putArray("choices").add(request.shape().wholeChoice(text.toString(), finishReason(finished)));
        whole.set("usage", usage(finished));
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
                || System.nanoTime() - lastProgressNanos < services.silenceMax().toNanos()) {
            return;
        }
        cancelUpstream();
        var seconds = services.silenceMax().toSeconds();
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
                .put("model", model.id());
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
