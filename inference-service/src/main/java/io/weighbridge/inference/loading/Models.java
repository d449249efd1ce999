package io.weighbridge.inference.loading;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.MemorySize;
import io.weighbridge.engine.scheduler.SchedulerLimits;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.flight.Flights;
import io.weighbridge.inference.loop.EncoderThread;
import io.weighbridge.inference.loop.EngineThread;
import io.weighbridge.inference.loop.ModelThread;
import io.weighbridge.inference.loop.Watchdog;
import io.weighbridge.inference.variant.Machine;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The models of this replica and how far each has come. Those of the configuration are loaded in the background from the
 * start on, again and again until the registry has them, and stay; others are loaded when asked for and make room for each
 * other ({@link Residents}). Thread-safe.
 */
@ApplicationScoped
public class Models {
    private static final Logger LOG = Logger.getLogger(Models.class);
    /** After gRPC has started, so that status can be asked while models load. */
    private static final int START_PRIORITY = 5_000;

    /** Evicted models that the status still names; of older ones nothing is kept. */
    static final int EVICTED_KEPT_MAX = 64;

    /** A caller who wants a model loaded holds a worker thread no longer than this. */
    private static final Duration LOAD_WAIT_MAX = Duration.ofMinutes(10);

    private final InferenceConfig config;
    private final ModelLoader loader;
    private final Flights flights;
    private final Watchdog watchdog;
    private final ConcurrentSkipListMap<String, ModelEntry> entries = new ConcurrentSkipListMap<>();
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final Residents residents;
    /** The newest last; guarded by itself. */
    private final Deque<ModelEntry> evicted = new ArrayDeque<>();

    private volatile boolean draining;

    public Models(InferenceConfig config, ModelLoader loader, Flights flights, Watchdog watchdog) {
        this.config = config;
        this.loader = loader;
        this.flights = flights;
        this.watchdog = watchdog;
        this.residents = new Residents(config.memoryBudget()
                .map(MemorySize::asLongValue)
                .orElseGet(() -> Machine.here().defaultBudgetBytes()));
    }

    /** A request's hold on a model: as long as it lasts the model is not evicted. Closed once or more; thread-safe. */
    public static final class Use implements AutoCloseable {
        private final ModelEntry entry;
        private final Residents residents;
        private final Residents.Place place;
        private final AtomicBoolean over = new AtomicBoolean();

        private Use(ModelEntry entry, Residents residents, Residents.Place place) {
            this.entry = entry;
            this.residents = residents;
            this.place = place;
        }

        public ModelEntry entry() {
            return entry;
        }

        @Override
        public void close() {
            if (over.compareAndSet(false, true)) {
                residents.leave(place);
            }
        }
    }

    void start(@Observes @Priority(START_PRIORITY) StartupEvent event) {
        Thread.ofPlatform().name("back end start").daemon().start(this::startBackEnd);
        for (var model : configured()) {
            load(model, true);
        }
    }

    /** Takes no more requests and is not ready any more; those taken are done as ever. */
    public void drain() {
        draining = true;
        for (var entry : entries.values()) {
            var thread = entry.thread();
            if (thread != null) {
                thread.drain();
            }
        }
        changed();
    }

    public void stop(@Observes ShutdownEvent event) throws InterruptedException {
        for (var model : List.copyOf(entries.keySet())) {
            unload(model, Duration.ZERO);
        }
    }

    /** Calls {@code watcher} after each change of a model's state, on the thread that changed it. */
    public void watch(Runnable watcher) {
        watchers.add(watcher);
    }

    /** Begins a use of the model, when it can answer. The caller closes it. */
    public Use use(String model) {
        var entry = entries.get(model);
        if (entry == null) {
            throw new InferenceException(
                    ErrorCode.MODEL_NOT_FOUND,
                    "model '%s' is not on this replica; it has %s".formatted(model, entries.keySet()));
        }
        var place = entry.place();
        if (entry.state() == ModelEntry.State.READY && place != null && residents.enter(place)) {
            return new Use(entry, residents, place);
        }
        throw new InferenceException(
                entry.state() == ModelEntry.State.EVICTED ? ErrorCode.MODEL_UNLOADED : ErrorCode.MODEL_NOT_READY,
                "model '%s' cannot answer now: %s".formatted(model, entry.describe()));
    }

    /** Loads the model unless it is loaded, and waits until it can answer. */
    public ModelEntry loadAndWait(String model) throws InterruptedException {
        var entry = load(model, false);
        try {
            entry.outcome().get(LOAD_WAIT_MAX.toNanos(), TimeUnit.NANOSECONDS);
            return entry;
        } catch (TimeoutException e) {
            throw new InferenceException(
                    ErrorCode.MODEL_NOT_READY,
                    "model '%s' is still loading after %s; ask for its status later".formatted(model, LOAD_WAIT_MAX),
                    e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof InferenceException known
                    ? known
                    : new InferenceException(ErrorCode.INTERNAL, "loading '%s' failed".formatted(model), e);
        }
    }

    /** Takes no more requests of the model, lets those that run finish within the time for that, and frees it. */
    public void unload(String model) throws InterruptedException {
        unload(model, config.unloadDrainMax());
    }

    private void unload(String model, Duration grace) throws InterruptedException {
        var entry = entries.get(model);
        if (entry == null) {
            throw new InferenceException(
                    ErrorCode.MODEL_NOT_FOUND, "model '%s' is not on this replica".formatted(model));
        }
        var place = entry.place();
        if (place != null) {
            residents.depart(place);
        }
        entry.unload();
        changed();
        var thread = entry.thread();
        if (thread != null) {
            thread.stop(grace);
            free(entry);
        }
        entries.remove(model, entry);
        changed();
    }

    /** Memory that all models may take, in bytes. */
    public long memoryBudgetBytes() {
        return residents.budgetBytes();
    }

    /** Memory that the loaded models and those being loaded take, in bytes. */
    public long memoryUsedBytes() {
        return residents.usedBytes();
    }

    public Collection<ModelEntry> all() {
        return entries.values();
    }

    /** The models that must be ready before this replica is. */
    public List<String> configured() {
        return config.models().orElse(List.of());
    }

    /** Whether there is something to serve and all models of the configuration can answer. */
    public boolean allReady() {
        return !draining
                && entries.values().stream().anyMatch(Models::isReady)
                && configured().stream().allMatch(this::isReady)
                && allAlive();
    }

    /** Whether no engine's thread has died or hangs. */
    public boolean allAlive() {
        return entries.values().stream().allMatch(this::isAlive);
    }

    private boolean isReady(String model) {
        var entry = entries.get(model);
        return entry != null && isReady(entry);
    }

    private static boolean isReady(ModelEntry entry) {
        return entry.state() == ModelEntry.State.READY;
    }

    private boolean isAlive(ModelEntry entry) {
        var thread = entry.thread();
        return thread == null
                || entry.state() == ModelEntry.State.UNLOADING
                || entry.state() == ModelEntry.State.EVICTED
                || thread.isAlive(config.stepStallMax());
    }

    private ModelEntry load(String model, boolean untilThere) {
        var entry = entries.compute(
                model,
                (name, known) -> known == null || known.canBeReplaced()
                        ? new ModelEntry(name, configured().contains(name))
                        : known);
        if (entry.claim()) {
            Thread.ofVirtual().name("load " + model).start(() -> bring(entry, untilThere));
        }
        return entry;
    }

    private void bring(ModelEntry entry, boolean untilThere) {
        String reported = "";
        while (entry.state() == ModelEntry.State.LOADING) {
            try {
                open(entry);
                return;
            } catch (InferenceException e) {
                if (!untilThere || e.code().kind() == ErrorCode.Kind.OURS || e.code() == ErrorCode.MODEL_TOO_LARGE) {
                    fail(entry, e);
                    return;
                }
                if (!reported.equals(e.getMessage())) {
                    reported = String.valueOf(e.getMessage());
                    LOG.infof("waiting for model %s: %s", entry.model(), reported);
                }
            } catch (RuntimeException | LinkageError e) {
                fail(
                        entry,
                        new InferenceException(
                                ErrorCode.CHECKPOINT_UNUSABLE,
                                "model '%s' cannot be loaded: %s".formatted(entry.model(), e.getMessage()),
                                e));
                return;
            }
            try {
                Thread.sleep(config.retryEvery());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private void open(ModelEntry entry) {
        var loaded = loader.load(entry.model(), residents);
        try {
            entry.settle(residents.admit(
                    entry.model(), loaded.numerics().need(), entry.pinned(), place -> evict(place, entry.model())));
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
        var thread = thread(loaded, failure -> fail(entry, failure));
        watchdog.add(thread);
        try {
            entry.opened(thread, thread.start().join());
            residents.loaded(Objects.requireNonNull(entry.place()));
            if (entry.ready()) {
                LOG.infof(
                        "model %s is ready: %s",
                        entry.model(), loaded.numerics().reason());
            } else {
                thread.stop();
                free(entry);
            }
            changed();
        } catch (CompletionException e) {
            free(entry);
            throw e.getCause() instanceof InferenceException known ? known : e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ModelThread thread(Loaded loaded, Consumer<InferenceException> onFailure) {
        return switch (loaded) {
            case LoadedModel decoder -> new EngineThread(decoder, limits(), flights, onFailure);
            case LoadedEncoder encoder ->
                new EncoderThread(encoder, config.sequencesWaitingMax(), flights::through, onFailure);
        };
    }

    private void free(ModelEntry entry) {
        var place = entry.place();
        if (place != null) {
            residents.free(place);
        }
    }

    /** Frees a model that nobody uses, for {@code other}. Waits for its thread whatever happens, as its memory is counted on. */
    private void evict(Residents.Place place, String other) {
        var found = entries.values().stream()
                .filter(candidate -> candidate.place() == place)
                .findFirst();
        if (found.isEmpty()) {
            return;
        }
        var entry = found.get();
        LOG.infof("model %s makes room for %s", entry.model(), other);
        entry.unload();
        changed();
        boolean interrupted = false;
        for (boolean stopped = false; !stopped; ) {
            try {
                var thread = entry.thread();
                if (thread != null) {
                    // Nobody uses it; the drain is for whoever comes at this very moment.
                    thread.stop(Duration.ZERO);
                }
                stopped = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        entry.evicted(other);
        synchronized (evicted) {
            evicted.add(entry);
            if (evicted.size() > EVICTED_KEPT_MAX) {
                var oldest = evicted.remove();
                entries.remove(oldest.model(), oldest);
            }
        }
        changed();
    }

    private void startBackEnd() {
        try {
            loader.startBackEnd();
        } catch (RuntimeException e) {
            LOG.error("the back end could not be loaded", e);
        }
    }

    private void fail(ModelEntry entry, InferenceException failure) {
        LOG.errorf("model %s: %s", entry.model(), failure.getMessage());
        entry.fail(failure);
        free(entry);
        if (entry.thread() == null && !configured().contains(entry.model())) {
            entries.remove(entry.model(), entry);
        }
        changed();
    }

    private void changed() {
        watchers.forEach(Runnable::run);
    }

    private SchedulerLimits limits() {
        return new SchedulerLimits(
                config.sequencesRunningMax(),
                config.sequencesWaitingMax(),
                config.tokensPerStepMax(),
                config.prefixCache(),
                config.speculation());
    }
}
