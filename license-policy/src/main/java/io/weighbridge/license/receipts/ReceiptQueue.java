package io.weighbridge.license.receipts;

import io.weighbridge.license.receipts.ReceiptLogException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the writer. Many threads add, the writer takes all at once when the window has passed, so that a receipt costs no
 * wake-up of its own. Thread-safe.
 */
final class ReceiptQueue {
    /** For {@link #take} where nothing is to be signed. */
    static final long NEVER = Long.MAX_VALUE;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private final Condition work = lock.newCondition();
    private final int capacity;
    private final int groupMax;
    private final long windowNanos;
    private final long blockNanos;

    private ArrayList<Item> items = new ArrayList<>();
    private int receipts;
    private boolean isUrgent;
    private long oldestNanos;
    private @Nullable ReceiptLogException refusal;

    /** Something for the writer to do. */
    sealed interface Item {
        /** Write a receipt. */
        record Append(Draft draft, Receipt.Encoded encoded, CompletableFuture<Receipt> done) implements Item {}

        /** Make durable what came before. */
        record Flush(CompletableFuture<Void> done) implements Item {}

        /** Change the signing key. */
        record RotateKey(CompletableFuture<String> done) implements Item {}

        /** Sign what was written: its time has come, and nothing else waits. */
        record Sign() implements Item {}
    }

    ReceiptQueue(Options options) {
        capacity = options.queueCapacity();
        groupMax = options.groupMax();
        windowNanos = options.window().toNanos();
        blockNanos = options.blockFor().toNanos();
    }

    /** Adds a receipt, or throws when there is no room or the log takes nothing more. */
    void add(Item.Append append) {
        lock.lock();
        try {
            check();
            if (receipts >= capacity) {
                awaitRoom();
            }
            receipts++;
            put(append, receipts >= groupMax);
        } finally {
            lock.unlock();
        }
    }

    /** Adds what is not a receipt: it always has room and is done at once. */
    void addUrgent(Item item) {
        lock.lock();
        try {
            check();
            isUrgent = true;
            put(item, true);
        } finally {
            lock.unlock();
        }
    }

    /**
     * What to write next: as soon as the oldest has waited for the window, or there are enough; nothing once closed and empty. If
     * nothing comes within {@code signNanos}, one {@link Item.Sign}.
     */
    List<Item> take(long signNanos) throws InterruptedException {
        lock.lock();
        try {
            var rest = signNanos;
            while (items.isEmpty() && refusal == null) {
                if (signNanos == NEVER) {
                    work.await();
                } else if (rest <= 0) {
                    return List.of(new Item.Sign());
                } else {
                    rest = work.awaitNanos(rest);
                }
            }
            awaitWindow();
            var taken = items;
            items = new ArrayList<>();
            receipts = 0;
            isUrgent = false;
            room.signalAll();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Refuses everything from now on; what waits stays for {@link #take}. The first refusal counts. */
    void refuse(ReceiptLogException why) {
        lock.lock();
        try {
            if (refusal == null) {
                refusal = why;
            }
            work.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return receipts;
        } finally {
            lock.unlock();
        }
    }

    private void put(Item item, boolean wake) {
        if (items.isEmpty()) {
            oldestNanos = System.nanoTime();
            wake = true;
        }
        items.add(item);
        if (wake) {
            work.signal();
        }
    }

    private void awaitWindow() throws InterruptedException {
        while (!isUrgent && refusal == null && receipts < groupMax) {
            var rest = windowNanos - (System.nanoTime() - oldestNanos);
            if (rest <= 0 || work.awaitNanos(rest) <= 0) {
                break;
            }
        }
    }

    private void awaitRoom() {
        var rest = blockNanos;
        try {
            while (receipts >= capacity) {
                if (rest <= 0) {
                    throw new ReceiptLogException(
                            Reason.FULL,
                            "%d receipts wait to be written and none was taken within %s: the disk is too slow for this load"
                                    .formatted(receipts, Duration.ofNanos(blockNanos)));
                }
                rest = room.awaitNanos(rest);
                check();
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new ReceiptLogException(
                    Reason.FULL, "interrupted while waiting for room in the receipt queue", interrupted);
        }
    }

    private void check() {
        if (refusal != null) {
            throw new ReceiptLogException(refusal.reason(), String.valueOf(refusal.getMessage()), refusal);
        }
    }
}
