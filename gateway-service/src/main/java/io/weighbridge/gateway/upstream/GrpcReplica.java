package io.weighbridge.gateway.upstream;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.v1.GenerateEvent;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.GetStatusRequest;
import io.weighbridge.v1.GetStatusResponse;
import io.weighbridge.v1.InferenceGrpc;
import io.weighbridge.v1.ModelState;
import io.weighbridge.v1.ModelStatus;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A replica that is reached over gRPC: its connection and what it last said about itself. Safe for any thread. */
final class GrpcReplica implements Replica {
    /** How long a replica may take to tell its status before it counts as lost. */
    static final Duration STATUS_TIME_MAX = Duration.ofSeconds(2);

    /** Largest message that a replica may send: the most embeddings of one answer have 32 MiB of values. */
    static final int MESSAGE_BYTES_MAX = 40 << 20;

    private static final Logger LOG = Logger.getLogger(GrpcReplica.class);
    private static final Metadata.Key<String> ERROR_CODE =
            Metadata.Key.of("weighbridge-error-code", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> ERROR_PARAM =
            Metadata.Key.of("weighbridge-error-param", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> RETRY_AFTER =
            Metadata.Key.of("weighbridge-retry-after", Metadata.ASCII_STRING_MARSHALLER);
    private static final Pattern RETRY_AFTER_SECONDS = Pattern.compile("[0-9]{1,6}");

    private final String address;
    private final ManagedChannel channel;
    private volatile Map<String, ModelStatus> models = Map.of();
    private volatile boolean reachable;

    GrpcReplica(String address) {
        this.address = address;
        this.channel = Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                .maxInboundMessageSize(MESSAGE_BYTES_MAX)
                .build();
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public @Nullable ModelStatus status(String model) {
        return models.get(model);
    }

    @Override
    public boolean ready(String model) {
        var status = models.get(model);
        return status != null
                && status.getState() == ModelState.MODEL_STATE_READY
                && !status.getLoad().getDraining();
    }

    @Override
    public void generate(Admission admission, GenerateRequest request, Executor executor, GenerationListener listener) {
        admission.spend();
        var admitted = admission.model().id();
        var named = request.getModel().equals(admitted)
                ? request
                : request.toBuilder().setModel(admitted).build();
        InferenceGrpc.newStub(channel).withExecutor(executor).generate(named, new Call(listener));
    }

    @Override
    public <A> void ask(Admission admission, Question<A> question, Executor executor, AnswerListener<A> listener) {
        admission.spend();
        question.ask(
                InferenceGrpc.newStub(channel).withExecutor(executor),
                admission.model().id(),
                new QuestionCall<Object, A>(listener));
    }

    /** Asks for the status; answers later, on a thread of gRPC. */
    void poll() {
        // Without this a replica that came back would be tried again only after gRPC's growing back-off.
        channel.resetConnectBackoff();
        InferenceGrpc.newStub(channel)
                .withDeadlineAfter(STATUS_TIME_MAX.toMillis(), TimeUnit.MILLISECONDS)
                .getStatus(GetStatusRequest.getDefaultInstance(), new StatusAnswer());
    }

    void close() {
        channel.shutdownNow();
    }

    private void lost(Status status) {
        if (reachable) {
            LOG.warnf("replica %s is lost: %s", address, status);
        }
        reachable = false;
        models = Map.of();
    }

    /** What a replica says after which time trying again may help; null where it says nothing sensible. */
    private static @Nullable Duration retryAfter(@Nullable Metadata trailers) {
        var seconds = trailers == null ? null : trailers.get(RETRY_AFTER);
        return seconds != null && RETRY_AFTER_SECONDS.matcher(seconds).matches()
                ? Duration.ofSeconds(Long.parseLong(seconds))
                : null;
    }

    private final class StatusAnswer implements StreamObserver<GetStatusResponse> {
        @Override
        public void onNext(GetStatusResponse response) {
            if (!reachable) {
                LOG.infof("replica %s answers", address);
            }
            models = response.getModelsList().stream()
                    .collect(Collectors.toUnmodifiableMap(ModelStatus::getModel, Function.identity(), (a, b) -> b));
            reachable = true;
        }

        @Override
        public void onError(Throwable failure) {
            lost(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {}
    }

    private void report(Throwable failure, FailureListener listener) {
        var status = Status.fromThrowable(failure);
        var trailers = Status.trailersFromThrowable(failure);
        var code = trailers == null ? null : trailers.get(ERROR_CODE);
        if (status.getCode() == Status.Code.UNAVAILABLE && code == null) {
            lost(status);
        }
        listener.onFailure(status, code, trailers == null ? null : trailers.get(ERROR_PARAM), retryAfter(trailers));
    }

    private final class QuestionCall<Q, A> implements ClientResponseObserver<Q, A> {
        private final AnswerListener<A> listener;
        private volatile boolean cancelled;

        private QuestionCall(AnswerListener<A> listener) {
            this.listener = listener;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<Q> stream) {
            listener.onOpen(() -> {
                cancelled = true;
                stream.cancel("the client is gone or the replica was silent too long", null);
            });
        }

        @Override
        public void onNext(A answer) {
            if (!cancelled) {
                listener.onAnswer(answer);
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (!cancelled) {
                report(failure, listener);
            }
        }

        @Override
        public void onCompleted() {}
    }

    private final class Call implements ClientResponseObserver<GenerateRequest, GenerateEvent>, Generation {
        private final GenerationListener listener;
        private @Nullable ClientCallStreamObserver<GenerateRequest> stream;
        private volatile boolean cancelled;

        private Call(GenerationListener listener) {
            this.listener = listener;
        }

        @Override
        public void beforeStart(ClientCallStreamObserver<GenerateRequest> stream) {
            this.stream = stream;
            stream.disableAutoRequestWithInitial(1);
            listener.onOpen(this);
        }

        @Override
        public void onNext(GenerateEvent event) {
            if (!cancelled) {
                listener.onEvent(event);
            }
        }

        @Override
        public void onError(Throwable failure) {
            if (!cancelled) {
                report(failure, listener);
            }
        }

        @Override
        public void onCompleted() {
            if (!cancelled) {
                listener.onEnd();
            }
        }

        @Override
        public void requestOne() {
            if (stream != null) {
                stream.request(1);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            if (stream != null) {
                stream.cancel("the client is gone or the replica was silent too long", null);
            }
        }
    }
}
