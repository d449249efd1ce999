package io.weighbridge.gateway.openai;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.routing.Attempts.Next;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One request for completions from admission to its last byte: of one prompt, or of several that are admitted once, together and to one
 * model. Then each prompt goes its own way to a replica, some at a time; the failure of one ends the request, unless another candidate can
 * take all of them. Runs on the request's event loop.
 */
final class CompletionCall implements Call {
    /** Most completions of one request that replicas are asked for at once, unless one prompt has more: the others wait here. */
    static final int COMPLETIONS_AT_ONCE_MAX = 16;

    private static final Logger LOG = Logger.getLogger(CompletionCall.class);

    private final ReplicaCall.Setting setting;
    private final CompletionRequest request;
    private final Completion completion;
    private final List<PromptCall> calls = new ArrayList<>();
    private final List<PromptCall> waitingForReader = new ArrayList<>();
    private @Nullable Admission admission;
    private int ended;
    private boolean over;
    private long firstSentNanos;
    private long recoveryEndNanos;

    CompletionCall(ReplicaCall.Setting setting, CompletionRequest request) {
        this.setting = setting;
        this.request = request;
        this.completion =
                new Completion(request, setting.answer(), setting.sender().includeLicense());
    }

    @Override
    public void start() {
        if (request.hasSeveralPrompts()) {
            begin(null);
        } else {
            add(setting, 0);
        }
    }

    @Override
    public void abandon() {
        if (!over) {
            over = true;
            stop();
        }
    }

    boolean hasSeveralPrompts() {
        return request.hasSeveralPrompts();
    }

    /** Milliseconds since the first prompt was sent: the time of a request is that of all its prompts and attempts. */
    long millisSinceFirstSent() {
        var now = System.nanoTime();
        if (firstSentNanos == 0) {
            firstSentNanos = now;
        }
        return Duration.ofNanos(now - firstSentNanos).toMillis();
    }

    /** A prompt is about to be sent. The headers name the decision about the request as a whole, where there is one. */
    void admitted(Admission permission) {
        completion.admitted(permission);
        if (!hasSeveralPrompts()) {
            setting.answer().license(permission);
        }
    }

    /** A prompt may go on, once the reader has room for what it brings. */
    void askForMore(PromptCall call) {
        var response = setting.answer().response();
        if (!completion.isStreamOpen() || !response.writeQueueFull()) {
            call.requestOne();
            return;
        }
        call.waitForReader();
        waitingForReader.add(call);
        response.drainHandler(_ -> {
            var woken = List.copyOf(waitingForReader);
            waitingForReader.clear();
            woken.forEach(PromptCall::requestOne);
        });
    }

    /** Whether a prompt waits for a replica: not while another candidate may take the request with all its prompts. */
    boolean mayWait() {
        return !hasSeveralPrompts()
                || completion.isStreamOpen()
                || !setting.attempts().hasOthers();
    }

    /** A replica went away while it had a prompt, which may have been the reason. */
    void lost() {
        if (hasSeveralPrompts()) {
            setting.attempts().lost();
        }
    }

    /** All completions of a prompt are whole. */
    void ended(PromptCall call) {
        ended++;
        var isLast = ended == request.prompts().size();
        completion.close(call.choices(), isLast);
        if (isLast) {
            over = true;
            var usage = calls.stream()
                    .map(each -> Usage.of(each.choices()))
                    .reduce(Usage::plus)
                    .orElseThrow();
            completion.end(choices(), usage);
        } else {
            addMore();
        }
    }

    /** A prompt has failed for good. */
    void failed(ApiException failure) {
        if (over) {
            return;
        }
        if (hasSeveralPrompts()
                && !completion.isStreamOpen()
                && UpstreamErrors.retryable(failure.code())
                && setting.attempts().pass()) {
            LOG.infof("%s is tried with another model: %s", completion.id(), failure.reason());
            stop();
            begin(failure);
        } else {
            end(failure);
        }
    }

    /** Admits the request with all its prompts to the next candidate, and sends the first of them. */
    private void begin(@Nullable ApiException lastFailure) {
        calls.forEach(call -> completion.release(call.choices()));
        calls.clear();
        waitingForReader.clear();
        ended = 0;
        try {
            switch (setting.attempts().next(lastFailure)) {
                case Next.Serve(var permission, var _) -> {
                    admission = permission;
                    setting.answer().license(permission);
                    addMore();
                }
                case Next.Stop(var failure, var _)
                when failure == lastFailure && mayRecover(failure) ->
                    setting.eventLoop()
                            .owner()
                            .setTimer(ReplicaCall.RECOVERY_INTERVAL.toMillis(), _ -> recover(failure));
                case Next.Stop(var failure, var decision) -> {
                    if (decision != null) {
                        setting.answer().license(decision);
                    }
                    end(failure);
                }
            }
        } catch (ApiException refused) {
            end(refused);
        }
    }

    /** Whether to go through the candidates again, in case that replicas are back. */
    private boolean mayRecover(ApiException failure) {
        if (recoveryEndNanos == 0) {
            recoveryEndNanos =
                    System.nanoTime() + setting.patience().recoveryMax().toNanos();
        }
        return failure.code() == ErrorCode.UPSTREAM_UNAVAILABLE
                && System.nanoTime() < recoveryEndNanos
                && setting.attempts().again();
    }

    private void recover(ApiException failure) {
        if (!over) {
            begin(failure);
        }
    }

    private void addMore() {
        var atOnce = Math.max(1, COMPLETIONS_AT_ONCE_MAX / width());
        while (!over && admission != null && calls.size() < request.prompts().size() && calls.size() - ended < atOnce) {
            add(setting.with(setting.attempts().of(admission)), calls.size());
        }
    }

    private void add(ReplicaCall.Setting its, int place) {
        var call =
                new PromptCall(its, this, completion, place, request.prompts().get(place));
        calls.add(call);
        call.start();
    }

    /** Completions that are computed for each prompt. */
    private int width() {
        var prompt = request.generate();
        return Math.max(prompt.getN(), Math.max(prompt.getBestOf(), prompt.getBeamWidth()));
    }

    private List<Choice> choices() {
        return calls.stream().flatMap(call -> call.choices().stream()).toList();
    }

    private void end(ApiException failure) {
        over = true;
        stop();
        if (completion.isStreamOpen()) {
            LOG.warnf("completion %s was cut off: %s", completion.id(), failure.reason());
        }
        completion.fail(failure, choices());
    }

    private void stop() {
        calls.forEach(ReplicaCall::abandon);
    }
}
