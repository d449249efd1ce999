package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.PartialBlob;
import java.io.IOException;
import java.nio.file.Files;
import java.util.function.LongConsumer;

/** Copies a file of this machine. */
final class LocalFileFetcher implements Fetcher<SourceRef.LocalFile> {
    @Override
    public String fetch(SourceRef.LocalFile source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException {
        partial.discard();
        if (!Files.isRegularFile(source.path())) {
            throw new FetchException("there is no such file");
        }
        try (var in = Files.newInputStream(source.path())) {
            partial.append(in, progress);
        }
        return partial.file().digest().toString();
    }
}
