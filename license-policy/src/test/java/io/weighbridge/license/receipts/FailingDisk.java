package io.weighbridge.license.receipts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A disk that fails, or stands still, when it is told to. */
final class FailingDisk implements Sink.Opener {
    private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile boolean isHolding;

    enum Failure {
        /** Half of what is written arrives. */
        WRITE,
        /** Everything arrives, but is not known to be durable. */
        FORCE
    }

    void fail(Failure how) {
        failure.set(how);
    }

    /** The next sync waits for {@link #release}. */
    void hold() {
        isHolding = true;
    }

    void awaitHeld() throws InterruptedException {
        held.await();
    }

    void release() {
        isHolding = false;
        released.countDown();
    }

    @Override
    public Sink open(Path file) throws IOException {
        var disk = Sink.open(file);
        return new Sink() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (failure.get() == Failure.WRITE) {
                    bytes.limit(bytes.position() + bytes.remaining() / 2);
                    disk.write(bytes);
                    throw new IOException("No space left on device");
                }
                disk.write(bytes);
            }

            @Override
            public void force() throws IOException {
                if (isHolding) {
                    held.countDown();
                    try {
                        released.await();
                    } catch (InterruptedException interrupted) {
                        throw new IOException(interrupted);
                    }
                }
                if (failure.get() == Failure.FORCE) {
                    throw new IOException("No space left on device");
                }
                disk.force();
            }

            @Override
            public void close() throws IOException {
                disk.close();
            }
        };
    }
}
