package io.weighbridge.license.receipts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names in a log's folder.
 *
 * <pre>
 *   receipts-000001.log      records, the oldest file first
 *   head.json                the newest signed root, replaced after its sync
 *   signing-key.pem          private and public key, for the owner only
 *   signing-key.pub.pem      the public key; earlier ones as signing-key-ID.pub.pem
 *   cut-000001-4711-0.bin    an unfinished record that recovery cut off, kept as evidence
 *   lock                     held by the process that writes
 * </pre>
 */
record LogFolder(Path path) {
    private static final Pattern SEGMENT = Pattern.compile("receipts-([0-9]{6,9})\\.log");

    /** Most bytes of a head: one signed root. */
    static final int HEAD_BYTES_MAX = 4 * 1024;

    Path segment(int number) {
        return path.resolve("receipts-%06d.log".formatted(number));
    }

    Path head() {
        return path.resolve("head.json");
    }

    Path signingKey() {
        return path.resolve("signing-key.pem");
    }

    /** The next key while it is being brought in. */
    Path nextKey() {
        return path.resolve("signing-key.next.pem");
    }

    Path publicKey() {
        return path.resolve("signing-key.pub.pem");
    }

    Path formerPublicKey(String id) {
        return path.resolve("signing-key-%s.pub.pem".formatted(id.substring(0, 16)));
    }

    Path cut(int segment, long offset, int index) {
        return path.resolve("cut-%06d-%d-%d.bin".formatted(segment, offset, index));
    }

    Path lock() {
        return path.resolve("lock");
    }

    /** The record files by number. */
    SortedMap<Integer, Path> segments() throws IOException {
        var segments = new TreeMap<Integer, Path>();
        try (var files = Files.newDirectoryStream(path)) {
            for (var file : files) {
                var name = SEGMENT.matcher(file.getFileName().toString());
                if (name.matches()) {
                    segments.put(Integer.parseInt(name.group(1)), file);
                }
            }
        }
        return segments;
    }

    /** The signed head, null if there is none; an exception if it is not one. */
    @Nullable
    Batch readHead() throws IOException {
        if (!Files.exists(head())) {
            return null;
        }
        if (Files.size(head()) > HEAD_BYTES_MAX) {
            throw new IllegalArgumentException("it is larger than a signed root");
        }
        return Batch.parse(Files.readAllBytes(head()));
    }
}
