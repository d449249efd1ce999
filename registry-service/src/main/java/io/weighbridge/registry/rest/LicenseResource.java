package io.weighbridge.registry.rest;

import io.weighbridge.registry.catalog.Author;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.Declaration;
import io.weighbridge.registry.catalog.LicenseChange;
import io.weighbridge.registry.catalog.Model;
import io.weighbridge.registry.licensing.Licenses;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * License records: what is declared, detected and concluded, with all that was before. The ETag is the record's version; who
 * sends it back as If-Match is told when somebody else has changed the record in between.
 */
@Path("/api/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class LicenseResource {
    private static final Pattern VERSION = Pattern.compile("\"(\\d{1,9})\"");

    private final Catalog catalog;
    private final Licenses licenses;
    private final ModelViews models;

    LicenseResource(Catalog catalog, Licenses licenses, ModelViews models) {
        this.catalog = catalog;
        this.licenses = licenses;
        this.models = models;
    }

    @GET
    @Path("models/{owner}/{name}/license")
    public Response record(@PathParam("owner") String owner, @PathParam("name") String name) {
        return response(models.model(owner, name));
    }

    @POST
    @Path("models/{owner}/{name}/license/conclusion")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response conclude(
            @PathParam("owner") String owner,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            byte[] bytes) {
        var model = models.model(owner, name);
        var body = Body.of(bytes, Set.of("license", "reviewer", "reason"));
        var license = body.text("license");
        var terms = licenses.find(license);
        if (terms == null) {
            throw new ApiException(
                    ErrorCode.LICENSE_WITHOUT_TERMS,
                    "the terms of '%s' have not been recorded, so a conclusion could not be decided on; %s"
                            .formatted(license, licenses.hint(license)));
        }
        var reviewer = Body.checked(() -> Author.api(body.text("reviewer")));
        var textDigest = licenses.textDigest(model.license().detected(), terms);
        var conclusion = Body.checked(() -> new LicenseChange.Concluded(terms.id(), body.text("reason"), textDigest));
        return response(catalog.append(model.id(), conclusion, reviewer, version(ifMatch), Catalog.Guard.NONE));
    }

    @PUT
    @Path("models/{owner}/{name}/license/declared")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response declare(
            @PathParam("owner") String owner,
            @PathParam("name") String name,
            @HeaderParam("If-Match") @Nullable String ifMatch,
            byte[] bytes) {
        var model = models.model(owner, name);
        var body = Body.of(bytes, Set.of("license", "name", "link", "author"));
        var author = Body.checked(() -> Author.api(body.text("author")));
        var declaration = Body.checked(
                () -> new Declaration(body.text("license"), body.textIfAny("name"), body.textIfAny("link")));
        var change = new LicenseChange.Declared(declaration);
        return response(catalog.append(model.id(), change, author, version(ifMatch), Catalog.Guard.NONE));
    }

    private Response response(Model model) {
        var version = String.valueOf(model.license().version());
        return Response.ok(LicenseViews.of(model, licenses))
                .tag(new EntityTag(version))
                .build();
    }

    static @Nullable Integer version(@Nullable String ifMatch) {
        if (ifMatch == null || ifMatch.strip().equals("*")) {
            return null;
        }
        var match = VERSION.matcher(ifMatch.strip());
        if (!match.matches()) {
            throw Body.invalid("If-Match must be the ETag of a license record, such as \"3\"");
        }
        return Integer.valueOf(match.group(1));
    }
}
