package io.weighbridge.inference.loading;

import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Files named by the SHA-256 of their bytes: {@code sha256/ab/<hex>}. What it gives out has been verified: once for each
 * state of a file, told by inode, size and time of change. Thread-safe.
 */
final class BlobFolder {
    private static final Pattern DIGEST = Pattern.compile("sha256:([0-9a-f]{64})");
    private static final int BUFFER_BYTES = 1 << 20;

    private final Path folder;
    private final Map<Path, Verified> verified = new ConcurrentHashMap<>();

    private record Verified(@Nullable Object inode, long size, FileTime changed) {}

    BlobFolder(Path folder) {
        this.folder = folder;
    }

    /** The blob's file; brought by {@code download} when it is not there. */
    Path file(String digest, long sizeBytes, Supplier<InputStream> download) {
        var match = DIGEST.matcher(digest);
        if (!match.matches()) {
            throw unusable("not a digest: '%s' (want sha256: and 64 hex digits)".formatted(digest));
        }
        String hex = match.group(1);
        Path file = folder.resolve("sha256").resolve(hex.substring(0, 2)).resolve(hex);
        try {
            if (!Files.exists(file)) {
                fetch(file, hex, sizeBytes, download);
            }
            verify(file, hex, sizeBytes);
            return file;
        } catch (IOException e) {
            throw new InferenceException(
                    ErrorCode.REGISTRY_UNAVAILABLE, "blob %s cannot be had: %s".formatted(digest, e), e);
        }
    }

    private void verify(Path file, String hex, long sizeBytes) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        var now = new Verified(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        if (attributes.size() != sizeBytes) {
            throw unusable("blob %s has %d bytes, should have %d; delete it to have it fetched again"
                    .formatted(file, attributes.size(), sizeBytes));
        }
        if (now.equals(verified.get(file))) {
            return;
        }
        try (var bytes = new DigestInputStream(Files.newInputStream(file), sha256())) {
            var buffer = new byte[BUFFER_BYTES];
            while (bytes.read(buffer) >= 0) {
                // reading is what computes the digest
            }
            var actual = HexFormat.of().formatHex(bytes.getMessageDigest().digest());
            if (!actual.equals(hex)) {
                throw unusable("the bytes of blob %s have digest sha256:%s; delete it to have it fetched again"
                        .formatted(file, actual));
            }
        }
        verified.put(file, now);
    }

    /** Writes beside the final place and moves there only what has the right size and digest. */
    private static void fetch(Path file, String hex, long sizeBytes, Supplier<InputStream> download)
            throws IOException {
        var parent = Files.createDirectories(file.resolveSibling(""));
        Path part = Files.createTempFile(parent, hex, ".part");
        try {
            try (var bytes = new DigestInputStream(download.get(), sha256());
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

    private static InferenceException unusable(String message) {
        return new InferenceException(ErrorCode.CHECKPOINT_UNUSABLE, message);
    }
}
