package io.weighbridge.gateway.openai;

import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Gives every failure of a resource OpenAI's error body. A stack trace goes to the log and never to the client. */
public final class ErrorMapper {
    private static final Logger LOG = Logger.getLogger(ErrorMapper.class);

    @ServerExceptionMapper
    Response refused(ApiException failure) {
        return response(failure);
    }

    @ServerExceptionMapper
    Response http(WebApplicationException failure) {
        return response(
                switch (failure.getResponse().getStatus()) {
                    case 404 -> new ApiException(ErrorCode.NOT_FOUND, "there is nothing at this address");
                    case 405 -> new ApiException(ErrorCode.METHOD_NOT_ALLOWED, "this address has no such method");
                    default ->
                        new ApiException(ErrorCode.INVALID_VALUE, "the request is refused: " + failure.getMessage());
                });
    }

    @ServerExceptionMapper
    Response broken(RuntimeException failure) {
        LOG.error("a request failed", failure);
        return response(new ApiException(ErrorCode.INTERNAL_ERROR, "the gateway failed; its log says why"));
    }

    private static Response response(ApiException failure) {
        var error = ErrorResponse.of(failure);
        var response = Response.status(error.status()).type("application/json").entity(Json.bytes(error.body()));
        error.headers().forEach(response::header);
        return response.build();
    }
}
