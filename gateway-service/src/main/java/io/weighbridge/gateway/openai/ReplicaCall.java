package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.vertx.core.Context;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.routing.Attempts;
import io.weighbridge.gateway.routing.Attempts.Next;
import io.weighbridge.gateway.routing.Convictions;
import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.gateway.upstream.RequestDigest;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One request that a replica answers, from admission to the last byte, whatever it asks for. All of it runs on the event loop of its HTTP
 * connection, so nothing here is locked; what the replica says arrives there too.
 *
 * <p>Until a byte was sent, a lost replica is replaced by another one, by another permitted model, or by itself once it is back, and the
 * license is decided again.
 */
abstract class ReplicaCall implements Call {
    private static final Logger LOG = Logger.getLogger(ReplicaCall.class);
    private static final int CHECKS_PER_SILENCE = 10;

    /** How often a waiting request looks whether a replica is back. */
    static final Duration RECOVERY_INTERVAL = Duration.ofMillis(200);

    /**
     * Who wants it.
     *
     * @param includeLicense whether the body shall have a license object
     */
    record Sender(Requester requester, boolean includeLicense) {}

    /**
     * How long it waits.
     *
     * @param silenceMax for the next word of a replica
     * @param recoveryMax for a replica to come back, from the first loss on
     */
    record Patience(Duration silenceMax, Duration recoveryMax) {}

    /** What every call needs. */
    record Setting(
            Attempts attempts,
            Convictions convictions,
            Patience patience,
            Sender sender,
            Answer answer,
            Context eventLoop) {
        Setting with(Attempts others) {
            return new Setting(others, convictions, patience, sender, answer, eventLoop);
        }
    }

    private final Setting setting;
    private final String id;
    private @Nullable Admission admission;
    private @Nullable ApiException lastFailure;
    private boolean over;
    private long lastProgressNanos = System.nanoTime();
    private long silenceTimer = -1;
    private long recoveryEndNanos;
    private boolean recovering;

    /** @param id for the log and, where its form has one, the body */
    ReplicaCall(Setting setting, String id) {
        this.setting = setting;
        this.id = id;
    }

    /** Sends the request to {@code replica}; what it says must come back on {@code executor}. */
    abstract void send(Admission admission, Replica replica, Executor executor);

    /** What a replica is sent, but for the model. */
    abstract Message asked();

    /** Stops the work on the replica, if there is any. */
    abstract void cancelUpstream();

    /** Whether a byte of the body was sent, so that nothing can be tried elsewhere. */
    boolean isBegun() {
        return false;
    }

    /** A replica is about to be asked under {@code admission}; what is owed for it goes into the headers. */
    void admitted(Admission admission) {
        answer().license(admission);
    }

    /** Whether it waits for a replica to come back, where nothing else is left to try. */
    boolean mayWait() {
        return true;
    }

    /** Forgets what the attempt before brought. */
    void forget() {}

    /** Tells the client of a failure; nothing follows. */
    void tell(ApiException failure) {
        answer().error(failure);
    }

    /** What it means that nothing happened for {@code seconds}. */
    ApiException silent(long seconds) {
        return new ApiException(
                ErrorCode.UPSTREAM_UNAVAILABLE, "the replica said nothing for %d seconds".formatted(seconds));
    }

    @Override
    public final void start() {
        var checkMillis = Math.max(1, silenceMax().toMillis() / CHECKS_PER_SILENCE);
        silenceTimer = setting.eventLoop().owner().setPeriodic(checkMillis, _ -> checkSilence());
        attempt();
    }

    @Override
    public final void abandon() {
        if (!over) {
            finish();
            cancelUpstream();
        }
    }

    final String id() {
        return id;
    }

    final Answer answer() {
        return setting.answer();
    }

    final boolean isOver() {
        return over;
    }

    /** The decision under which the replica was asked; null before. */
    final @Nullable Admission admission() {
        return admission;
    }

    /** The replica went away while it had the request, which may have been the reason. */
    final void lost() {
        setting.attempts().lost();
    }

    /** Whether the request may be what replicas die of. */
    final boolean isSuspect() {
        return setting.attempts().isSuspect();
    }

    /** Something happened, so the silence begins anew. */
    final void progressed() {
        lastProgressNanos = System.nanoTime();
    }

    /** Tries elsewhere if nothing was sent and that may help, else fails. */
    final void failed(ApiException failure) {
        if (failure.code() == ErrorCode.REQUEST_POISONED && admission != null) {
            setting.convictions().add(digest(admission));
        }
        if (!isBegun() && UpstreamErrors.retryable(failure.code())) {
            LOG.infof("%s is tried elsewhere: %s", id, failure.reason());
            lastFailure = failure;
            forget();
            attempt();
        } else {
            fail(failure);
        }
    }

    final void fail(ApiException failure) {
        if (!over) {
            finish();
            tell(failure);
        }
    }

    /** The replica said something that cannot be. */
    final void breakOff(String reason) {
        cancelUpstream();
        fail(new ApiException(ErrorCode.UPSTREAM_FAILED, "the replica cannot be understood: " + reason));
    }

    /** Nothing more is to be done. */
    final void finish() {
        over = true;
        // A timer that has fired for the last time is no matter.
        var _ = setting.eventLoop().owner().cancelTimer(silenceTimer);
    }

    /** Ends the call with a whole JSON body. */
    final void write(byte[] body) {
        if (!over) {
            finish();
            answer().whole(body);
        }
    }

    /** Has {@code work} done on a worker thread; what comes of it is heard on the event loop. */
    final <T> void onWorker(Callable<T> work, Consumer<T> onResult, Consumer<Throwable> onFailure) {
        var _ = setting.eventLoop().executeBlocking(work, false).onComplete(onResult::accept, onFailure::accept);
    }

    final ObjectNode withLicense(ObjectNode body) {
        if (setting.sender().includeLicense() && admission != null) {
            body.set("license", LicenseJson.of(admission));
        }
        return body;
    }

    private void attempt() {
        try {
            switch (setting.attempts().next(lastFailure)) {
                case Next.Serve(var permission, var replica) -> {
                    admission = permission;
                    admitted(permission);
                    if (setting.convictions().has(() -> digest(permission))) {
                        fail(convicted());
                    } else {
                        progressed();
                        send(permission, replica, task -> setting.eventLoop().runOnContext(_ -> task.run()));
                    }
                }
                case Next.Stop(var failure, var _) when mayRecover(failure) -> recover(failure);
                case Next.Stop(var failure, var decision) -> {
                    if (decision != null) {
                        answer().license(decision);
                    }
                    fail(failure);
                }
            }
        } catch (ApiException refused) {
            fail(refused);
        }
    }

    private String digest(Admission chosen) {
        return RequestDigest.of(asked(), chosen.model().id());
    }

    private static ApiException convicted() {
        return new ApiException(
                ErrorCode.REQUEST_POISONED,
                "this very request ended a replica's process when it was the only one computed; it is sent to no replica for up to %d minutes; change it, and report it"
                        .formatted(Convictions.CONVICTION_TIME.toMinutes()));
    }

    /** Whether it is worth to wait until a replica is back. */
    private boolean mayRecover(ApiException failure) {
        // A prompt among others may come to its first attempt when the replica that serves them has just gone.
        var isAmongOthers = setting.attempts().isUnderway() && failure.code() == ErrorCode.MODEL_NOT_READY;
        var isLoss = failure == lastFailure && failure.code() == ErrorCode.UPSTREAM_UNAVAILABLE;
        if (!isAmongOthers && !isLoss || !mayWait()) {
            return false;
        }
        if (!recovering) {
            recovering = true;
            recoveryEndNanos =
                    System.nanoTime() + setting.patience().recoveryMax().toNanos();
        }
        return System.nanoTime() < recoveryEndNanos && setting.attempts().again();
    }

    private void recover(ApiException failure) {
        lastFailure = failure;
        setting.eventLoop().owner().setTimer(RECOVERY_INTERVAL.toMillis(), _ -> {
            if (!over) {
                progressed();
                attempt();
            }
        });
    }

    private Duration silenceMax() {
        return setting.patience().silenceMax();
    }

    private void checkSilence() {
        if (!over && System.nanoTime() - lastProgressNanos >= silenceMax().toNanos()) {
            cancelUpstream();
            fail(silent(silenceMax().toSeconds()));
        }
    }
}
