package io.weighbridge.registry.blobs;

import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Digest;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Files named by the digest of their bytes: {@code sha256/ab/<hex>}. Bytes arrive in {@code partial/}, are checked, forced to
 * disk and moved in one step, so a reader sees a blob whole or not at all. Thread-safe across different digests; for one
 * digest the caller lets one thread write at a time.
 */
public final class BlobStore {
    /** Bytes copied or hashed at a time. */
    static final int BUFFER_BYTES = 1 << 20;

    private final Path root;
    private final FileOpener opener;

    public BlobStore(Path root) {
        this(root, path -> Files.newOutputStream(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    }

    BlobStore(Path root, FileOpener opener) {
        this.root = root.toAbsolutePath().normalize();
        this.opener = opener;
    }

    /** Opens a partial file for appending; replaced in tests to see a full disk. */
    interface FileOpener {
        OutputStream open(Path path) throws IOException;
    }

    /** Where the blob is, or would be. */
    public Path path(Digest digest) {
        return root.resolve("sha256").resolve(digest.hex().substring(0, 2)).resolve(digest.hex());
    }

    public boolean contains(Digest digest) {
        return Files.isRegularFile(path(digest));
    }

    public void delete(Digest digest) throws IOException {
        Files.deleteIfExists(path(digest));
    }

    /** Bytes of {@code file} received so far from one source; none if nothing was. The source is only a name here. */
    public PartialBlob partial(CheckpointFile file, String source) throws IOException {
        var name = file.digest().hex() + "."
                + Digest.of(source.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 8);
        return new PartialBlob(this, file, partialFolder().resolve(name), opener);
    }

    /** A fresh folder on the blobs' file system for a source that needs one. The caller removes it. */
    public Path scratchFolder() throws IOException {
        return Files.createTempDirectory(partialFolder(), "scratch-");
    }

    /** Writes and deletes a probe file; throws if the folder does not take bytes. */
    public void probe() throws IOException {
        var probe = Files.createTempFile(partialFolder(), "probe-", ".tmp");
        try {
            Files.write(probe, new byte[] {1});
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    Path root() {
        return root;
    }

    private Path partialFolder() throws IOException {
        return Files.createDirectories(root.resolve("partial"));
    }

    /** Makes a checked partial file a blob. */
    void admit(Path partial, Digest digest) throws IOException {
        try (var channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        var target = path(digest);
        Files.createDirectories(target.getParent());
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
        try (var folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }
}
