package io.weighbridge.registry.rest;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.catalog.Digest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;
import org.jboss.resteasy.reactive.PathPart;
import org.jspecify.annotations.Nullable;

/** The bytes of blobs, sent from the file by the operating system. */
@Path("/api/v1/blobs/{digest}")
public final class BlobResource {
    private final BlobStore blobs;

    BlobResource(BlobStore blobs) {
        this.blobs = blobs;
    }

    @GET
    public Response blob(@PathParam("digest") String text, @HeaderParam("Range") @Nullable String range)
            throws IOException {
        var digest = digest(text);
        if (!blobs.contains(digest)) {
            throw new ApiException(ErrorCode.BLOB_NOT_FOUND, "no blob %s here".formatted(digest));
        }
        var file = blobs.path(digest);
        var size = Files.size(file);
        Optional<ByteRange> part = range == null ? Optional.empty() : ByteRange.parse(range, size);
        var wanted = part.orElse(new ByteRange(0, size));
        var response = Response.status(part.isPresent() ? 206 : 200)
                .type(MediaType.APPLICATION_OCTET_STREAM_TYPE)
                .header("Accept-Ranges", "bytes")
                .tag(new EntityTag(digest.toString()))
                .entity(new PathPart(file, wanted.first(), wanted.count()));
        part.ifPresent(p -> response.header("Content-Range", p.contentRange(size)));
        return response.build();
    }

    private static Digest digest(String text) {
        try {
            return Digest.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID_ARGUMENT, String.valueOf(e.getMessage()));
        }
    }
}
