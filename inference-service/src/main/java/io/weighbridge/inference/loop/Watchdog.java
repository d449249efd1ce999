package io.weighbridge.inference.loop;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.weighbridge.inference.InferenceConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends the process when an engine's thread has failed or hangs, so that whoever supervises it starts a new one: native code can neither be
 * stopped nor mended from within. After a failure the other models' streams get to finish; a thread that hangs is left where it is.
 * Liveness says the same to platforms that ask. Thread-safe.
 */
@ApplicationScoped
public class Watchdog {
    /** Exit status after a step that did not come back. */
    public static final int EXIT_STALLED = 70;

    /** Exit status after an engine that failed. */
    public static final int EXIT_FAILED = 71;

    /** How often it looks. */
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    /** What an orderly end may take beyond the time for running streams. */
    private static final Duration EXIT_MARGIN = Duration.ofSeconds(10);

    private static final Logger LOG = Logger.getLogger(Watchdog.class);

    private final Set<ModelThread> threads = ConcurrentHashMap.newKeySet();
    private final Duration stallMax;
    private final Exit exit;
    private final boolean enabled;
    private volatile @Nullable Thread thread;

    /** Ends the process; returns before it is over, or not at all. */
    interface Exit {
        void orderly(int status);

        void atOnce(int status);
    }

    @Inject
    public Watchdog(InferenceConfig config) {
        this(config.stepStallMax(), config.exitWhenDead(), new ProcessExit(config.drainMax()));
    }

    Watchdog(Duration stallMax, boolean enabled, Exit exit) {
        this.stallMax = stallMax;
        this.enabled = enabled;
        this.exit = exit;
    }

    public void start(@Observes StartupEvent event) {
        if (enabled) {
            thread = Thread.ofPlatform().name("watchdog").daemon().start(this::watch);
        }
    }

    void stop(@Observes ShutdownEvent event) {
        var running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /** Watches one more engine until it ends in order. */
    public void add(ModelThread engine) {
        threads.add(engine);
    }

    private void watch() {
        try {
            while (!look()) {
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once; true when it has asked for the end of the process. */
    boolean look() {
        threads.removeIf(ModelThread::hasEndedInOrder);
        for (var engine : threads) {
            if (engine.hasFailed()) {
                LOG.errorf(
                        "the engine of model %s has failed; the process ends with %d to be started again",
                        engine.loaded().model(), EXIT_FAILED);
                exit.orderly(EXIT_FAILED);
                return true;
            }
            if (!engine.isAlive(stallMax)) {
                LOG.errorf(
                        "a step of model %s has not come back within %s; the process ends with %d to be started again; the thread is at%n%s",
                        engine.loaded().model(), stallMax, EXIT_STALLED, trace(engine.stackTrace()));
                exit.atOnce(EXIT_STALLED);
                return true;
            }
        }
        return false;
    }

    private static String trace(StackTraceElement[] trace) {
        return Arrays.stream(trace).map(frame -> "    " + frame).collect(Collectors.joining(System.lineSeparator()));
    }

    private record ProcessExit(Duration drainMax) implements Exit {
        @Override
        public void orderly(int status) {
            Thread.ofPlatform().name("exit").daemon().start(() -> {
                try {
                    Thread.sleep(drainMax.plus(EXIT_MARGIN));
                    atOnce(status);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            Quarkus.asyncExit(status);
        }

        @Override
        public void atOnce(int status) {
            // No hooks: one of them might wait for the very thread that hangs.
            Runtime.getRuntime().halt(status);
        }
    }
}
