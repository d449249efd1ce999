package io.weighbridge.inference.loading;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Which files have had the right bytes in which state, kept in a small text file so that a restart does not read gigabytes again:
 *
 * <pre>
 *   file := header { line }
 *   line := hex " " inode " " size " " modified " " changed "\n"    times in nanoseconds since 1970
 * </pre>
 *
 * A file that cannot be read as that counts as empty: everything is verified again. A state is remembered only if the file had
 * rested for {@link #RESTED} before its bytes were read, because file systems keep time coarsely. What is not noticed: bytes
 * changed on a system that keeps no time of change (ctime) by someone who sets the time of modification back, and someone who
 * writes this file. Both need write access to the folder. Thread-safe.
 */
final class VerifiedFiles {
    /** Most files that are remembered; the oldest go first. A line is about 130 bytes. */
    static final int ENTRIES_MAX = 20_000;

    /** Time without a change before the reading of bytes is worth remembering; the coarsest file system in use counts in 2 s. */
    static final Duration RESTED = Duration.ofSeconds(2);

    private static final Logger LOG = Logger.getLogger(VerifiedFiles.class);
    private static final String HEADER = "weighbridge verified files 1";

    private final Path file;
    private final Map<String, State> states;

    /** How a file's bytes are told from other bytes without reading them. */
    record State(String inode, long size, long modifiedNanos, long changedNanos) {
        /** Of the file as it lies there now. */
        static State of(Path file) throws IOException {
            var attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(
                    String.valueOf(attributes.fileKey()).replace(' ', '_'),
                    attributes.size(),
                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                    changed(file).map(time -> time.to(TimeUnit.NANOSECONDS)).orElse(0L));
        }

        private static Optional<FileTime> changed(Path file) throws IOException {
            try {
                return Optional.of((FileTime) Files.getAttribute(file, "unix:ctime", LinkOption.NOFOLLOW_LINKS));
            } catch (UnsupportedOperationException | IllegalArgumentException notUnix) {
                return Optional.empty();
            }
        }

        /** Whether nothing had happened to the file for a while at {@code time}. */
        boolean restedAt(Instant time) {
            long then = TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
            return then - Math.max(modifiedNanos, changedNanos) >= RESTED.toNanos();
        }
    }

    VerifiedFiles(Path file) {
        this.file = file;
        this.states = read(file);
    }

    /** Whether the file named {@code hex} was verified in this state. */
    synchronized boolean holds(String hex, State state) {
        return state.equals(states.get(hex));
    }

    /** Remembers a state, here and in the file. That fails quietly where the folder cannot be written. */
    synchronized void add(String hex, State state) {
        states.remove(hex);
        states.put(hex, state);
        // Others write the same file: what they added since is kept.
        var all = read(file);
        all.putAll(states);
        try {
            write(all);
        } catch (IOException e) {
            LOG.warnf("%s cannot be written, the next start verifies all bytes again: %s", file, e.toString());
        }
    }

    private void write(Map<String, State> all) throws IOException {
        var lines = new ArrayList<String>();
        lines.add(HEADER);
        all.entrySet().stream().skip(Math.max(0, all.size() - ENTRIES_MAX)).forEach(entry -> {
            var state = entry.getValue();
            lines.add("%s %s %d %d %d"
                    .formatted(
                            entry.getKey(), state.inode(), state.size(), state.modifiedNanos(), state.changedNanos()));
        });
        var folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        var part = Files.createTempFile(folder, "verified", ".part");
        try {
            Files.write(part, lines);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static Map<String, State> read(Path file) {
        var states = new java.util.LinkedHashMap<String, State>();
        if (!Files.exists(file)) {
            return states;
        }
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty() || !lines.getFirst().equals(HEADER) || lines.size() > ENTRIES_MAX + 1) {
                throw new IOException("it does not begin with '%s', or is too long".formatted(HEADER));
            }
            for (var line : lines.subList(1, lines.size())) {
                var parts = line.split(" ", -1);
                if (parts.length != 5) {
                    throw new IOException("not an entry: '%s'".formatted(line));
                }
                states.put(
                        parts[0],
                        new State(
                                parts[1],
                                Long.parseLong(parts[2]),
                                Long.parseLong(parts[3]),
                                Long.parseLong(parts[4])));
            }
            return states;
        } catch (IOException | NumberFormatException e) {
            LOG.warnf("%s cannot be used, all bytes are verified again: %s", file, e.toString());
            return new HashMap<>();
        }
    }
}
