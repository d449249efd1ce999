package io.weighbridge.registry.ingest;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.weighbridge.registry.blobs.PartialBlob;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Downloads from a Hugging Face compatible hub: the revision becomes a commit first, bytes come with Range requests, so a cut
 * connection or a restart goes on where it was. The token is sent to the endpoint itself and never to where it redirects.
 */
final class HubFetcher implements Fetcher<SourceRef.HubFile> {
    /** Most redirects followed for one request. */
    static final int REDIRECTS_MAX = 5;

    /** Tries in a row that bring no new byte before the source counts as failed. */
    static final int FRUITLESS_ATTEMPTS_MAX = 3;

    /** Largest answer about a revision that is read; real ones have some kilobytes per hundred files. */
    static final int REVISION_ANSWER_BYTES_MAX = 8 << 20;

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI endpoint;
    private final @Nullable String token;
    private final Duration answerTimeout;
    private final HttpClient client;

    HubFetcher(URI endpoint, @Nullable String token, Duration connectTimeout, Duration answerTimeout) {
        this.endpoint = endpoint;
        this.token = token;
        this.answerTimeout = answerTimeout;
        this.client = HttpClient.newBuilder()
                .connectTimeout(connectTimeout)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    @Override
    public String fetch(SourceRef.HubFile source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException {
        var commit = commit(source);
        var address = under("/%s/resolve/%s/%s".formatted(source.repository(), commit, encoded(source.path())));
        var fruitless = 0;
        while (partial.size() < partial.file().sizeBytes()) {
            var before = partial.size();
            var failure = download(address, partial, progress);
            if (failure == null) {
                break;
            }
            fruitless = partial.size() > before ? 0 : fruitless + 1;
            if (fruitless >= FRUITLESS_ATTEMPTS_MAX) {
                throw failure;
            }
        }
        return commit;
    }

    /** The commit that the revision names now; asked for once, so that two files never come from two commits. */
    private String commit(SourceRef.HubFile source) throws FetchException, InterruptedException {
        if (COMMIT.matcher(source.revision()).matches()) {
            return source.revision();
        }
        var address = under("/api/models/%s/revision/%s".formatted(source.repository(), source.revision()));
        try (var body = ok(send(address, 0), address).body()) {
            var answer = JSON.readTree(body.readNBytes(REVISION_ANSWER_BYTES_MAX));
            var commit = answer.path("sha").asText();
            if (!COMMIT.matcher(commit).matches()) {
                throw new FetchException("the hub names no commit for revision '%s'".formatted(source.revision()));
            }
            return commit;
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** One request for what is missing. Returns why it broke off, or null if the stream ended by itself. */
    private @Nullable FetchException download(URI address, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException {
        var from = partial.size();
        HttpResponse<InputStream> response;
        try {
            response = send(address, from);
        } catch (IOException e) {
            return from > 0 ? broken(partial, e) : unreachable(e);
        }
        try (var body = response.body()) {
            if (response.statusCode() == 416) {
                partial.discard();
                return new FetchException("the hub has no byte %d of this file".formatted(from));
            }
            ok(response, address);
            if (from > 0 && !continuesAt(response, from)) {
                partial.discard();
                if (response.statusCode() == 206) {
                    return new FetchException("the hub answered another range than asked for");
                }
            }
            try (var guarded = new StallGuard(body, answerTimeout)) {
                partial.append(guarded, progress);
            }
            return partial.size() < partial.file().sizeBytes()
                    ? new FetchException("the connection ended after %d bytes".formatted(partial.size()))
                    : null;
        } catch (PartialBlob.WrongBytesException | PartialBlob.StorageException e) {
            throw e;
        } catch (IOException e) {
            return broken(partial, e);
        }
    }

    private static FetchException broken(PartialBlob partial, IOException e) throws IOException {
        return new FetchException("the connection broke after %d bytes: %s".formatted(partial.size(), described(e)), e);
    }

    private static boolean continuesAt(HttpResponse<?> response, long from) {
        return response.statusCode() == 206
                && response.headers().firstValue("Content-Range").orElse("").startsWith("bytes " + from + "-");
    }

    private HttpResponse<InputStream> send(URI start, long from)
            throws FetchException, IOException, InterruptedException {
        var address = start;
        for (int redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
            var response = client.send(request(address, from), HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() / 100 != 3) {
                return response;
            }
            response.body().close();
            var location = response.headers().firstValue("Location").orElse("");
            var next = resolve(address, location);
            if ("https".equals(address.getScheme()) && !"https".equals(next.getScheme())) {
                throw new FetchException("the hub redirects from https to an unprotected address");
            }
            address = next;
        }
        throw new FetchException("the hub redirects more than %d times".formatted(REDIRECTS_MAX));
    }

    private static URI resolve(URI base, String location) throws FetchException {
        try {
            var next = base.resolve(location);
            if (location.isEmpty() || next.getHost() == null) {
                throw new FetchException("the hub redirects to nowhere");
            }
            return next;
        } catch (IllegalArgumentException e) {
            throw new FetchException("the hub redirects to something that is no address", e);
        }
    }

    private HttpRequest request(URI address, long from) {
        var request = HttpRequest.newBuilder(address).timeout(answerTimeout).header("User-Agent", "weighbridge");
        if (from > 0) {
            request.header("Range", "bytes=" + from + "-");
        }
        if (token != null && sameOrigin(address)) {
            request.header("Authorization", "Bearer " + token);
        }
        return request.build();
    }

    private boolean sameOrigin(URI address) {
        return endpoint.getScheme().equals(address.getScheme())
                && endpoint.getHost().equalsIgnoreCase(address.getHost())
                && endpoint.getPort() == address.getPort();
    }

    private static HttpResponse<InputStream> ok(HttpResponse<InputStream> response, URI address)
            throws FetchException, IOException {
        var status = response.statusCode();
        if (status == 200 || status == 206) {
            return response;
        }
        response.body().close();
        throw new FetchException(
                switch (status) {
                    case 401, 403 ->
                        "the hub refuses access (%d); accept the model's terms there and set HF_TOKEN"
                                .formatted(status);
                    case 404 -> "the hub has no %s".formatted(address.getPath());
                    default -> "the hub answered %d".formatted(status);
                });
    }

    private FetchException unreachable(IOException e) {
        return new FetchException("cannot reach %s: %s".formatted(endpoint, described(e)), e);
    }

    private static String described(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    private URI under(String path) {
        var base = endpoint.toString();
        return URI.create((base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path);
    }

    private static String encoded(String path) {
        return Arrays.stream(path.split("/", -1))
                .map(s -> URLEncoder.encode(s, StandardCharsets.UTF_8).replace("+", "%20"))
                .collect(Collectors.joining("/"));
    }
}
