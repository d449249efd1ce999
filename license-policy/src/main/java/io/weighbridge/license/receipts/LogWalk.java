package io.weighbridge.license.receipts;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Goes through a log record by record and checks each against those before: hash, chain, numbers, signed roots, keys. Opening stops at the
 * first problem, verification goes on. Not thread-safe.
 */
final class LogWalk {
    private static final int READ_BYTES = 64 * 1024;

    /** Most bytes of a record's content: the largest record is a receipt. */
    static final int CONTENT_BYTES_MAX = Receipt.RECEIPT_BYTES_MAX;

    private final LogFolder folder;
    private final Listener listener;
    private final Sha256 sha256 = new Sha256();
    private final Numbering numbering = new Numbering();
    private final Set<String> provenKeys = new HashSet<>();
    private final List<byte[]> leaves = new ArrayList<>();

    private int segment;
    private long offset;
    private byte[] chain = Sha256.ZERO;
    private String previousBatch = Sha256.hex(Sha256.ZERO);
    private @Nullable PublicKey key;
    private boolean isFirst = true;

    /** Whether the walk began with the first file, so that nothing may be taken on trust. */
    private boolean isWhole = true;

    private boolean isSealed = true;
    private boolean isPreviousKnown = true;

    /** Whether a problem was found since the last signed root, which then does not fit either and need not be named. */
    private boolean isDamaged;

    /** Is told what is found, in order. */
    interface Listener {
        /** Whether to go on. */
        boolean problem(Problem problem);

        default void receipt(Receipt receipt, byte[] content) {}

        /** The record of a signed root, whether it fits or not. */
        default void root(String hash) {}

        /** A signed root that fits; {@code leaves} are the hashes of its receipts. */
        default void batch(Batch batch, String hash, PublicKey key, List<byte[]> leaves) {}

        default void recovery(Recovery recovery) {}
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stop() {
            super("stop", null, false, false);
        }
    }

    LogWalk(LogFolder folder, Listener listener) {
        this.folder = folder;
        this.listener = listener;
    }

    /** Walks the files from number {@code from} on; returns whether it came to the end. */
    boolean walk(int from) throws IOException {
        var segments = folder.segments();
        segment = from;
        isWhole = from == 1;
        isPreviousKnown = isWhole;
        try {
            for (var entry : segments.tailMap(from).entrySet()) {
                for (; segment < entry.getKey(); segment++) {
                    offset = 0;
                    report(Problem.Kind.MISSING, 0, "the file %s is missing".formatted(name()));
                }
                file(entry.getValue());
                segment++;
            }
            segment = segments.isEmpty() ? from : segments.lastKey();
            return true;
        } catch (Stop stop) {
            return false;
        }
    }

    /** Where the last good record ends. */
    LogEnd end() {
        return new LogEnd(segment, offset, chain, numbering.last(), previousBatch, List.copyOf(leaves));
    }

    /** Whether a signed root covers every good record. */
    boolean isSealed() {
        return isSealed;
    }

    /** The key that signs at the point reached. */
    @Nullable
    PublicKey key() {
        return key;
    }

    /** The keys under which a signed root was found good. */
    Set<String> provenKeys() {
        return provenKeys;
    }

    Numbering numbering() {
        return numbering;
    }

    private void file(Path file) throws IOException {
        offset = 0;
        var size = Files.size(file);
        try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), READ_BYTES))) {
            while (offset < size) {
                if (size - offset < RecordType.HEADER_BYTES) {
                    incomplete(size);
                    return;
                }
                var type = RecordType.of(in.readByte());
                var length = in.readInt();
                var stored = in.readNBytes(Sha256.BYTES);
                if (type == null || length < 0 || length > CONTENT_BYTES_MAX) {
                    report(
                            Problem.Kind.UNREADABLE,
                            numbering.last() + 1,
                            "after receipt %d the bytes are no record; the rest of the file cannot be read"
                                    .formatted(numbering.last()));
                    return;
                }
                if (length > size - offset - RecordType.HEADER_BYTES) {
                    incomplete(size);
                    return;
                }
                record(type, in.readNBytes(length), stored);
                offset += RecordType.HEADER_BYTES + length;
            }
        }
    }

    private void incomplete(long size) {
        report(
                Problem.Kind.INCOMPLETE,
                numbering.last() + 1,
                "the file ends %d bytes into the record after receipt %d".formatted(size - offset, numbering.last()));
    }

    private void record(RecordType type, byte[] content, byte[] stored) {
        var leaf = sha256.leaf(content);
        // A walk that starts in the middle takes the first header's word; a signed root confirms it later.
        var before = isFirst && type == RecordType.SEGMENT_HEADER ? claimedChain(content) : chain;
        var isLinked = Arrays.equals(stored, sha256.link(before, type.code, leaf));
        try {
            switch (type) {
                case SEGMENT_HEADER -> header(SegmentHeader.parse(content), isLinked);
                case RECEIPT -> receipt(Receipt.parse(content), isLinked, content, leaf);
                case BATCH -> batch(Batch.parse(content), isLinked, leaf);
                case KEY_CHANGE -> keyChange(KeyChange.parse(content), isLinked);
                case RECOVERY -> recovery(Recovery.parse(content), isLinked);
            }
        } catch (IllegalArgumentException broken) {
            report(
                    Problem.Kind.CHANGED,
                    numbering.last() + 1,
                    "the %s after receipt %d was changed: %s"
                            .formatted(words(type), numbering.last(), broken.getMessage()));
            if (type == RecordType.RECEIPT) {
                // Its number cannot be read; it is named here, so the gap it leaves is not named again.
                numbering.skip();
                leaves.add(leaf);
            }
        }
        chain = stored;
        isFirst = false;
        isSealed = type == RecordType.BATCH;
    }

    private byte[] claimedChain(byte[] content) {
        try {
            var header = SegmentHeader.parse(content);
            return header.segment() == 1 ? Sha256.ZERO : Sha256.parse(header.previous());
        } catch (IllegalArgumentException broken) {
            return chain;
        }
    }

    private void header(SegmentHeader header, boolean isLinked) {
        linked(isLinked, RecordType.SEGMENT_HEADER);
        if (header.segment() != segment) {
            report(
                    Problem.Kind.REORDERED,
                    0,
                    "this file was written as number %d, it lies at number %d".formatted(header.segment(), segment));
        }
        var claimed = Keys.publicKey(Base64.getDecoder().decode(header.publicKey()));
        if (isFirst && !isWhole) {
            numbering.start(header.first());
        }
        if (isFirst) {
            key = claimed;
        }
        if (!claimed.equals(key)) {
            report(Problem.Kind.KEY, 0, "the file's header names another key than the records before");
        }
        if (header.first() > numbering.last() + 1) {
            numbering.gap(header.first());
            isDamaged = true;
        }
    }

    private void receipt(Receipt receipt, boolean isLinked, byte[] content, byte[] leaf) {
        var sequence = receipt.sequence();
        var decision = receipt.draft().decision();
        var wanted = numbering.last() + 1;
        if (sequence == wanted) {
            if (!isLinked) {
                report(
                        Problem.Kind.CHANGED,
                        sequence,
                        "receipt %d (decision %s), or the record before it, was changed or removed"
                                .formatted(sequence, decision));
            }
        } else if (sequence > wanted) {
            report(
                    Problem.Kind.MISSING,
                    wanted,
                    "receipt %d (decision %s) is where receipt %d should be".formatted(sequence, decision, wanted));
        } else {
            report(
                    Problem.Kind.REORDERED,
                    sequence,
                    "receipt %d (decision %s) is after receipt %d".formatted(sequence, decision, numbering.last()));
        }
        numbering.take(sequence);
        leaves.add(leaf);
        listener.receipt(receipt, content);
    }

    private void batch(Batch batch, boolean isLinked, byte[] leaf) {
        linked(isLinked, RecordType.BATCH);
        var signer = key;
        var isSigned = signer != null && batch.keyId().equals(Keys.id(signer)) && batch.isSignedBy(signer);
        if (!isSigned) {
            report(
                    Problem.Kind.SIGNATURE,
                    batch.last(),
                    "the signature over receipts %d to %d is not by the log's key"
                            .formatted(batch.first(), batch.last()));
        } else if (!isDamaged) {
            var misfit = misfit(batch);
            if (misfit != null) {
                report(
                        Problem.Kind.SIGNATURE,
                        batch.last(),
                        "the signed root over receipts %d to %d does not fit: %s. One of them, or a record between, was changed and its hashes made anew, or the signed root before it is missing"
                                .formatted(batch.first(), batch.last(), misfit));
            }
        }
        if (isSigned) {
            // What the signature covers was there, so the last receipts before it are missing if they were not seen.
            numbering.gap(batch.last() + 1);
        }
        var hash = Sha256.hex(leaf);
        listener.root(hash);
        if (!isDamaged && signer != null) {
            provenKeys.add(batch.keyId());
            listener.batch(batch, hash, signer, List.copyOf(leaves));
        }
        previousBatch = hash;
        isPreviousKnown = true;
        leaves.clear();
        isDamaged = false;
    }

    private @Nullable String misfit(Batch batch) {
        if (batch.last() != numbering.last() || batch.count() != leaves.size()) {
            return "%d receipts up to %d lie before it".formatted(leaves.size(), numbering.last());
        }
        if (!batch.root().equals(Sha256.hex(Merkle.root(sha256, leaves)))) {
            return "their Merkle root is another";
        }
        if (!batch.chain().equals(Sha256.hex(chain))) {
            return "the chain before it is another";
        }
        // A walk that starts in the middle does not know the signed root before its first.
        if (isPreviousKnown && !batch.previous().equals(previousBatch)) {
            return "it follows another signed root";
        }
        return batch.segment() == segment ? null : "it belongs to file %d".formatted(batch.segment());
    }

    private void keyChange(KeyChange change, boolean isLinked) {
        linked(isLinked, RecordType.KEY_CHANGE);
        var from = Keys.publicKey(Base64.getDecoder().decode(change.oldKey()));
        var to = Keys.publicKey(Base64.getDecoder().decode(change.newKey()));
        if (!from.equals(key) || !change.isSignedBy(from, to)) {
            report(Problem.Kind.KEY, 0, "the change of the signing key is not signed by both keys");
        }
        key = to;
    }

    private void recovery(Recovery recovery, boolean isLinked) {
        linked(isLinked, RecordType.RECOVERY);
        listener.recovery(recovery);
    }

    private void linked(boolean isLinked, RecordType type) {
        if (!isLinked) {
            report(
                    Problem.Kind.CHANGED,
                    numbering.last(),
                    "the %s after receipt %d, or the record before it, was changed or removed"
                            .formatted(words(type), numbering.last()));
        }
    }

    private void report(Problem.Kind kind, long sequence, String what) {
        isDamaged = true;
        if (!listener.problem(
                new Problem(kind, sequence, name(), offset, "%s, at byte %d of %s".formatted(what, offset, name())))) {
            throw new Stop();
        }
    }

    private String name() {
        return String.valueOf(folder.segment(segment).getFileName());
    }

    private static String words(RecordType type) {
        return switch (type) {
            case SEGMENT_HEADER -> "file header";
            case RECEIPT -> "receipt";
            case BATCH -> "signed root";
            case KEY_CHANGE -> "key change";
            case RECOVERY -> "recovery record";
        };
    }
}
