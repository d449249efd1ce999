package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.blobs.PartialBlob;
import io.weighbridge.registry.catalog.Catalog;
import io.weighbridge.registry.catalog.CatalogEntry;
import io.weighbridge.registry.catalog.Checkpoint;
import io.weighbridge.registry.catalog.CheckpointFile;
import io.weighbridge.registry.catalog.Detection;
import io.weighbridge.registry.catalog.Digest;
import io.weighbridge.registry.catalog.ModelRef;
import io.weighbridge.registry.licensing.LicenseFileReader;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Brings checkpoints in: for each pinned file the first source with the right bytes wins. Thread-safe. Each pull has a virtual
 * thread of its own; one blob is written by one pull at a time.
 */
public final class Pulls implements AutoCloseable {
    /** Pulls that move bytes at once; more wait for a place, still reported as running. */
    static final int RUNNING_MAX = 4;

    /** Pulls remembered after they have ended; the oldest ended are forgotten first. */
    static final int REMEMBERED_MAX = 1_000;

    private static final Logger LOG = Logger.getLogger(Pulls.class.getName());

    private final Catalog catalog;
    private final BlobStore blobs;
    private final Sources sources;
    private final LicenseFileReader licenseFiles;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(RUNNING_MAX);
    private final Map<Digest, ReentrantLock> writing = new ConcurrentHashMap<>();
    // Both guarded by this.
    private final Map<ModelRef, Pull> running = new HashMap<>();
    private final LinkedHashMap<String, Pull> remembered = new LinkedHashMap<>();

    public Pulls(Catalog catalog, BlobStore blobs, Sources sources, LicenseFileReader licenseFiles) {
        this.licenseFiles = licenseFiles;
        this.catalog = catalog;
        this.blobs = blobs;
        this.sources = sources;
    }

    /** Starts a pull of this entry, or joins the one that runs. */
    public synchronized PullStatus start(CatalogEntry entry) {
        var joined = running.get(entry.id());
        if (joined != null) {
            return joined.status();
        }
        var total = entry.checkpointFiles().stream()
                .mapToLong(CheckpointFile::sizeBytes)
                .sum();
        var pull = new Pull(entry.id(), total);
        remember(pull);
        if (complete(entry)) {
            pull.succeed();
        } else {
            running.put(entry.id(), pull);
            threads.execute(() -> run(pull, entry));
        }
        return pull.status();
    }

    public synchronized Optional<PullStatus> find(String id) {
        return Optional.ofNullable(remembered.get(id)).map(Pull::status);
    }

    /** Calls {@code watcher} now and at every change of the pull; run the result to stop. Empty if there is no such pull. */
    public Optional<Runnable> watch(String id, Consumer<PullStatus> watcher) {
        Pull pull;
        synchronized (this) {
            pull = remembered.get(id);
        }
        return Optional.ofNullable(pull).map(p -> p.watch(watcher));
    }

    /**
     * Reads the license files of all checkpoints again. What they are can change without a pull: a text that nobody had read may
     * be known to this version.
     */
    public void readLicensesAgain() {
        for (var model : catalog.models()) {
            var checkpoint = model.checkpoint();
            if (checkpoint == null) {
                continue;
            }
            try {
                var before = model.license().detected();
                var now = new Detection(before.metadata(), licenseFiles.read(checkpoint.files(), this::bytes));
                if (!now.equals(before)) {
                    catalog.record(model.id(), checkpoint, now);
                }
            } catch (IOException e) {
                LOG.warning("the license files of %s cannot be read again: %s".formatted(model.id(), e));
            }
        }
    }

    private byte[] bytes(CheckpointFile file) throws IOException {
        return Files.readAllBytes(blobs.path(file.digest()));
    }

    /** Interrupts what runs. Partial downloads stay for the next start. */
    @Override
    public void close() {
        threads.shutdownNow();
    }

    private void remember(Pull pull) {
        remembered.put(pull.status().id(), pull);
        var oldest = remembered.values().iterator();
        while (remembered.size() > REMEMBERED_MAX && oldest.hasNext()) {
            if (oldest.next().status().ended()) {
                oldest.remove();
            }
        }
    }

    private boolean complete(CatalogEntry entry) {
        return catalog.find(entry.id())
                .map(model -> model.checkpoint() != null
                        && entry.checkpointFiles().stream().allMatch(f -> blobs.contains(f.digest())))
                .orElse(false);
    }

    private void run(Pull pull, CatalogEntry entry) {
        String failure = null;
        try {
            places.acquire();
            try {
                bringIn(pull, entry);
            } finally {
                places.release();
                sources.pullEnded();
            }
        } catch (FetchException | RefusedFileException | IOException e) {
            failure = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            failure = "the registry was stopped; pull again to go on";
        } catch (RuntimeException | Error e) {
            LOG.log(Level.SEVERE, "pull of %s failed unexpectedly".formatted(entry.id()), e);
            failure = "internal error, see the registry's log: " + e;
        }
        synchronized (this) {
            running.remove(entry.id());
        }
        if (failure == null) {
            LOG.info("pulled %s".formatted(entry.id()));
            pull.succeed();
        } else {
            LOG.warning("pull of %s failed: %s".formatted(entry.id(), failure));
            pull.fail(failure);
        }
    }

    private void bringIn(Pull pull, CatalogEntry entry)
            throws FetchException, RefusedFileException, IOException, InterruptedException {
        for (var file : entry.checkpointFiles()) {
            CheckpointReader.requireNoPickleName(file);
        }
        var fresh = new ArrayList<Digest>();
        var revision = "";
        var done = 0L;
        for (var pinned : entry.files()) {
            var fetched = bringIn(pull, pinned, done, fresh);
            revision = revision.isEmpty() ? fetched : revision;
            done += pinned.file().sizeBytes();
            pull.progress(done);
        }
        try {
            var contents = CheckpointReader.read(entry.checkpointFiles(), blobs);
            catalog.record(
                    entry.id(),
                    new Checkpoint(revision, contents.traits(), entry.checkpointFiles()),
                    new Detection(contents.license(), licenseFiles.read(entry.checkpointFiles(), this::bytes)));
        } catch (RefusedFileException e) {
            for (var digest : fresh) {
                blobs.delete(digest);
            }
            throw e;
        }
    }

    private String bringIn(Pull pull, CatalogEntry.PinnedFile pinned, long doneBefore, List<Digest> fresh)
            throws FetchException, IOException, InterruptedException {
        var digest = pinned.file().digest();
        var lock = writing.computeIfAbsent(digest, _ -> new ReentrantLock());
        lock.lockInterruptibly();
        try {
            if (blobs.contains(digest)) {
                return digest.toString();
            }
            var revision = tryAll(pull, pinned, doneBefore);
            fresh.add(digest);
            return revision;
        } finally {
            lock.unlock();
        }
    }

    private String tryAll(Pull pull, CatalogEntry.PinnedFile pinned, long doneBefore)
            throws FetchException, IOException, InterruptedException {
        var failures = new ArrayList<String>();
        for (var source : pinned.sources()) {
            pull.trying(source);
            var partial = blobs.partial(pinned.file(), source);
            try {
                return sources.deliver(
                        SourceRef.parse(source), partial, received -> pull.progress(doneBefore + received));
            } catch (PartialBlob.StorageException e) {
                partial.discard();
                throw e;
            } catch (FetchException | IOException | IllegalArgumentException e) {
                failures.add("%s: %s".formatted(source, e.getMessage()));
                pull.progress(doneBefore);
            }
        }
        throw new FetchException(
                "no source delivered %s. %s".formatted(pinned.file().path(), String.join("; ", failures)));
    }
}
