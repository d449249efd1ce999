package io.weighbridge.registry.catalog;

import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is published about a model before a byte of it is here: its license and the pinned files with the sources that
 * may deliver them, best first. Without files the entry is metadata only and cannot be pulled.
 */
public record CatalogEntry(
        ModelRef id,
        String description,
        String declared,
        @Nullable String concluded,
        List<PinnedFile> files) {
    /** Most files of one checkpoint; the largest sharded ones known have some hundreds. */
    public static final int FILE_COUNT_MAX = 2_048;

    public CatalogEntry {
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
}
