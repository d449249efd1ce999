package io.weighbridge.license.receipts;

import io.weighbridge.license.receipts.ReceiptLogException.Reason;
import io.weighbridge.license.receipts.ReceiptQueue.Item;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of receipts in a folder: chained by hash, synced in groups, signed once a second. Thread-safe; one thread writes.
 *
 * <p>A receipt is durable at most {@link Options#window} plus one sync after {@link #append}; a crash before that loses it, and the
 * future of {@code append} says when it is over. It is signed at most {@link Options#signEvery} later; a crash before that leaves it
 * chained, and the next start signs it. When writing fails the log refuses everything until it is opened again: a receipt is
 * never dropped silently.
 */
public final class ReceiptLog implements Closeable {
    /** How long {@link #close} waits for the last group. */
    public static final Duration CLOSE_MAX = Duration.ofSeconds(30);

    private final LogFolder folder;
    private final Options options;
    private final ReceiptQueue queue;
    private final LogWriter writer;
    private final FileChannel lock;
    private final Thread thread;
    private final @Nullable Recovery recovery;

    /** When the oldest receipt was written that is not signed; owned by the writer thread. */
    private long unsignedNanos;

    private volatile Batch head;
    private volatile long durable;
    private volatile @Nullable ReceiptLogException failure;
    private volatile boolean isClosed;

    /**
     * How a log is, for a health check.
     *
     * @param isAccepting whether an append has a chance
     * @param durable number of the last receipt that is chained and on the disk; the newest may not be signed yet
     * @param waiting receipts that are not
     * @param keyId the key that signs
     * @param root the newest signed Merkle root; note it elsewhere to find a rollback of the whole folder
     * @param problem why nothing is accepted, null if it is
     */
    public record Status(
            boolean isAccepting,
            long durable,
            int waiting,
            String keyId,
            String root,
            @Nullable String problem) {}

    private ReceiptLog(LogFolder folder, Options options, LogOpening.Opened opened, FileChannel lock) {
        this.folder = folder;
        this.options = options;
        this.queue = new ReceiptQueue(options);
        this.writer = opened.writer();
        this.recovery = opened.recovery();
        this.head = opened.head();
        this.durable = head.last();
        this.lock = lock;
        this.thread = new Thread(this::run, "receipts-writer");
        thread.setDaemon(true);
    }

    /** Opens the log in {@code folder}, creates it if there is none, recovers it after a crash. */
    public static ReceiptLog open(Path folder, Options options) {
        return open(folder, options, InstantSource.system(), Sink::open);
    }

    static ReceiptLog open(Path path, Options options, InstantSource clock, Sink.Opener opener) {
        var folder = new LogFolder(path);
        FileChannel lock = null;
        try {
            Durable.createFolder(path);
            lock = lock(folder);
            var log = new ReceiptLog(folder, options, LogOpening.open(folder, options, clock, opener), lock);
            log.thread.start();
            lock = null;
            return log;
        } catch (IOException broken) {
            throw new ReceiptLogException(
                    Reason.FAILED, "cannot open the receipts in %s: %s".formatted(path, broken), broken);
        } finally {
            closeQuietly(lock);
        }
    }

    /**
     * Takes a decision into the log. The future completes when the receipt is chained and on the disk, or fails with a
     * {@link ReceiptLogException}. Does not block unless the queue is full and {@link Options#blockFor} is above zero.
     *
     * @throws ReceiptLogException if the queue is full, or the log failed or was closed
     * @throws IllegalArgumentException if the receipt is too large
     */
    public CompletableFuture<Receipt> append(Draft draft) {
        var item = new Item.Append(draft, Receipt.encode(draft), new CompletableFuture<>());
        queue.add(item);
        return item.done();
    }

    /** Returns when everything appended before is signed and on the disk. */
    public void flush() {
        var item = new Item.Flush(new CompletableFuture<>());
        queue.addUrgent(item);
        await(item.done());
    }

    /** Signs with a new key from here on; returns its id. The old public key stays in the folder, the old private key does not. */
    public String rotateKey() {
        var item = new Item.RotateKey(new CompletableFuture<>());
        queue.addUrgent(item);
        return await(item.done());
    }

    public Status status() {
        var why = failure;
        var batch = head;
        return new Status(
                why == null && !isClosed,
                durable,
                queue.size(),
                batch.keyId(),
                batch.root(),
                why != null ? why.getMessage() : isClosed ? "the log is closed" : null);
    }

    /** What opening had to recover, null if nothing. */
    public @Nullable Recovery recovery() {
        return recovery;
    }

    /** Writes what waits, and closes. */
    @Override
    public void close() {
        isClosed = true;
        queue.refuse(new ReceiptLogException(Reason.CLOSED, "the receipt log is closed"));
        try {
            if (!thread.join(CLOSE_MAX)) {
                throw new ReceiptLogException(
                        Reason.FAILED,
                        "the receipts in %s were not written within %s".formatted(folder.path(), CLOSE_MAX));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // --- the writer thread
    // --------------------------------------------------------------------------------------------

    private void run() {
        List<Item> items = List.of();
        try {
            while (true) {
                items = queue.take(writer.unsigned() == 0 ? ReceiptQueue.NEVER : signNanos());
                if (items.isEmpty()) {
                    break;
                }
                write(items);
            }
            seal(new ArrayList<>());
        } catch (IOException | RuntimeException | InterruptedException | Error broken) {
            fail(items, broken);
        } finally {
            closeQuietly(writer);
            closeQuietly(lock);
        }
    }

    private void write(List<Item> items) throws IOException {
        var group = new ArrayList<Written>();
        for (var item : items) {
            switch (item) {
                case Item.Append append -> {
                    if (writer.unsigned() == 0) {
                        unsignedNanos = System.nanoTime();
                    }
                    group.add(new Written(append, writer.append(append.encoded())));
                    if (writer.unsigned() >= options.groupMax() || writer.isSegmentFull()) {
                        seal(group);
                    }
                }
                case Item.Flush flush -> {
                    seal(group);
                    flush.done().complete(null);
                }
                case Item.RotateKey rotate -> {
                    seal(group);
                    rotate.done().complete(changeKey());
                }
                case Item.Sign _ -> seal(group);
            }
        }
        // Signed now if the next group would come too late for it: that saves a sync.
        if (signNanos() <= options.window().toNanos()) {
            seal(group);
        } else {
            sync(group);
        }
    }

    /** How long the oldest unsigned receipt may still wait. */
    private long signNanos() {
        return options.signEvery().toNanos() - (System.nanoTime() - unsignedNanos);
    }

    private record Written(Item.Append item, long sequence) {}

    private void sync(List<Written> group) throws IOException {
        if (!group.isEmpty()) {
            writer.sync();
            acknowledge(group);
        }
    }

    private void seal(List<Written> group) throws IOException {
        if (writer.unsigned() > 0) {
            head = writer.seal();
            acknowledge(group);
        }
    }

    private void acknowledge(List<Written> group) {
        durable = writer.lastSequence();
        for (var written : group) {
            written.item()
                    .done()
                    .complete(new Receipt(written.sequence(), written.item().draft()));
        }
        group.clear();
    }

    private String changeKey() throws IOException {
        var former = writer.key();
        var next = SigningKey.create();
        next.write(folder.nextKey());
        writer.append(KeyChange.of(former, next, writer.now()), next);
        head = writer.seal();
        LogOpening.promote(folder, former);
        return next.id();
    }

    private void fail(List<Item> items, Throwable broken) {
        var why = new ReceiptLogException(
                Reason.FAILED,
                "receipts cannot be written to %s: %s. Nothing more is accepted; make room or repair the disk, then restart"
                        .formatted(folder.path(), broken),
                broken);
        failure = why;
        queue.refuse(why);
        refuse(items, why);
        try {
            for (var rest = queue.take(ReceiptQueue.NEVER); !rest.isEmpty(); rest = queue.take(ReceiptQueue.NEVER)) {
                refuse(rest, why);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void refuse(List<Item> items, ReceiptLogException why) {
        for (var item : items) {
            // What was completed before stays so.
            switch (item) {
                case Item.Append append -> append.done().completeExceptionally(why);
                case Item.Flush flush -> flush.done().completeExceptionally(why);
                case Item.RotateKey rotate -> rotate.done().completeExceptionally(why);
                case Item.Sign _ -> {}
            }
        }
    }

    // --- helpers
    // ------------------------------------------------------------------------------------------------------

    private static <T> T await(CompletableFuture<T> done) {
        try {
            return done.join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof ReceiptLogException why) {
                throw new ReceiptLogException(why.reason(), String.valueOf(why.getMessage()), why);
            }
            throw failed;
        }
    }

    private static FileChannel lock(LogFolder folder) throws IOException {
        var channel = FileChannel.open(folder.lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException here) {
            // This process has it open: the same answer.
        } catch (IOException broken) {
            channel.close();
            throw broken;
        }
        channel.close();
        throw new ReceiptLogException(
                Reason.IN_USE,
                "the receipts in %s are open in another process; only one may write".formatted(folder.path()));
    }

    private static void closeQuietly(@Nullable Closeable closeable) {
        try {
            if (closeable != null) {
                closeable.close();
            }
        } catch (IOException ignored) {
            // Everything that counts was forced to the disk before.
        }
    }
}
