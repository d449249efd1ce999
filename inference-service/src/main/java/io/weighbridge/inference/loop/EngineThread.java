package io.weighbridge.inference.loop;

import io.weighbridge.engine.Engine;
import io.weighbridge.engine.runner.ModelRunner;
import io.weighbridge.engine.scheduler.Admission;
import io.weighbridge.engine.scheduler.Load;
import io.weighbridge.engine.scheduler.Progress;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.loading.LoadedModel;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one thread of a loaded model. It makes the model runner, owns the engine, and closes both; the back end keeps state for
 * each thread, so nothing else may touch them. All other threads talk to it through its queue; the scheduler's own limit
 * bounds what comes in, a sequence is refused as soon as the thread looks at the queue, at least once for each step. If the
 * back end fails, every sequence of the model fails with it and the thread ends: libtorch's state is unknown then.
 */
public final class EngineThread implements ModelThread {
    private static final Logger LOG = Logger.getLogger(EngineThread.class);

    private final LoadedModel loaded;
    private final SchedulerLimits limits;
    private final Engine.Passage passage;
    private final Consumer<InferenceException> onFailure;
    private final CompletableFuture<Void> drained = new CompletableFuture<>();
    private final Thread thread;
    private final CompletableFuture<Opened> opened = new CompletableFuture<>();
    /** Guarded by itself together with {@link #ended}, so that nothing is queued after the last look. */
    private final LinkedBlockingQueue<Command> commands = new LinkedBlockingQueue<>();

    private boolean ended;
    private volatile Load load = Load.NONE;
    private volatile boolean failed;
    private volatile boolean busy;
    private volatile long beatNanos = System.nanoTime();

    private sealed interface Command {
        /** @param others listeners of those that follow the sequence */
        record Submit(Sequence sequence, GenerationListener listener, Map<Sequence, GenerationListener> others)
                implements Command {}

        record Drain() implements Command {}

        record Stop() implements Command {}
    }

    /**
     * A thread not yet started. It owns {@code loaded} from {@link #start} on.
     *
     * @param passage around each of its forward passes
     * @param onFailure called on the engine's thread when it ends by a failure, before the listeners hear of it
     */
    public EngineThread(
            LoadedModel loaded,
            SchedulerLimits limits,
            Engine.Passage passage,
            Consumer<InferenceException> onFailure) {
        this.loaded = loaded;
        this.limits = limits;
        this.passage = passage;
        this.onFailure = onFailure;
        this.thread =
                Thread.ofPlatform().name("engine " + loaded.model()).daemon().unstarted(this::live);
    }

    @Override
    public CompletableFuture<Opened> start() {
        thread.start();
        return opened;
    }

    /** Hands a sequence over. The listener hears of everything else. Any thread. */
    public void submit(Sequence sequence, GenerationListener listener) {
        submit(sequence, listener, Map.of());
    }

    /**
     * The same with others that share its prompt. Only the first one's listener hears whether they were taken; that the model failed
     * or was unloaded hear all. Any thread.
     */
    public void submit(Sequence sequence, GenerationListener listener, Map<Sequence, GenerationListener> others) {
        synchronized (commands) {
            if (!ended) {
                commands.add(new Command.Submit(sequence, listener, others));
                return;
            }
        }
        listener.failed(unloaded());
    }

    @Override
    public void drain() {
        synchronized (commands) {
            if (!ended) {
                commands.add(new Command.Drain());
            }
        }
    }

    @Override
    public void stop(Duration grace) throws InterruptedException {
        drain();
        try {
            drained.get(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            LOG.debugf("model %s is not idle after %s", loaded.model(), grace);
        }
        stop();
    }

    @Override
    public void stop() throws InterruptedException {
        synchronized (commands) {
            if (!ended) {
                commands.add(new Command.Stop());
            }
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
        return load;
    }

    @Override
    public LoadedModel loaded() {
        return loaded;
    }

    private void live() {
        var listeners = new IdentityHashMap<Sequence, GenerationListener>();
        var last = unloaded();
        try (ModelRunner runner = loaded.openRunner()) {
            var engine = new Engine(runner, limits);
            opened.complete(new Opened(runner.vocabularySize(), engine.contextLength()));
            loop(engine, listeners);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | LinkageError | OutOfMemoryError | AssertionError e) {
            LOG.errorf(e, "model %s failed", loaded.model());
            last = failure(e);
            failed = true;
            onFailure.accept(last);
        } finally {
            end(listeners, last);
        }
    }

    private void loop(Engine engine, Map<Sequence, GenerationListener> listeners) throws InterruptedException {
        while (true) {
            busy = engine.hasWork();
            beatNanos = System.nanoTime();
            @Nullable Command command = busy ? commands.poll() : commands.take();
            while (command != null) {
                switch (command) {
                    case Command.Submit submit -> admit(engine, submit, listeners);
                    case Command.Drain() -> engine.drain();
                    case Command.Stop() -> {
                        return;
                    }
                }
                command = commands.poll();
            }
            busy = engine.hasWork();
            beatNanos = System.nanoTime();
            for (var progress : engine.step(passage)) {
                tell(progress, listeners);
            }
            load = engine.load();
            if (load.draining() && !engine.hasWork()) {
                drained.complete(null);
            }
        }
    }

    private static void admit(Engine engine, Command.Submit submit, Map<Sequence, GenerationListener> listeners) {
        var admission = engine.add(submit.sequence());
        if (admission instanceof Admission.Accepted) {
            listeners.put(submit.sequence(), submit.listener());
            listeners.putAll(submit.others());
            submit.listener().accepted();
        } else {
            submit.listener().failed(Refusals.of(admission));
        }
    }

    private static void tell(Progress progress, Map<Sequence, GenerationListener> listeners) {
        switch (progress) {
            case Progress.Prompt(var sequence, var logprobs) -> {
                var listener = listeners.get(sequence);
                if (listener != null) {
                    listener.prompt(logprobs);
                }
            }
            case Progress.Token(var sequence, int tokenId, var logprobs) -> {
                var listener = listeners.get(sequence);
                if (listener != null) {
                    listener.token(tokenId, logprobs);
                }
            }
            case Progress.Ended(var sequence, var reason) -> {
                var listener = listeners.remove(sequence);
                if (listener != null) {
                    listener.ended(reason);
                }
            }
        }
    }

    private void end(Map<Sequence, GenerationListener> listeners, InferenceException last) {
        synchronized (commands) {
            ended = true;
        }
        opened.completeExceptionally(last);
        drained.complete(null);
        listeners.values().forEach(listener -> listener.failed(last));
        for (var command : commands) {
            if (command instanceof Command.Submit submit) {
                submit.listener().failed(last);
            }
        }
        load = Load.NONE;
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
