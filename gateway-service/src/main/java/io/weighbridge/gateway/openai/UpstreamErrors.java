package io.weighbridge.gateway.openai;

import io.grpc.Status;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a replica's failure means to the client. */
final class UpstreamErrors {
    /** The replica's codes for too much to do. */
    private static final Map<String, ErrorCode> BUSY = Map.of(
            "QUEUE_FULL", ErrorCode.QUEUE_FULL,
            "QUEUE_TIME_EXCEEDED", ErrorCode.QUEUE_TIME_EXCEEDED,
            "DEADLINE_EXCEEDED", ErrorCode.DEADLINE_EXCEEDED);

    private UpstreamErrors() {}

    /** The failure to report; the replica's own code decides where it gave one, else the gRPC status. */
    static ApiException map(
            Renames renames,
            Status status,
            @Nullable String code,
            @Nullable String param,
            @Nullable Duration retryAfter) {
        var message = status.getDescription() == null ? "no reason given" : status.getDescription();
        if ("CONTEXT_LENGTH_EXCEEDED".equals(code)) {
            return new ApiException(ErrorCode.CONTEXT_LENGTH_EXCEEDED, message, param(renames, param, true));
        }
        if ("REQUEST_POISONED".equals(code)) {
            return new ApiException(ErrorCode.REQUEST_POISONED, message);
        }
        if ("SLOW_READER".equals(code)) {
            return new ApiException(ErrorCode.READER_TOO_SLOW, message);
        }
        var busy = code == null ? null : BUSY.get(code);
        if (busy != null) {
            return ApiException.busy(busy, message, retryAfter);
        }
        return switch (status.getCode()) {
            case INVALID_ARGUMENT, OUT_OF_RANGE ->
                new ApiException(ErrorCode.INVALID_VALUE, message, param(renames, param, false));
            case RESOURCE_EXHAUSTED -> ApiException.busy(ErrorCode.QUEUE_FULL, message, retryAfter);
            case NOT_FOUND, FAILED_PRECONDITION -> new ApiException(ErrorCode.MODEL_NOT_READY, message, "model");
            case UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED, ABORTED ->
                new ApiException(
                        ErrorCode.UPSTREAM_UNAVAILABLE,
                        "the replica was lost while it answered, and what came is not whole; the request may be sent again: "
                                + message);
            case OK, UNKNOWN, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED, INTERNAL, DATA_LOSS, UNAUTHENTICATED ->
                new ApiException(ErrorCode.UPSTREAM_FAILED, "the replica failed: " + message);
        };
    }

    /** True when the replica went away while it had the request, which may have been the reason. */
    static boolean isLoss(Status status, @Nullable String code) {
        return "MODEL_FAILED".equals(code) || code == null && status.getCode() == Status.Code.UNAVAILABLE;
    }

    /** True when another replica may succeed where this one failed. */
    static boolean retryable(ErrorCode code) {
        return code == ErrorCode.UPSTREAM_UNAVAILABLE || code == ErrorCode.MODEL_NOT_READY || BUSY.containsValue(code);
    }

    /** The replica's field name in the words of the request. */
    private static @Nullable String param(Renames renames, @Nullable String param, boolean promptByDefault) {
        if (param == null || param.isBlank()) {
            return promptByDefault ? renames.prompt() : null;
        }
        var last = param.substring(param.lastIndexOf('.') + 1);
        var bracket = last.indexOf('[');
        var name = bracket < 0 ? last : last.substring(0, bracket);
        var renamed = renames.byReplicaName().get(name);
        return renamed == null ? last : renamed;
    }

    /**
     * What the replica's fields are called in the request.
     *
     * @param prompt the field that holds what the model reads
     */
    record Renames(String prompt, Map<String, String> byReplicaName) {}
}
