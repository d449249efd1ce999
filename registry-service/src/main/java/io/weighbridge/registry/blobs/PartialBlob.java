package io.weighbridge.registry.blobs;

import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * The bytes of a blob while they arrive. Never holds more than the pinned size; becomes a blob only through {@link #commit},
 * which checks every byte. One thread at a time.
 */
public final class PartialBlob {
    private final BlobStore store;
    private final CheckpointFile file;
    private final Path path;
    private final BlobStore.FileOpener opener;

    PartialBlob(BlobStore store, CheckpointFile file, Path path, BlobStore.FileOpener opener) {
        this.store = store;
        this.file = file;
        this.path = path;
        this.opener = opener;
    }

    /** The source sent something else than what is pinned. */
    public static final class WrongBytesException extends IOException {
        private static final long serialVersionUID = 1;

        WrongBytesException(String message) {
            super(message);
        }
    }

    /** This machine could not store the bytes; no other source can help. */
    public static final class StorageException extends IOException {
        private static final long serialVersionUID = 1;

        StorageException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** The bytes that are to come: path, size and digest. */
    public CheckpointFile file() {
        return file;
    }

    /** Bytes here already; where to resume. */
    public long size() throws IOException {
        return Files.exists(path) ? Files.size(path) : 0;
    }

    /** Appends all of {@code bytes}, telling {@code progress} the size after each piece. Keeps what came if the stream breaks. */
    public void append(InputStream bytes, LongConsumer progress) throws IOException {
        var size = size();
        var buffer = new byte[BlobStore.BUFFER_BYTES];
        try (var out = open()) {
            for (int count = bytes.read(buffer); count >= 0; count = bytes.read(buffer)) {
                size += count;
                if (size > file.sizeBytes()) {
                    throw new WrongBytesException("it sends more than the pinned %d bytes".formatted(file.sizeBytes()));
                }
                write(out, buffer, count);
                progress.accept(size);
            }
        }
    }

    /** Checks size and digest and makes the bytes a blob; wrong bytes are deleted. */
    public void commit() throws IOException {
        var size = size();
        if (size != file.sizeBytes()) {
            discard();
            throw new WrongBytesException("it sent %d bytes, pinned are %d".formatted(size, file.sizeBytes()));
        }
        if (size == 0) {
            open().close();
        }
        var actual = digest();
        if (!actual.equals(file.digest())) {
            discard();
            throw new WrongBytesException("it sent %s, pinned is %s".formatted(actual, file.digest()));
        }
        try {
            store.admit(path, file.digest());
        } catch (IOException e) {
            throw storage(e);
        }
    }

    /** Forgets what came so far. */
    public void discard() throws IOException {
        Files.deleteIfExists(path);
    }

    private OutputStream open() throws StorageException {
        try {
            return opener.open(path);
        } catch (IOException e) {
            throw storage(e);
        }
    }

    private void write(OutputStream out, byte[] buffer, int count) throws StorageException {
        try {
            out.write(buffer, 0, count);
        } catch (IOException e) {
            throw storage(e);
        }
    }

    private StorageException storage(IOException e) {
        return new StorageException(
                "cannot store %s (%d bytes) under %s: %s. Free space there or fix its permissions, then pull again"
                        .formatted(file.path(), file.sizeBytes(), store.root(), e.getMessage()),
                e);
    }

    private Digest digest() throws IOException {
        var algorithm = Digest.algorithm();
        var buffer = new byte[BlobStore.BUFFER_BYTES];
        try (var in = Files.newInputStream(path)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                algorithm.update(buffer, 0, count);
            }
        }
        return Digest.finish(algorithm.digest());
    }
}
