package io.weighbridge.inference.loading;

import java.util.Optional;

/** What is left of the memory budget. Thread-safe. */
public interface ModelMemory {
    /** The most that one model may take beside those that never go. */
    long availableBytes();

    /** Takes memory for a while if it is free now; nobody is evicted for it. Closing gives it back. */
    Optional<Loan> borrow(String purpose, long bytes);

    /** What is not taken now. */
    long freeBytes();

    /** Borrowed memory. */
    interface Loan extends AutoCloseable {
        @Override
        void close();
    }
}
