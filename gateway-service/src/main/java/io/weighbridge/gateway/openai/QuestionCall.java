package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.Message;
import io.grpc.Status;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.upstream.AnswerListener;
import io.weighbridge.gateway.upstream.Question;
import io.weighbridge.gateway.upstream.Replica;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A request with one answer: embeddings or scores. The body is put together on a worker thread, because it may have millions of numbers;
 * all else runs on the event loop.
 */
final class QuestionCall<A> extends ReplicaCall implements AnswerListener<A> {
    private static final Logger LOG = Logger.getLogger(QuestionCall.class);

    /** Makes the response's body of a replica's answer; {@code model} is the one that answered. Any thread. */
    interface Writer<A> {
        ObjectNode body(A answer, String model);
    }

    private final Question<A> question;
    private final UpstreamErrors.Renames renames;
    private final Writer<A> writer;
    private @Nullable Runnable cancel;
    private boolean answered;

    QuestionCall(Setting setting, String id, Question<A> question, UpstreamErrors.Renames renames, Writer<A> writer) {
        super(setting, id);
        this.question = question;
        this.renames = renames;
        this.writer = writer;
    }

    @Override
    void send(Admission admission, Replica replica, Executor executor) {
        replica.ask(admission, isSuspect() ? question.suspect() : question, executor, this);
    }

    @Override
    Message asked() {
        return question.request();
    }

    @Override
    void cancelUpstream() {
        if (cancel != null) {
            cancel.run();
        }
    }

    @Override
    public void onOpen(Runnable cancel) {
        this.cancel = cancel;
    }

    @Override
    public void onAnswer(A answer) {
        var admission = admission();
        if (isOver() || answered || admission == null) {
            return;
        }
        answered = true;
        progressed();
        var model = admission.model().id();
        onWorker(() -> Json.bytes(withLicense(writer.body(answer, model))), this::write, this::refused);
    }

    @Override
    public void onFailure(Status status, @Nullable String code, @Nullable String param, @Nullable Duration retryAfter) {
        if (!isOver() && !answered) {
            if (UpstreamErrors.isLoss(status, code)) {
                lost();
            }
            failed(UpstreamErrors.map(renames, status, code, param, retryAfter));
        }
    }

    private void refused(Throwable failure) {
        if (failure instanceof ApiException known) {
            fail(known);
        } else {
            LOG.errorf(failure, "%s could not be answered", id());
            fail(new ApiException(ErrorCode.INTERNAL_ERROR, "the gateway failed; its log says why"));
        }
    }
}
