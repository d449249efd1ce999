package io.weighbridge.gateway.openai;

import io.vertx.core.http.HttpServerRequest;
import io.weighbridge.gateway.GatewayConfig;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.keys.KeyFile;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the headers of a request say about its sender. */
@ApplicationScoped
public class Callers {
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final String BEARER = "bearer ";

    private final KeyFile keys;
    private final boolean keysRequired;

    Callers(KeyFile keys, GatewayConfig config) {
        this.keys = keys;
        this.keysRequired = config.keysRequired();
    }

    /** The caller that the request's key belongs to, or a 401. */
    public Caller caller(HttpServerRequest request) {
        var key = key(request);
        if (key == null) {
            if (!keysRequired) {
                return keys.current().anonymous();
            }
            throw new ApiException(
                    ErrorCode.INVALID_API_KEY,
                    "no API key was sent; send 'Authorization: Bearer KEY' with a key of the gateway's keys file");
        }
        var caller = keys.current().find(key);
        if (caller == null) {
            throw new ApiException(
                    ErrorCode.INVALID_API_KEY, "the API key is not known; use one of the gateway's keys file");
        }
        return caller;
    }

    /** The caller, with what this request declares about itself; a 401 or a 400 where that is wrong. */
    Requester requester(HttpServerRequest request, String requestId) {
        return new Requester(caller(request), RequestFacts.of(request), requestId);
    }

    /** Whether a header asks for something with {@code true}; absent or {@code false} does not, all else is a 400. */
    static boolean flag(HttpServerRequest request, String name) {
        var value = request.getHeader(name);
        if (value == null || value.equals("false")) {
            return false;
        }
        if (!value.equals("true")) {
            throw new ApiException(
                    ErrorCode.INVALID_VALUE, "the header %s must be true or false".formatted(name), name);
        }
        return true;
    }

    /** The client's own request id where it is harmless to echo, else a new one. */
    public static String requestId(HttpServerRequest request) {
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
