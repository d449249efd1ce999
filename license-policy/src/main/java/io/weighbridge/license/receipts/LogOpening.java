package io.weighbridge.license.receipts;

import io.weighbridge.license.receipts.ReceiptLogException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.PublicKey;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Opens a log for writing: creates it, or checks its newest files and recovers what a crash left behind.
 *
 * <p>The head divides the two cases. What it covers was on the disk before the head was written, so damage there is no accident of a
 * crash: it is reported as tampering, and nothing is touched. What lies behind it may be unfinished: it is kept up to the last whole
 * record, signed now, and the rest is cut off into a file of its own.
 */
final class LogOpening {
    /** Most files that keep bytes cut at the same place. */
    static final int CUT_FILES_MAX = 1_000;

    private final LogFolder folder;
    private final Options options;
    private final InstantSource clock;
    private final Sink.Opener opener;

    /** An open log: its writer, what was recovered, the newest signed root. */
    record Opened(LogWriter writer, @Nullable Recovery recovery, Batch head) {}

    private LogOpening(LogFolder folder, Options options, InstantSource clock, Sink.Opener opener) {
        this.folder = folder;
        this.options = options;
        this.clock = clock;
        this.opener = opener;
    }

    static Opened open(LogFolder folder, Options options, InstantSource clock, Sink.Opener opener) throws IOException {
        return new LogOpening(folder, options, clock, opener).open();
    }

    private Opened open() throws IOException {
        var head = head();
        if (head != null) {
            return goOn(head);
        }
        var segments = folder.segments();
        if (segments.isEmpty()) {
            return begin(null);
        }
        // Only a start that was cut short leaves records without a head; then there is no receipt yet.
        var walk = new LogWalk(folder, _ -> false);
        walk.walk(1);
        if (walk.end().lastSequence() > 0 || segments.lastKey() > 1) {
            throw tampered("head.json is missing, but the log holds receipts");
        }
        return begin(cut(1, 0));
    }

    private Opened begin(@Nullable Cut cut) throws IOException {
        var key = Files.exists(folder.signingKey()) ? readKey(folder.signingKey()) : createKey();
        publish(key);
        return finish(key, LogEnd.empty(), cut, cut != null, null);
    }

    private Opened goOn(Batch head) throws IOException {
        var segments = folder.segments();
        for (int i = 1; i <= head.segment(); i++) {
            if (!segments.containsKey(i)) {
                throw tampered(
                        "the file %s is missing".formatted(folder.segment(i).getFileName()));
            }
        }
        var seen = new HeadSeeker(Sha256.hex(new Sha256().leaf(head.encode())));
        var walk = new LogWalk(folder, seen);
        walk.walk(Math.max(1, head.segment() - options.openSegments() + 1));
        var end = walk.end();
        var problem = seen.problem;
        if (!seen.isHeadSeen) {
            throw tampered(
                    problem != null
                            ? problem.message()
                            : "the signed head covers receipts up to %d, the log ends at receipt %d"
                                    .formatted(head.last(), end.lastSequence()));
        }
        if (problem != null && end.segment() < segments.lastKey()) {
            throw tampered(problem.message());
        }
        var key = currentKey(walk.key());
        publish(key);
        var cut = problem == null ? null : cut(end.segment(), end.offset());
        if (seen.last != null && !seen.last.equals(head)) {
            // A crash between the sync and the head: the head catches up.
            seen.last.writeHead(folder);
        }
        return finish(key, end, cut, cut != null || !walk.isSealed(), seen.last);
    }

    private Opened finish(SigningKey key, LogEnd end, @Nullable Cut cut, boolean isRecovery, @Nullable Batch last)
            throws IOException {
        var writer = new LogWriter(folder, options, clock, opener, key, end);
        if (!isRecovery) {
            return new Opened(writer, null, last == null ? writer.seal() : last);
        }
        var recovery = new Recovery(
                writer.now(),
                end.lastSequence(),
                end.leaves().size(),
                cut == null ? 0 : cut.bytes(),
                cut == null ? "" : cut.file());
        writer.append(recovery);
        return new Opened(writer, recovery, writer.seal());
    }

    private @Nullable Batch head() throws IOException {
        try {
            return folder.readHead();
        } catch (IllegalArgumentException broken) {
            throw tampered("head.json was changed: " + broken.getMessage());
        }
    }

    // --- the unfinished end
    // -------------------------------------------------------------------------------------------

    private record Cut(long bytes, String file) {}

    /** Moves what follows {@code offset} into a file of its own; null if nothing does. */
    private @Nullable Cut cut(int segment, long offset) throws IOException {
        var file = folder.segment(segment);
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            var bytes = channel.size() - offset;
            if (bytes == 0) {
                return null;
            }
            var kept = freeCutFile(segment, offset);
            try (var copy = FileChannel.open(kept, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (var done = 0L; done < bytes; ) {
                    done += channel.transferTo(offset + done, bytes - done, copy);
                }
                copy.force(true);
            }
            channel.truncate(offset);
            channel.force(true);
            Durable.syncFolder(folder.path());
            return new Cut(bytes, String.valueOf(kept.getFileName()));
        }
    }

    private Path freeCutFile(int segment, long offset) {
        for (int i = 0; i < CUT_FILES_MAX; i++) {
            var file = folder.cut(segment, offset, i);
            if (!Files.exists(file)) {
                return file;
            }
        }
        throw new ReceiptLogException(
                Reason.FAILED,
                "%s holds %d files of cut bytes from one place; look why it crashes there, and move them away"
                        .formatted(folder.path(), CUT_FILES_MAX));
    }

    // --- keys
    // ---------------------------------------------------------------------------------------------------------

    /** The key that the log ends with; finishes a change of keys that was cut short. */
    private SigningKey currentKey(@Nullable PublicKey wanted) throws IOException {
        if (!Files.exists(folder.signingKey())) {
            throw new ReceiptLogException(
                    Reason.KEY,
                    "%s is missing, but the folder holds a log: put the key back, or move the folder away to begin a new log"
                            .formatted(folder.signingKey()));
        }
        var id = wanted == null ? "none" : Keys.id(wanted);
        var key = readKey(folder.signingKey());
        if (key.id().equals(id)) {
            Files.deleteIfExists(folder.nextKey());
            return key;
        }
        if (Files.exists(folder.nextKey())) {
            var next = readKey(folder.nextKey());
            if (next.id().equals(id)) {
                promote(folder, key);
                return next;
            }
        }
        throw new ReceiptLogException(
                Reason.KEY,
                "the log ends with key %s, but %s holds key %s: put the log's own key back"
                        .formatted(id, folder.signingKey(), key.id()));
    }

    /** Makes the next key the current one. */
    static void promote(LogFolder folder, SigningKey former) throws IOException {
        former.writePublic(folder.formerPublicKey(former.id()));
        Files.move(
                folder.nextKey(),
                folder.signingKey(),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        SigningKey.read(folder.signingKey()).writePublic(folder.publicKey());
        Durable.syncFolder(folder.path());
    }

    private SigningKey createKey() throws IOException {
        var key = SigningKey.create();
        key.write(folder.signingKey());
        return key;
    }

    private static SigningKey readKey(Path file) {
        try {
            return SigningKey.read(file);
        } catch (IllegalArgumentException broken) {
            throw new ReceiptLogException(Reason.KEY, String.valueOf(broken.getMessage()), broken);
        }
    }

    private void publish(SigningKey key) throws IOException {
        if (!Files.exists(folder.publicKey())
                || !Keys.id(Keys.read(folder.publicKey())).equals(key.id())) {
            key.writePublic(folder.publicKey());
        }
    }

    private ReceiptLogException tampered(String what) {
        return new ReceiptLogException(
                Reason.TAMPERED,
                "the receipts in %s were damaged or tampered with after they were signed: %s. Nothing was changed now. Run 'weighbridge receipts verify' for all of it; keep the folder as evidence and move it away to begin a new log"
                        .formatted(folder.path(), what));
    }

    /** Looks for the head among the signed roots and stops at the first problem. */
    private static final class HeadSeeker implements LogWalk.Listener {
        private final String hash;
        private boolean isHeadSeen;
        private @Nullable Problem problem;
        private @Nullable Batch last;

        HeadSeeker(String hash) {
            this.hash = hash;
        }

        @Override
        public boolean problem(Problem found) {
            problem = found;
            return false;
        }

        @Override
        public void batch(Batch batch, String found, PublicKey key, List<byte[]> leaves) {
            isHeadSeen |= found.equals(hash);
            last = batch;
        }
    }
}
