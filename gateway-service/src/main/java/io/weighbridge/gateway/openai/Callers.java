package io.weighbridge.gateway.openai;

import io.vertx.core.http.HttpServerRequest;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.keys.KeyRing;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.terms.Purpose;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the headers of a request say about its sender. */
@ApplicationScoped
public class Callers {
    /** Most characters of the header x-intended-use. */
    static final int INTENDED_USE_CHARS_MAX = 512;

    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final String BEARER = "bearer ";

    private final KeyRing keys;
    private final boolean keysRequired;

    Callers(KeyRing keys, GatewayConfig config) {
        this.keys = keys;
        this.keysRequired = config.keysRequired();
    }

    /** The caller that the request's key belongs to, or a 401. */
    Caller caller(HttpServerRequest request) {
        var key = key(request);
        if (key == null) {
            if (!keysRequired) {
                return keys.anonymous();
            }
            throw new ApiException(
                    ErrorCode.INVALID_API_KEY,
                    "no API key was sent; send 'Authorization: Bearer KEY' with a key of the gateway's keys file");
        }
        var caller = keys.find(key);
        if (caller == null) {
            throw new ApiException(
                    ErrorCode.INVALID_API_KEY, "the API key is not known; use one of the gateway's keys file");
        }
        return caller;
    }

    /** The purposes in the header x-intended-use: a list with commas, of all such headers together. */
    static Use.Request declaredUse(HttpServerRequest request) {
        var header = String.join(",", request.headers().getAll("x-intended-use"));
        if (header.isBlank()) {
            return Use.Request.UNDECLARED;
        }
        if (header.length() > INTENDED_USE_CHARS_MAX) {
            throw new ApiException(
                    ErrorCode.INVALID_VALUE,
                    "the header x-intended-use has more than %d characters".formatted(INTENDED_USE_CHARS_MAX),
                    "x-intended-use");
        }
        Set<Purpose> purposes = new LinkedHashSet<>();
        for (var code : header.split(",", -1)) {
            purposes.add(Purpose.parse(code));
        }
        return Use.Request.forPurposes(purposes);
    }

    /** The client's own request id where it is harmless to echo, else a new one. */
    static String requestId(HttpServerRequest request) {
        var sent = request.getHeader("x-request-id");
        return sent != null && REQUEST_ID.matcher(sent).matches() ? sent : "req-" + UUID.randomUUID();
    }

    private static @Nullable String key(HttpServerRequest request) {
        var authorization = request.getHeader("Authorization");
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).strip();
        }
        var key = request.getHeader("x-api-key");
        return key != null ? key : request.getHeader("api-key");
    }
}
