package io.weighbridge.inference.loading;

import io.weighbridge.engine.tokenizer.Tokenizer;
import io.weighbridge.engine.tokenizer.Vocabulary;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/** A tokenizer whose memory is not freed under a thread that is still using it. Thread-safe; use after close is an exception. */
public final class SharedTokenizer implements Tokenizer {
    private final Tokenizer tokenizer;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    public SharedTokenizer(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    @Override
    public int[] encode(String text, boolean addSpecialTokens) {
        return whileOpen(() -> tokenizer.encode(text, addSpecialTokens));
    }

    @Override
    public Pair encodePair(String first, String second) {
        return whileOpen(() -> tokenizer.encodePair(first, second));
    }

    @Override
    public int[] encodeMore(String text) {
        return whileOpen(() -> tokenizer.encodeMore(text));
    }

    @Override
    public Set<String> specialTokens() {
        return tokenizer.specialTokens();
    }

    @Override
    public Vocabulary vocabulary() {
        return tokenizer.vocabulary();
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                tokenizer.close();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T whileOpen(Supplier<T> use) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the tokenizer is closed: its model was unloaded");
            }
            return use.get();
        } finally {
            lock.readLock().unlock();
        }
    }
}
