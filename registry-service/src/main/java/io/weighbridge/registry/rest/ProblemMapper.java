package io.weighbridge.registry.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.weighbridge.registry.catalog.Catalog.CatalogUnavailableException;
import io.weighbridge.registry.catalog.Catalog.ModelExistsException;
import io.weighbridge.registry.catalog.Catalog.OutdatedException;
import io.weighbridge.registry.catalog.LicenseHistory;
import io.weighbridge.registry.licensing.Lineages.RefusedLineageException;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** The one place where failures become {@code application/problem+json} (RFC 9457). Stack traces go to the log only. */
final class ProblemMapper {
    private static final Logger LOG = Logger.getLogger(ProblemMapper.class);
    private static final MediaType PROBLEM = new MediaType("application", "problem+json");

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Problem(String type, String title, int status, String detail, ErrorCode code) {}

    @ServerExceptionMapper
    Response foreseen(ApiException e) {
        return problem(e.code(), String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response exists(ModelExistsException e) {
        return problem(
                ErrorCode.MODEL_EXISTS,
                e.getMessage()
                        + "; change what it was made from with PUT .../madeFrom, its license with PUT .../license/declared"
                        + " and POST .../license/conclusion");
    }

    @ServerExceptionMapper
    Response outdated(OutdatedException e) {
        return problem(ErrorCode.LICENSE_RECORD_CHANGED, String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response full(LicenseHistory.FullException e) {
        return problem(ErrorCode.LICENSE_HISTORY_FULL, String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response lineage(RefusedLineageException e) {
        return problem(
                e.naming() ? ErrorCode.NAMING_DUTY_UNMET : ErrorCode.LINEAGE_REFUSED, String.valueOf(e.getMessage()));
    }

    @ServerExceptionMapper
    Response unavailable(CatalogUnavailableException e) {
        LOG.error("catalog unavailable", e);
        return problem(ErrorCode.CATALOG_UNAVAILABLE, "The catalog database does not answer. Try again shortly.");
    }

    @ServerExceptionMapper
    Response protocol(WebApplicationException e) {
        var status = e.getResponse().getStatus();
        return switch (status) {
            case 404 -> problem(ErrorCode.PATH_NOT_FOUND, "There is nothing at this path.");
            case 405 -> problem(ErrorCode.METHOD_NOT_ALLOWED, "This path does not take this method.");
            case 415 -> problem(ErrorCode.UNSUPPORTED_MEDIA_TYPE, "This path takes a body of type application/json.");
            case 406 -> problem(ErrorCode.NOT_ACCEPTABLE, "This path cannot answer in the media type asked for.");
            default ->
                status < 500 ? problem(ErrorCode.INVALID_ARGUMENT, "The request is not understood.") : unforeseen(e);
        };
    }

    @ServerExceptionMapper
    Response unforeseen(Throwable e) {
        LOG.error("unforeseen failure", e);
        return problem(ErrorCode.INTERNAL, "An internal error; the registry's log has more.");
    }

    private static Response problem(ErrorCode code, String detail) {
        var status = code.kind().status();
        var known = Response.Status.fromStatusCode(status);
        var title = known == null ? "Unprocessable Content" : known.getReasonPhrase();
        return Response.status(status)
                .type(PROBLEM)
                .entity(new Problem("about:blank", title, status, detail, code))
                .build();
    }
}
