package io.weighbridge.license.receipts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks a log offline, from its folder and a public key: finds every changed, removed or reordered record and names it.
 *
 * <p>What it cannot find: that the whole folder was put back to an older state, or made anew by the holder of the private key, because
 * such a folder is consistent. Against this, note a signed root or the number of receipts elsewhere and expect it. Receipts after the newest
 * signed root are chained but not signed yet.
 */
public final class ReceiptVerifier {
    /** Most problems that are listed; a log with so many needs no longer list. */
    public static final int PROBLEMS_MAX = 100;

    private final LogFolder folder;
    private final PublicKey trusted;
    private final @Nullable String expectedRoot;
    private final long expectedCount;

    private ReceiptVerifier(LogFolder folder, PublicKey trusted, @Nullable String expectedRoot, long expectedCount) {
        this.folder = folder;
        this.trusted = trusted;
        this.expectedRoot = expectedRoot;
        this.expectedCount = expectedCount;
    }

    /** Checks the log in {@code folder} against a key that was kept elsewhere. */
    public static ReceiptVerifier of(Path folder, PublicKey trusted) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException("%s is no folder of receipts".formatted(folder));
        }
        return new ReceiptVerifier(new LogFolder(folder), trusted, null, 0);
    }

    /** Checks the log in {@code folder} against the public key that lies in it: whoever can replace both is not found. */
    public static ReceiptVerifier of(Path folder) {
        var key = new LogFolder(folder).publicKey();
        if (!Files.exists(key)) {
            throw new IllegalArgumentException("%s holds no receipts (no %s)".formatted(folder, key.getFileName()));
        }
        return of(folder, Keys.read(key));
    }

    /** The same, and a signed root noted earlier must be among those of the log. */
    public ReceiptVerifier expectRoot(String root) {
        return new ReceiptVerifier(folder, trusted, root, expectedCount);
    }

    /** The same, and the log must have at least so many receipts. */
    public ReceiptVerifier expectCount(long count) {
        return new ReceiptVerifier(folder, trusted, expectedRoot, count);
    }

    public Verification verify() {
        return verify((_, _) -> {});
    }

    /** The same, and gives every receipt that can be read, with its canonical encoding, to {@code reader}, in the order of the files. */
    public Verification verify(BiConsumer<Receipt, byte[]> reader) {
        var check = new Check(reader);
        try {
            return check.run();
        } catch (IOException broken) {
            throw new UncheckedIOException(
                    "cannot read the receipts in %s: %s".formatted(folder.path(), broken), broken);
        }
    }

    /** The proof of the first receipt that is {@code wanted}, null if there is none under a signed root that fits. */
    public @Nullable Proof prove(Predicate<Receipt> wanted) {
        var search = new Search(wanted);
        try {
            new LogWalk(folder, search).walk(1);
        } catch (IOException broken) {
            throw new UncheckedIOException(
                    "cannot read the receipts in %s: %s".formatted(folder.path(), broken), broken);
        }
        return search.proof;
    }

    private final class Check implements LogWalk.Listener {
        private final BiConsumer<Receipt, byte[]> reader;
        private final List<Problem> problems = new ArrayList<>();
        private final List<Recovery> recoveries = new ArrayList<>();
        private final List<String> notes = new ArrayList<>();
        private @Nullable String headHash;
        private boolean isHeadSeen;
        private boolean isRootSeen;
        private long batches;
        private @Nullable Batch last;
        private @Nullable Problem unfinished;

        Check(BiConsumer<Receipt, byte[]> reader) {
            this.reader = reader;
        }

        @Override
        public boolean problem(Problem problem) {
            if (problem.kind() == Problem.Kind.INCOMPLETE && isHeadSeen) {
                unfinished = problem;
            } else {
                add(problem);
            }
            return true;
        }

        @Override
        public void receipt(Receipt receipt, byte[] content) {
            reader.accept(receipt, content);
        }

        @Override
        public void root(String hash) {
            isHeadSeen |= hash.equals(headHash);
        }

        @Override
        public void recovery(Recovery recovery) {
            recoveries.add(recovery);
        }

        @Override
        public void batch(Batch batch, String hash, PublicKey key, List<byte[]> leaves) {
            batches++;
            last = batch;
            isRootSeen |= batch.root().equals(expectedRoot);
        }

        Verification run() throws IOException {
            // The head first: a log that is being written only grows meanwhile.
            var head = head();
            headHash = head == null ? null : Sha256.hex(new Sha256().leaf(head.encode()));
            var walk = new LogWalk(folder, this);
            walk.walk(1);
            var end = walk.end();
            walk.numbering().missing().forEach(this::missing);
            if (head != null && !isHeadSeen) {
                headMissing(head, end.lastSequence());
            }
            unfinished(end);
            var signed = last == null ? 0 : last.last();
            if (end.lastSequence() > signed && problems.isEmpty()) {
                notes.add(
                        "receipts %d to %d are not signed yet: the log is being written, or its process died and the next start signs them"
                                .formatted(signed + 1, end.lastSequence()));
            }
            if (!walk.provenKeys().contains(Keys.id(trusted))) {
                add(new Problem(
                        Problem.Kind.KEY,
                        0,
                        "",
                        0,
                        "no signed root is by the key given (%s)".formatted(Keys.id(trusted))));
            }
            expectations(end.lastSequence());
            return new Verification(end.lastSequence(), signed, batches, last, problems, recoveries, notes);
        }

        private @Nullable Batch head() throws IOException {
            try {
                var head = folder.readHead();
                if (head == null) {
                    add(headProblem("head.json is missing: whether receipts are missing at the end cannot be told"));
                }
                return head;
            } catch (IllegalArgumentException broken) {
                add(headProblem("head.json was changed: " + broken.getMessage()));
                return null;
            }
        }

        private void headMissing(Batch head, long lastSequence) {
            var what = head.last() > lastSequence
                    ? "%s at the end: the signed head covers up to %d"
                            .formatted(missingWords(lastSequence + 1, head.last()), head.last())
                    : "the signed root that head.json repeats (receipts %d to %d) is not in the log as it was"
                            .formatted(head.first(), head.last());
            add(new Problem(Problem.Kind.HEAD, Math.min(head.last(), lastSequence + 1), "head.json", 0, what));
        }

        private void missing(long first, long end) {
            add(new Problem(Problem.Kind.MISSING, first, "", 0, missingWords(first, end)));
        }

        private static String missingWords(long first, long end) {
            return first == end
                    ? "receipt %d is missing".formatted(first)
                    : "receipts %d to %d are missing".formatted(first, end);
        }

        private void unfinished(LogEnd end) {
            var problem = unfinished;
            if (problem == null) {
                return;
            }
            var lastFile = String.valueOf(folder.segment(end.segment()).getFileName());
            if (problem.file().equals(lastFile)) {
                notes.add("%s: the log is being written, or its process died and the next start cuts it off"
                        .formatted(problem.message()));
            } else {
                add(problem);
            }
        }

        private void expectations(long receipts) {
            if (expectedRoot != null && !isRootSeen) {
                add(headProblem(
                        "the expected root %s is not in the log: it was put back to an older state, or is another log"
                                .formatted(expectedRoot)));
            }
            if (receipts < expectedCount) {
                add(headProblem(
                        "the log has %d receipts, %d are expected: it was put back to an older state, or is another log"
                                .formatted(receipts, expectedCount)));
            }
        }

        private Problem headProblem(String what) {
            return new Problem(Problem.Kind.HEAD, 0, "head.json", 0, what);
        }

        private void add(Problem problem) {
            if (problems.size() < PROBLEMS_MAX) {
                problems.add(problem);
            }
        }
    }

    private static final class Search implements LogWalk.Listener {
        private final Predicate<Receipt> wanted;
        private byte @Nullable [] found;
        private long sequence;
        private @Nullable Proof proof;

        Search(Predicate<Receipt> wanted) {
            this.wanted = wanted;
        }

        @Override
        public boolean problem(Problem problem) {
            return true;
        }

        @Override
        public void receipt(Receipt receipt, byte[] content) {
            if (found == null && wanted.test(receipt)) {
                found = content;
                sequence = receipt.sequence();
            }
        }

        @Override
        public void batch(Batch batch, String hash, PublicKey key, List<byte[]> leaves) {
            if (found != null && proof == null && batch.first() <= sequence && sequence <= batch.last()) {
                proof = Proof.of(found, batch, leaves, Math.toIntExact(sequence - batch.first()));
            }
        }
    }
}
