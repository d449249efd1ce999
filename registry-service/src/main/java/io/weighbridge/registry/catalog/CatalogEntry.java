package io.weighbridge.registry.catalog;

import io.weighbridge.license.policy.Traits;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is published about a model before a byte of it is here: its license, what it was made from, and the pinned files with the
 * sources that may deliver them, best first. Without files the entry is metadata only and cannot be pulled.
 */
public record CatalogEntry(
        ModelRef id,
        String description,
        Declaration declared,
        @Nullable Conclusion concluded,
        Traits traits,
        List<Origin> madeFrom,
        List<PinnedFile> files) {
    /** Most files of one checkpoint; the largest sharded ones known have some hundreds. */
    public static final int FILE_COUNT_MAX = 2_048;

    /** Longest description. */
    public static final int DESCRIPTION_LENGTH_MAX = 2_000;

    public CatalogEntry {
        if (description.length() > DESCRIPTION_LENGTH_MAX) {
            throw new IllegalArgumentException("the description of %s has %d characters, the limit is %d"
                    .formatted(id, description.length(), DESCRIPTION_LENGTH_MAX));
        }
        madeFrom = Origin.requireFew(madeFrom);
        files = List.copyOf(files);
        if (files.size() > FILE_COUNT_MAX) {
            throw new IllegalArgumentException(
                    "%s lists %d files, the limit is %d".formatted(id, files.size(), FILE_COUNT_MAX));
        }
        var paths = new HashSet<String>();
        for (var pinned : files) {
            if (!paths.add(pinned.file().path())) {
                throw new IllegalArgumentException(
                        "%s lists '%s' twice".formatted(id, pinned.file().path()));
            }
        }
    }

    /** An entry of a model about which nothing but its license is known. */
    public CatalogEntry(
            ModelRef id, String description, String declared, @Nullable String concluded, List<PinnedFile> files) {
        this(
                id,
                description,
                Declaration.of(declared),
                concluded == null ? null : Conclusion.of(concluded),
                Traits.UNKNOWN,
                List.of(),
                files);
    }

    /** A license decided on by whoever wrote the entry. */
    public record Conclusion(String license, String reviewer, String reason) {
        /** A conclusion that says nothing of who drew it and why. */
        public static Conclusion of(String license) {
            return new Conclusion(license, "catalog", "stated in the catalog entry");
        }
    }

    /** A file fixed by its digest, and where to try for it, in order. */
    public record PinnedFile(CheckpointFile file, List<String> sources) {
        public PinnedFile {
            sources = List.copyOf(sources);
            if (sources.isEmpty()) {
                throw new IllegalArgumentException("'%s' has no source".formatted(file.path()));
            }
        }
    }

    /** The files without their sources. */
    public List<CheckpointFile> checkpointFiles() {
        return files.stream().map(PinnedFile::file).toList();
    }

    public CatalogEntry with(@Nullable Conclusion other) {
        return new CatalogEntry(id, description, declared, other, traits, madeFrom, files);
    }
}
