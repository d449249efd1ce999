package io.weighbridge.gateway.snapshot;

import io.weighbridge.license.terms.TermsCatalog;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The newest snapshot in memory and its copy on disk. Any thread may read; one thread accepts. The copy is replaced by a
 * rename, so that a crash leaves the old or the new one, never half.
 */
public final class SnapshotStore {
    private static final Logger LOG = Logger.getLogger(SnapshotStore.class);

    private final Path file;
    private final TermsCatalog terms;
    private volatile @Nullable Snapshot current;

    /** A store that starts from the copy in {@code file} where that is readable. */
    public SnapshotStore(Path file, TermsCatalog terms) {
        this.file = file;
        this.terms = terms;
        this.current = load(file, terms);
    }

    /** The newest snapshot, or null when none was ever seen. */
    public @Nullable Snapshot current() {
        return current;
    }

    /** Takes the registry's answer as the current snapshot and keeps a copy; on an exception nothing has changed. */
    public void accept(byte[] json) throws IOException {
        var snapshot = Snapshot.read(json, terms);
        current = snapshot;
        save(json);
        LOG.infof(
                "catalog version %s with %d models",
                snapshot.version(), snapshot.models().size());
    }

    private void save(byte[] json) {
        var unfinished = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            var folder = file.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.write(unfinished, json);
            try (var channel = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException broken) {
            // The gateway works without the copy; it only cannot start without the registry then.
            LOG.warnf("cannot keep a copy of the catalog in %s: %s", file, broken);
        }
    }

    private static @Nullable Snapshot load(Path file, TermsCatalog terms) {
        if (!Files.exists(file)) {
            return null;
        }
        try {
            return Snapshot.read(Files.readAllBytes(file), terms);
        } catch (IOException broken) {
            LOG.warnf("the catalog copy %s is not readable and is ignored: %s", file, broken.getMessage());
            return null;
        }
    }
}
