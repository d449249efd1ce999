package io.weighbridge.inference.flight;

import io.quarkus.runtime.ShutdownEvent;
import io.weighbridge.engine.Engine;
import io.weighbridge.engine.scheduler.Sequence;
import io.weighbridge.inference.ErrorCode;
import io.weighbridge.inference.InferenceConfig;
import io.weighbridge.inference.InferenceException;
import io.weighbridge.inference.flight.FlightJournal.Guilt;
import io.weighbridge.inference.flight.FlightJournal.Known;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Who may be computed beside whom, so that a request which kills the process is found and then refused.
 *
 * <p>In the moments in which native code works for a request, when its prompt is encoded and in each step that it is part of, it is
 * noted in the {@link FlightJournal}. What is noted when a process dies are <em>suspects</em> for the next one. A suspect that
 * comes again is computed apart: its steps alternate with those of all others, and nothing else is noted during them. It may get
 * through, and is cleared. If the process dies once more, exactly it is noted, and it is <em>convicted</em>: refused by name for
 * {@link #KNOWN_TIME}. Nobody else waits longer than a step for it. Thread-safe.
 */
@ApplicationScoped
public class Flights implements Engine.Passage {
    /** So long a suspect is computed apart and a convict refused; after it a mended server gets another chance. */
    public static final Duration KNOWN_TIME = Duration.ofHours(1);

    /** Models and streams are gone when the journal is closed. */
    private static final int LAST = 10_000;

    private static final Logger LOG = Logger.getLogger(Flights.class);

    private final FlightJournal journal;
    private final InstantSource clock;
    /** Held for writing while something is computed apart, for reading while anything else is; fair, so that both get on. */
    private final ReentrantReadWriteLock moments = new ReentrantReadWriteLock(true);
    /** The oldest first; guarded by itself. */
    private final Map<String, Known> known = new LinkedHashMap<>();

    @Inject
    public Flights(InferenceConfig config) {
        this(open(config.home()), InstantSource.system());
    }

    Flights(FlightJournal journal, InstantSource clock) {
        this.journal = journal;
        this.clock = clock;
        journal.known().forEach(entry -> known.put(entry.digest(), entry));
        judge(journal.leftBehind());
        synchronized (known) {
            save();
        }
        journal.clearLeftBehind();
    }

    private static FlightJournal open(Path home) {
        try {
            return FlightJournal.open(home);
        } catch (IOException e) {
            LOG.errorf(
                    "requests that kill this process will not be known after its restart, as their journal cannot be kept: %s; make %s writable or set weighbridge.inference.home",
                    e, home);
            return FlightJournal.inMemory();
        }
    }

    public void stop(@Observes @Priority(LAST) ShutdownEvent event) throws IOException {
        journal.close();
    }

    /**
     * Begins a request.
     *
     * @param digest of what it asks for, 64 hexadecimal digits
     * @param suspect whether its sender knows that a replica died while it had it
     * @throws InferenceException REQUEST_POISONED when it is convicted
     */
    public Flight board(String digest, boolean suspect) {
        synchronized (known) {
            forgetOld();
            var entry = known.get(digest);
            if (entry != null && entry.guilt() == Guilt.CONVICT) {
                throw new InferenceException(
                        ErrorCode.REQUEST_POISONED,
                        "this very request ended the replica's process when it was the only one computed; it is refused until %s; change it, and report it"
                                .formatted(entry.since().plus(KNOWN_TIME)));
            }
            return new Flight(digest, suspect || entry != null);
        }
    }

    /** Does what comes before the engine, native tokenizers among it. */
    public <T> T prepare(Flight flight, Supplier<T> work) {
        var lock = moment(flight.apart());
        lock.lock();
        try {
            var places = note(List.of(flight.digest()), flight.apart());
            try {
                return work.get();
            } finally {
                places.forEach(journal::erase);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public float[][] through(List<Sequence> sequences, Supplier<float[][]> pass) {
        var digests = sequences.stream()
                .map(Sequence::label)
                .filter(label -> !label.isEmpty())
                .distinct()
                .toList();
        return pass(digests, sequences.getFirst().isApart(), pass);
    }

    /**
     * Does one step of native work for these requests.
     *
     * @param digests of those whom it is for, each once
     * @param apart whether nothing else may be computed meanwhile
     */
    public void through(List<String> digests, boolean apart, Runnable step) {
        var _ = pass(digests, apart, () -> {
            step.run();
            return digests;
        });
    }

    private <T> T pass(List<String> digests, boolean apart, Supplier<T> pass) {
        var lock = moment(apart);
        lock.lock();
        try {
            var places = note(digests, apart);
            var result = pass.get();
            // Notes of a step that fails stay: the process has to end then, and they tell the next one.
            places.forEach(journal::erase);
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** The request is done and the process lives: no suspicion is left. */
    public void landed(Flight flight) {
        synchronized (known) {
            var entry = known.get(flight.digest());
            if (entry != null && entry.guilt() == Guilt.SUSPECT && flight.apart()) {
                LOG.infof("request %s got through and is no longer a suspect", abbreviated(flight.digest()));
                known.remove(flight.digest());
                save();
            }
        }
    }

    private Lock moment(boolean apart) {
        return apart ? moments.writeLock() : moments.readLock();
    }

    /** The places of the notes. */
    private List<Integer> note(List<String> digests, boolean apart) {
        var places = new ArrayList<Integer>();
        for (var digest : digests) {
            var place = journal.note(digest, apart);
            if (place != null) {
                places.add(place);
            }
        }
        return places;
    }

    private void judge(List<FlightJournal.Flying> left) {
        var digests = left.stream().map(FlightJournal.Flying::digest).distinct().toList();
        boolean sure = digests.size() == 1 && left.getFirst().apart();
        for (var digest : digests) {
            LOG.warnf(
                    "the process before this one ended while it computed request %s: %s",
                    abbreviated(digest),
                    sure
                            ? "nothing else was computed, so it is refused from now on"
                            : "it will be computed apart from others");
            var before = known.remove(digest);
            if (before == null || before.guilt() == Guilt.SUSPECT) {
                known.put(digest, new Known(digest, sure ? Guilt.CONVICT : Guilt.SUSPECT, clock.instant()));
            } else {
                known.put(digest, before);
            }
        }
    }

    private void forgetOld() {
        var oldest = clock.instant().minus(KNOWN_TIME);
        if (known.values().removeIf(entry -> entry.since().isBefore(oldest))) {
            save();
        }
    }

    private void save() {
        var entries = known.values().iterator();
        while (known.size() > FlightJournal.KNOWN_MAX) {
            entries.next();
            entries.remove();
        }
        journal.remember(known.values());
    }

    private static String abbreviated(String digest) {
        return digest.substring(0, Math.min(12, digest.length()));
    }
}
