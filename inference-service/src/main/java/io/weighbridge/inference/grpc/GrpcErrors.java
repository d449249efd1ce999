package io.weighbridge.inference.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import org.jboss.logging.Logger;

/** The one place where failures become gRPC statuses. Stack traces never leave the process. */
final class GrpcErrors {
    private static final Logger LOG = Logger.getLogger(GrpcErrors.class);

    static final Metadata.Key<String> CODE =
            Metadata.Key.of("weighbridge-error-code", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> PARAM =
            Metadata.Key.of("weighbridge-error-param", Metadata.ASCII_STRING_MARSHALLER);
    /** Whole seconds, rounded up. */
    static final Metadata.Key<String> RETRY_AFTER =
            Metadata.Key.of("weighbridge-retry-after", Metadata.ASCII_STRING_MARSHALLER);

    private GrpcErrors() {}

    static StatusRuntimeException of(Throwable failure) {
        if (failure instanceof InferenceException known) {
            return of(known);
        }
        LOG.error("a call failed for an unforeseen reason", failure);
        return of(new InferenceException(ErrorCode.INTERNAL, "internal error; the replica's log has the reason"));
    }

    private static StatusRuntimeException of(InferenceException failure) {
        var trailers = new Metadata();
        trailers.put(CODE, failure.code().name());
        var param = failure.param();
        if (param != null) {
            trailers.put(PARAM, param);
        }
        var retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            trailers.put(RETRY_AFTER, Long.toString(retryAfter.plusMillis(999).toSeconds()));
        }
        return status(failure.code())
                .withDescription(failure.getMessage())
                .withCause(failure)
                .asRuntimeException(trailers);
    }

    private static Status status(ErrorCode code) {
        return switch (code.kind()) {
            case CALLER -> Status.INVALID_ARGUMENT;
            case NOT_FOUND -> Status.NOT_FOUND;
            case LATER -> Status.UNAVAILABLE;
            case CAPACITY -> Status.RESOURCE_EXHAUSTED;
            case HARMFUL -> Status.FAILED_PRECONDITION;
            case OURS -> Status.INTERNAL;
        };
    }
}
