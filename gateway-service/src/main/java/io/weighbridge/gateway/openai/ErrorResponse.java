package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.admission.LicenseRefusedException;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.errors.ErrorCode.Kind;
import java.util.Locale;
import java.util.Map;

/** An error as OpenAI clients read it. The one place where a failure becomes a status, headers and a body. */
record ErrorResponse(int status, Map<String, String> headers, ObjectNode body) {
    /** Seconds after which a client should try again when capacity or a replica is missing and nobody said when there will be. */
    static final String RETRY_AFTER_SECONDS = "2";

    static ErrorResponse of(ApiException failure) {
        return new ErrorResponse(status(failure.code().kind()), headers(failure), body(failure));
    }

    private static int status(Kind kind) {
        return switch (kind) {
            case CALLER -> 400;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case METHOD -> 405;
            case TOO_LARGE -> 413;
            // What clients do not try again by themselves.
            case HARMFUL -> 422;
            case CAPACITY -> 429;
            case UPSTREAM -> 502;
            case UNAVAILABLE -> 503;
            case OURS -> 500;
        };
    }

    private static String type(Kind kind) {
        return switch (kind) {
            case CALLER, NOT_FOUND, METHOD, TOO_LARGE, HARMFUL -> "invalid_request_error";
            case UNAUTHENTICATED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case CAPACITY -> "rate_limit_error";
            case UNAVAILABLE -> "service_unavailable_error";
            case UPSTREAM, OURS -> "server_error";
        };
    }

    private static Map<String, String> headers(ApiException failure) {
        var retryAfter = failure.retryAfter();
        return switch (failure.code().kind()) {
            case CAPACITY, UNAVAILABLE ->
                Map.of("retry-after", retryAfter == null ? RETRY_AFTER_SECONDS : Long.toString(retryAfter.toSeconds()));
            case UNAUTHENTICATED -> Map.of("x-should-retry", "false", "WWW-Authenticate", "Bearer");
            case CALLER, FORBIDDEN, NOT_FOUND, METHOD, TOO_LARGE, HARMFUL -> Map.of("x-should-retry", "false");
            case UPSTREAM, OURS -> Map.of();
        };
    }

    /** {@code {"error": {message, type, param, code}}}: all four keys, always; a license refusal adds its reasons. */
    private static ObjectNode body(ApiException failure) {
        var error = Json.object()
                .put("message", failure.reason())
                .put("type", type(failure.code().kind()))
                .put("param", failure.param())
                .put("code", code(failure.code()));
        if (failure instanceof LicenseRefusedException refused) {
            LicenseJson.refusal(error, refused);
        }
        return Json.object().set("error", error);
    }

    static String code(ErrorCode code) {
        return code.name().toLowerCase(Locale.ROOT);
    }
}
