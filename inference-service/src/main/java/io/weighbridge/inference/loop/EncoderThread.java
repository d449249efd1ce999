package io.weighbridge.inference.loop;

import io.weighbridge.engine.encoder.EncoderRunner;
import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedEncoder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a loaded encoder. Requests wait in a bounded queue; each step computes inputs of several of them together
 * ({@link EncoderSteps}), and between steps it looks at cancellations, deadlines and what came in. If the back end fails, every
 * request fails with it and the thread ends: libtorch's state is unknown then.
 */
public final class EncoderThread implements ModelThread {
    /** Tokens of one step; what a step needs in memory goes by them. */
    public static final int STEP_TOKENS_MAX = EncoderSteps.TOKENS_MAX;

    private static final Logger LOG = Logger.getLogger(EncoderThread.class);

    private final LoadedEncoder loaded;
    private final int waitingMax;
    private final Passage passage;
    private final Consumer<InferenceException> onFailure;
    private final Thread thread;
    private final CompletableFuture<Opened> opened = new CompletableFuture<>();

    /** What is done around each step. */
    public interface Passage {
        /**
         * Does {@code step}, once.
         *
         * @param digests of the requests that it is for
         * @param apart whether nothing else may be computed meanwhile
         */
        void through(List<String> digests, boolean apart, Runnable step);
    }

    /** What other threads and this one share; guarded by itself. */
    private final Object lock = new Object();

    private final List<EncoderJob> jobs = new ArrayList<>();
    private boolean afterApart;
    private boolean stopping;
    private boolean draining;
    private boolean ended;
    private double tokensPerSecond;
    private long tokensComputed;

    private volatile boolean failed;
    private volatile boolean busy;
    private volatile long beatNanos = System.nanoTime();

    /**
     * A thread not yet started. It owns {@code loaded} from {@link #start} on.
     *
     * @param waitingMax requests that wait; more are refused
     * @param passage around each step
     * @param onFailure called on this thread when it ends by a failure, before the requests hear of it
     */
    public EncoderThread(
            LoadedEncoder loaded, int waitingMax, Passage passage, Consumer<InferenceException> onFailure) {
        this.loaded = loaded;
        this.waitingMax = waitingMax;
        this.passage = passage;
        this.onFailure = onFailure;
        this.thread =
                Thread.ofPlatform().name("encoder " + loaded.model()).daemon().unstarted(this::live);
    }

    @Override
    public CompletableFuture<Opened> start() {
        thread.start();
        return opened;
    }

    /** Hands a request over; its result tells everything else. Any thread. */
    public void submit(EncoderJob job) {
        synchronized (lock) {
            var refusal = refusal(job);
            if (refusal != null) {
                job.result().completeExceptionally(refusal);
                return;
            }
            job.taken();
            jobs.add(job);
            lock.notifyAll();
        }
    }

    @Override
    public void drain() {
        synchronized (lock) {
            draining = true;
        }
    }

    @Override
    public void stop(Duration grace) throws InterruptedException {
        long end = System.nanoTime() + grace.toNanos();
        synchronized (lock) {
            draining = true;
            while (!jobs.isEmpty() && !ended && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(lock, Math.max(1, end - System.nanoTime()));
            }
        }
        stop();
    }

    @Override
    public void stop() throws InterruptedException {
        synchronized (lock) {
            stopping = true;
            lock.notifyAll();
        }
        thread.join();
    }

    @Override
    public boolean isAlive(Duration stallMax) {
        return !failed && thread.isAlive() && (!busy || System.nanoTime() - beatNanos < stallMax.toNanos());
    }

    @Override
    public boolean hasFailed() {
        return failed;
    }

    @Override
    public boolean hasEndedInOrder() {
        return !failed && thread.getState() == Thread.State.TERMINATED;
    }

    @Override
    public StackTraceElement[] stackTrace() {
        return thread.getStackTrace();
    }

    @Override
    public Load load() {
        synchronized (lock) {
            int running = (int) jobs.stream().filter(EncoderJob::isBegun).count();
            return new Load(
                    running,
                    jobs.size() - running,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    tokensComputed,
                    0,
                    0,
                    0,
                    tokensPerSecond,
                    0,
                    draining);
        }
    }

    @Override
    public LoadedEncoder loaded() {
        return loaded;
    }

    private @Nullable InferenceException refusal(EncoderJob job) {
        if (ended || stopping) {
            return unloaded();
        }
        if (draining) {
            return new InferenceException(
                    ErrorCode.MODEL_UNLOADED, "the model takes no more requests here; ask another replica");
        }
        var wait = expectedWait();
        long waiting = jobs.stream().filter(other -> !other.isBegun()).count();
        if (waiting >= waitingMax) {
            return InferenceException.busy(
                    ErrorCode.QUEUE_FULL,
                    "%d requests wait for this model already; try again later".formatted(waiting),
                    wait);
        }
        var queueTimeMax = job.standing().queueTimeMax();
        if (queueTimeMax != null && !jobs.isEmpty() && wait.compareTo(queueTimeMax) > 0) {
            return InferenceException.busy(
                    ErrorCode.QUEUE_TIME_EXCEEDED,
                    "the request would wait about %d ms and may wait %d; try again later or allow more"
                            .formatted(wait.toMillis(), queueTimeMax.toMillis()),
                    wait);
        }
        return null;
    }

    /** How long what is here takes at the speed of late; at least what nobody is asked to come back sooner than. */
    private Duration expectedWait() {
        long tokens = jobs.stream().mapToLong(EncoderJob::tokensLeft).sum();
        var wait = tokensPerSecond == 0 ? Duration.ZERO : Duration.ofMillis((long) (1000 * tokens / tokensPerSecond));
        return wait.compareTo(Refusals.RETRY_AFTER_MIN) < 0 ? Refusals.RETRY_AFTER_MIN : wait;
    }

    private void live() {
        var last = unloaded();
        try (EncoderRunner runner = loaded.openRunner()) {
            opened.complete(new Opened(loaded.encoder().spec().vocabularySize(), runner.contextLength()));
            while (true) {
                var step = next();
                if (step == null) {
                    return;
                }
                compute(step, runner);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | LinkageError | OutOfMemoryError | AssertionError e) {
            LOG.errorf(e, "model %s failed", loaded.model());
            last = failure(e);
            failed = true;
            onFailure.accept(last);
        } finally {
            end(last);
        }
    }

    /** The next step, once there is something to do; null to stop. */
    private @Nullable EncoderSteps next() throws InterruptedException {
        synchronized (lock) {
            while (true) {
                expire();
                if (stopping) {
                    return null;
                }
                busy = !jobs.isEmpty();
                beatNanos = System.nanoTime();
                if (busy) {
                    var step = EncoderSteps.of(jobs, afterApart);
                    afterApart = step.isApart();
                    return step;
                }
                lock.wait();
            }
        }
    }

    /** Lets go of what nobody waits for any more. */
    private void expire() {
        long now = System.nanoTime();
        jobs.removeIf(job -> {
            if (job.isPast(job.standing().timeMax(), now)) {
                job.result()
                        .completeExceptionally(InferenceException.busy(
                                ErrorCode.DEADLINE_EXCEEDED,
                                "the request was not done before its deadline; allow more time or send fewer inputs",
                                Refusals.RETRY_AFTER_MIN));
            } else if (!job.isBegun() && job.isPast(job.standing().queueTimeMax(), now)) {
                job.result()
                        .completeExceptionally(InferenceException.busy(
                                ErrorCode.QUEUE_TIME_EXCEEDED,
                                "the request waited longer than its queue time; try again later or allow more",
                                Refusals.RETRY_AFTER_MIN));
            }
            return job.result().isDone();
        });
    }

    private void compute(EncoderSteps step, EncoderRunner runner) {
        long begun = System.nanoTime();
        passage.through(step.digests(), step.isApart(), () -> step.run(runner));
        double seconds = (System.nanoTime() - begun) / 1e9;
        List<EncoderJob> done;
        synchronized (lock) {
            tokensComputed += step.tokens();
            double speed = step.tokens() / Math.max(seconds, 1e-9);
            tokensPerSecond = tokensPerSecond == 0 ? speed : 0.8 * tokensPerSecond + 0.2 * speed;
            done = jobs.stream().filter(EncoderJob::isWhole).toList();
            jobs.removeAll(done);
            busy = !jobs.isEmpty();
            lock.notifyAll();
        }
        done.forEach(EncoderJob::complete);
    }

    private void end(InferenceException last) {
        List<EncoderJob> left;
        synchronized (lock) {
            ended = true;
            left = List.copyOf(jobs);
            jobs.clear();
            lock.notifyAll();
        }
        opened.completeExceptionally(last);
        left.forEach(job -> job.result().completeExceptionally(last));
        loaded.close();
    }

    private InferenceException unloaded() {
        return new InferenceException(
                ErrorCode.MODEL_UNLOADED, "model '%s' was unloaded; load it again first".formatted(loaded.model()));
    }

    private InferenceException failure(Throwable cause) {
        return cause instanceof InferenceException known
                ? known
                : new InferenceException(
                        ErrorCode.MODEL_FAILED,
                        "model '%s' failed: %s; the replica must be restarted"
                                .formatted(loaded.model(), cause.getMessage()),
                        cause);
    }
}
