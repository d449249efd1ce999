package io.weighbridge.registry.ingest;

import io.weighbridge.registry.catalog.ModelRef;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;

/** A pull and those who watch it. Thread-safe; watchers are called under its lock, in order, and must not block. */
final class Pull {
    /** Progress is told in steps of this many bytes, so that watchers of a fast disk are not flooded. */
    static final long PROGRESS_STEP_BYTES = 1 << 20;

    private final List<Consumer<PullStatus>> watchers = new ArrayList<>();
    private PullStatus status;

    Pull(ModelRef model, long bytesTotal) {
        status = new PullStatus(
                UUID.randomUUID().toString(), model, PullStatus.State.RUNNING, null, 0, bytesTotal, null);
    }

    synchronized PullStatus status() {
        return status;
    }

    /** Calls {@code watcher} now and at every change. Run the result to stop. */
    synchronized Runnable watch(Consumer<PullStatus> watcher) {
        watcher.accept(status);
        if (!status.ended()) {
            watchers.add(watcher);
        }
        return () -> forget(watcher);
    }

    private synchronized void forget(Consumer<PullStatus> watcher) {
        watchers.remove(watcher);
    }

    synchronized void trying(String source) {
        change(new PullStatus(
                status.id(),
                status.model(),
                status.state(),
                source,
                status.bytesDone(),
                status.bytesTotal(),
                status.failure()));
    }

    synchronized void progress(long bytesDone) {
        if (Math.abs(bytesDone - status.bytesDone()) >= PROGRESS_STEP_BYTES || bytesDone == status.bytesTotal()) {
            change(with(PullStatus.State.RUNNING, bytesDone));
        }
    }

    synchronized void succeed() {
        change(with(PullStatus.State.SUCCEEDED, status.bytesTotal()));
        watchers.clear();
    }

    synchronized void fail(String failure) {
        change(new PullStatus(
                status.id(),
                status.model(),
                PullStatus.State.FAILED,
                status.source(),
                status.bytesDone(),
                status.bytesTotal(),
                failure));
        watchers.clear();
    }

    private PullStatus with(PullStatus.State state, long bytesDone) {
        return new PullStatus(
                status.id(), status.model(), state, status.source(), bytesDone, status.bytesTotal(), status.failure());
    }

    private void change(PullStatus next) {
        status = next;
        List.copyOf(watchers).forEach(w -> w.accept(next));
    }
}
