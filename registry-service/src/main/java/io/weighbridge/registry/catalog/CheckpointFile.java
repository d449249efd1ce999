package io.weighbridge.registry.catalog;

import java.util.regex.Pattern;

/** One file of a checkpoint: where it lies relative to the others, and exactly which bytes it has. */
public record CheckpointFile(String path, long sizeBytes, Digest digest) {
    /** Longest path; keeps names inside what file systems and database columns hold. */
    public static final int PATH_LENGTH_MAX = 512;

    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_+=@ .-]+");

    public CheckpointFile {
        requireSafePath(path);
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("size of '%s' is negative".formatted(path));
        }
    }

    /** Throws unless {@code path} stays inside the folder it is resolved against, on every system. */
    public static void requireSafePath(String path) {
        if (path.isEmpty() || path.length() > PATH_LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "a file path has 1 to %d characters, this has %d".formatted(PATH_LENGTH_MAX, path.length()));
        }
        for (var segment : path.split("/", -1)) {
            if (!SEGMENT.matcher(segment).matches() || segment.equals(".") || segment.equals("..")) {
                throw new IllegalArgumentException(
                        "unsafe file path '%s': want a relative path without '..', backslashes or empty parts"
                                .formatted(path));
            }
        }
    }

    /** The last part of the path. */
    public String fileName() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
