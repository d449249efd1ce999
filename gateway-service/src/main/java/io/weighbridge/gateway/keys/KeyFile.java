package io.weighbridge.gateway.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The keys in force: those of the file as it last was good. A fact about a license changes without a restart. Any thread may read
 * and poll.
 */
public final class KeyFile {
    private static final Logger LOG = Logger.getLogger(KeyFile.class);

    private final @Nullable Path file;
    private volatile KeyRing current;
    private volatile @Nullable String problem;
    private @Nullable String seen;

    /** Reads {@code file}, or takes the built-in keys when it is null; a broken file is an exception here, at the start. */
    public KeyFile(@Nullable Path file) {
        this.file = file;
        this.seen = file == null ? null : mark(file);
        this.current = file == null ? KeyRing.builtIn() : KeyRing.read(file);
    }

    public KeyRing current() {
        return current;
    }

    /** What is wrong with the file as it is now, or null; the last good one is in force. */
    public @Nullable String problem() {
        return problem;
    }

    /** Reads the file again if it changed. A broken one leaves the last good one in force and one line in the log. */
    public synchronized void poll() {
        if (file == null) {
            return;
        }
        var mark = mark(file);
        if (mark.equals(seen)) {
            return;
        }
        seen = mark;
        try {
            current = KeyRing.read(file);
            problem = null;
            LOG.infof(
                    "the keys file %s changed: %d keys", file, current.callers().size());
        } catch (IllegalArgumentException broken) {
            problem = String.valueOf(broken.getMessage());
            LOG.errorf("the keys file changed and is refused, the last good one stays: %s", problem);
        }
    }

    /** Differs when the file differs: its time and size, and which file it is, since a replaced one may have an older time. */
    private static String mark(Path file) {
        try {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + " " + attributes.size() + " "
                    + Objects.toString(attributes.fileKey());
        } catch (IOException unreadable) {
            return "unreadable";
        }
    }
}
