package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.PartialBlob;
import java.io.IOException;
import java.util.function.LongConsumer;

/** Brings the bytes of one kind of source into a partial blob. Blocking; used from several threads. */
interface Fetcher<S extends SourceRef> {
    /**
     * Appends what is missing. Does not commit.
     *
     * @param progress told the bytes here so far, after each piece
     * @return the revision that was fetched, for the checkpoint's record
     * @throws FetchException if this source cannot deliver; what came stays in the partial blob only if it can be resumed
     * @throws PartialBlob.WrongBytesException if it sends more than is pinned
     * @throws PartialBlob.StorageException if this machine cannot store the bytes
     */
    String fetch(S source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException;
}
