package io.weighbridge.registry.ingest;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A stream that closes itself when no byte has come for a while, which makes the waiting read fail. The HTTP client has no
 * such limit for bodies: without it a silent server would hold a pull for ever.
 */
final class StallGuard extends FilterInputStream {
    private final AtomicLong lastByteNanos = new AtomicLong(System.nanoTime());
    private final Thread watch;

    StallGuard(InputStream in, Duration silenceMax) {
        super(in);
        watch = Thread.ofVirtual().name("stall-guard").start(() -> watch(silenceMax));
    }

    private void watch(Duration silenceMax) {
        try {
            while (true) {
                var leftNanos = silenceMax.toNanos() - (System.nanoTime() - lastByteNanos.get());
                if (leftNanos <= 0) {
                    in.close();
                    return;
                }
                Thread.sleep(Duration.ofNanos(leftNanos));
            }
        } catch (InterruptedException | IOException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        var count = super.read(buffer, offset, length);
        lastByteNanos.set(System.nanoTime());
        return count;
    }

    @Override
    public void close() throws IOException {
        watch.interrupt();
        super.close();
    }
}
