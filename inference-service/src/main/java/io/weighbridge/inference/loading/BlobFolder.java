package io.weighbridge.inference.loading;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Files named by the SHA-256 of their bytes: {@code sha256/ab/<hex>}. What it gives out has been verified: once for each state
 * of a file, told by inode, size and times of modification and change, also over restarts ({@link VerifiedFiles}). Thread-safe.
 */
final class BlobFolder {
    /** Files that are read or fetched at once. One core hashes about as fast as a disk reads. */
    static final int FILES_AT_ONCE_MAX = 8;

    private static final Pattern DIGEST = Pattern.compile("sha256:([0-9a-f]{64})");
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path folder;
    private final VerifiedFiles verified;
    private final Map<Path, VerifiedFiles.State> inUse = new ConcurrentHashMap<>();

    /** A blob that is wanted. */
    record Wanted(String digest, long sizeBytes) {}

    BlobFolder(Path folder) {
        this.folder = folder;
        this.verified = new VerifiedFiles(folder.resolve("verified-files"));
    }

    /**
     * The blobs' files, in the same order; those that are not there are brought by {@code download}, which is given the digest. Works on several
     * files at once.
     */
    List<Path> files(List<Wanted> wanted, Function<String, InputStream> download) {
        int threads = Math.clamp(wanted.size(), 1, Math.min(FILES_AT_ONCE_MAX, processors()));
        var results = new HashMap<Wanted, Future<Path>>();
        try (var pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("verify ", 0).daemon().factory())) {
            var files = new ArrayList<Path>();
            for (var blob : wanted) {
                Callable<Path> work = () -> file(blob, download);
                results.computeIfAbsent(blob, ignored -> pool.submit(work));
            }
            for (var blob : wanted) {
                files.add(Objects.requireNonNull(results.get(blob)).get());
            }
            return files;
        } catch (ExecutionException e) {
            results.values().forEach(result -> result.cancel(true));
            throw e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            results.values().forEach(result -> result.cancel(true));
            throw new InferenceException(ErrorCode.SHUTTING_DOWN, "interrupted while files were verified", e);
        }
    }

    /**
     * Refuses files that are no longer what was verified. Asked after they are mapped, so that what is mapped is what was
     * verified.
     */
    void confirm(Iterable<Path> files) {
        for (var file : files) {
            try {
                if (!VerifiedFiles.State.of(file).equals(inUse.get(file))) {
                    throw unusable("blob %s was changed while it was opened; load the model again".formatted(file));
                }
            } catch (IOException e) {
                throw unusable("blob %s went away while it was opened: %s".formatted(file, e));
            }
        }
    }

    private Path file(Wanted blob, Function<String, InputStream> download) {
        var match = DIGEST.matcher(blob.digest());
        if (!match.matches()) {
            throw unusable("not a digest: '%s' (want sha256: and 64 hex digits)".formatted(blob.digest()));
        }
        String hex = match.group(1);
        Path file = folder.resolve("sha256").resolve(hex.substring(0, 2)).resolve(hex);
        try {
            if (!Files.exists(file)) {
                fetch(file, hex, blob.sizeBytes(), download);
                // These bytes were hashed on their way in.
                inUse.put(file, VerifiedFiles.State.of(file));
            } else {
                verify(file, hex, blob.sizeBytes());
            }
            return file;
        } catch (IOException e) {
            throw new InferenceException(
                    ErrorCode.REGISTRY_UNAVAILABLE, "blob %s cannot be had: %s".formatted(blob.digest(), e), e);
        }
    }

    private void verify(Path file, String hex, long sizeBytes) throws IOException {
        var state = VerifiedFiles.State.of(file);
        if (state.size() != sizeBytes) {
            throw unusable("blob %s has %d bytes, should have %d with sha256:%s; delete it to have it fetched again"
                    .formatted(file, state.size(), sizeBytes, hex));
        }
        if (!state.equals(inUse.get(file)) && !verified.holds(hex, state)) {
            var begun = Instant.now();
            var actual = digest(file);
            if (!actual.equals(hex)) {
                inUse.remove(file);
                throw unusable(
                        ("blob %s should have sha256:%s, its bytes have sha256:%s: it is damaged or was replaced; "
                                        + "delete it to have it fetched again")
                                .formatted(file, hex, actual));
            }
            if (!VerifiedFiles.State.of(file).equals(state)) {
                throw unusable("blob %s was changed while it was read; load the model again".formatted(file));
            }
            if (state.restedAt(begun)) {
                verified.add(hex, state);
            }
        }
        inUse.put(file, state);
    }

    private static String digest(Path file) throws IOException {
        var digest = sha256();
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Writes beside the final place and moves there only what has the right size and digest. */
    private static void fetch(Path file, String hex, long sizeBytes, Function<String, InputStream> download)
            throws IOException {
        var parent = Files.createDirectories(file.resolveSibling(""));
        Path part = Files.createTempFile(parent, hex, ".part");
        try {
            try (var bytes = new DigestInputStream(download.apply("sha256:" + hex), sha256());
                    var out = Files.newOutputStream(part)) {
                var buffer = new byte[BUFFER_BYTES];
                long size = 0;
                for (int count = bytes.read(buffer); count >= 0 && size <= sizeBytes; count = bytes.read(buffer)) {
                    out.write(buffer, 0, count);
                    size += count;
                }
                var actual = HexFormat.of().formatHex(bytes.getMessageDigest().digest());
                if (size != sizeBytes || !actual.equals(hex)) {
                    throw new IOException("got %d bytes with sha256:%s, expected %d with sha256:%s"
                            .formatted(size, actual, sizeBytes, hex));
                }
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static int processors() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static InferenceException unusable(String message) {
        return new InferenceException(ErrorCode.CHECKPOINT_UNUSABLE, message);
    }
}
