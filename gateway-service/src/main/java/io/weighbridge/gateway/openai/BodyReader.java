package io.weighbridge.gateway.openai;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import java.util.function.Consumer;

/**
 * Reads one request body up to a limit, on the request's event loop. A larger one is refused at once, by its announced
 * length or when it crosses the limit; what still arrives is thrown away, so that the client can read the refusal.
 */
final class BodyReader {
    /** Most bytes that are thrown away after a refusal before the connection is closed. */
    static final long DISCARDED_BYTES_MAX = 256L * 1024 * 1024;

    private final HttpServerRequest request;
    private final long limit;
    private final Consumer<byte[]> onBody;
    private final Consumer<ApiException> onRefusal;
    private final Buffer body = Buffer.buffer();
    private long received;
    private boolean refused;

    private BodyReader(
            HttpServerRequest request, long limit, Consumer<byte[]> onBody, Consumer<ApiException> onRefusal) {
        this.request = request;
        this.limit = limit;
        this.onBody = onBody;
        this.onRefusal = onRefusal;
    }

    static void read(HttpServerRequest request, long limit, Consumer<byte[]> onBody, Consumer<ApiException> onRefusal) {
        new BodyReader(request, limit, onBody, onRefusal).start();
    }

    /** Throws the body away: the request was refused before it was read. */
    static void discard(HttpServerRequest request) {
        var reader = new BodyReader(request, 0, _ -> {}, _ -> {});
        reader.refused = true;
        request.handler(reader::chunk);
        request.resume();
    }

    private void start() {
        request.handler(this::chunk);
        request.endHandler(_ -> {
            if (!refused) {
                onBody.accept(body.getBytes());
            }
        });
        if (announced() > limit) {
            refuse();
        } else if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        request.resume();
    }

    private void chunk(Buffer chunk) {
        received += chunk.length();
        if (!refused && received > limit) {
            refuse();
        }
        if (!refused) {
            body.appendBuffer(chunk);
        } else if (received > DISCARDED_BYTES_MAX) {
            // The refusal is long sent; closing has no result that matters.
            var _ = request.connection().close();
        }
    }

    private void refuse() {
        refused = true;
        onRefusal.accept(new ApiException(
                ErrorCode.BODY_TOO_LARGE,
                "the request body is larger than %d bytes, the limit of this gateway (weighbridge.gateway.request-body-max)"
                        .formatted(limit)));
    }

    private long announced() {
        try {
            var length = request.getHeader("Content-Length");
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException _) {
            return Long.MAX_VALUE;
        }
    }
}
