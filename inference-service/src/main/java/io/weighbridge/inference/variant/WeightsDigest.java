package io.weighbridge.inference.variant;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** Names weights by their bytes, as the registry does, so that both speak of the same checkpoint. */
public final class WeightsDigest {
    private static final int BUFFER_BYTES = 1 << 20;

    private WeightsDigest() {}

    /** One file: its digest. Several: the digest of the lines {@code digest path\n} sorted by path. */
    public static String of(Map<String, String> digestByPath) {
        if (digestByPath.size() == 1) {
            return digestByPath.values().iterator().next();
        }
        var lines = new StringBuilder();
        new TreeMap<>(digestByPath)
                .forEach((path, digest) ->
                        lines.append(digest).append(' ').append(path).append('\n'));
        return text(sha256().digest(lines.toString().getBytes(StandardCharsets.UTF_8)));
    }

    /** Whether a checkpoint's file of this name holds weights. */
    public static boolean holdsWeights(String path) {
        return path.endsWith(".gguf") || path.endsWith(".safetensors");
    }

    /** "sha256:" and hex of a file's bytes. */
    public static String ofFile(Path file) throws IOException {
        var digest = sha256();
        var buffer = ByteBuffer.allocate(BUFFER_BYTES);
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                digest.update(buffer.flip());
                buffer.clear();
            }
        }
        return text(digest.digest());
    }

    private static String text(byte[] digest) {
        return "sha256:" + HexFormat.of().formatHex(digest);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
