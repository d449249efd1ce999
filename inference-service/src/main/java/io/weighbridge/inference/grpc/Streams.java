package io.weighbridge.inference.grpc;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.Models;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Counts the running streams and, at the end, refuses new ones and lets those finish. Thread-safe. */
@ApplicationScoped
class Streams {
    private static final Logger LOG = Logger.getLogger(Streams.class);

    private final InferenceConfig config;
    private final Models models;
    private int running;
    private boolean draining;

    Streams(InferenceConfig config, Models models) {
        this.config = config;
        this.models = models;
    }

    /** One more stream; {@link #left} must follow once. */
    synchronized void entered() {
        if (draining) {
            throw new InferenceException(ErrorCode.SHUTTING_DOWN, "the replica is shutting down; ask another one");
        }
        running++;
    }

    synchronized void left() {
        running--;
        notifyAll();
    }

    synchronized int running() {
        return running;
    }

    synchronized boolean isDraining() {
        return draining;
    }

    /** Quarkus waits in here: the gRPC server stops only afterwards. */
    void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
        models.drain();
        awaitEnd();
    }

    private synchronized void awaitEnd() throws InterruptedException {
        draining = true;
        long end = System.nanoTime() + config.drainMax().toNanos();
        while (running > 0 && System.nanoTime() < end) {
            TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
        }
        if (running > 0) {
            LOG.warnf("%d streams did not finish within %s and are cut off", running, config.drainMax());
        }
    }
}
