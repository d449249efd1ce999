package io.weighbridge.engine.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One file mapped read-only into memory, of any size. Readable from every thread until closed. The bytes are the file's own: a
 * file that shrinks while it is mapped makes reads fail with {@link InternalError}, which is why the blob store never
 * changes a file in place.
 */
final class MappedFile implements AutoCloseable {
    private final String name;
    private final Arena arena;
    private final MemorySegment bytes;

    private MappedFile(String name, Arena arena, MemorySegment bytes) {
        this.name = name;
        this.arena = arena;
        this.bytes = bytes;
    }

    /** Maps {@code path}; messages call it {@code name}, as blobs have no telling names. */
    @SuppressWarnings("MustBeClosedChecker") // the mapping closes its arena
    static MappedFile open(String name, Path path) {
        var arena = Arena.ofShared();
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new MappedFile(name, arena, channel.map(MapMode.READ_ONLY, 0, channel.size(), arena));
        } catch (IOException e) {
            arena.close();
            throw new CheckpointException("cannot read '%s': %s".formatted(name, e), e);
        }
    }

    String name() {
        return name;
    }

    long size() {
        return bytes.byteSize();
    }

    MemorySegment bytes() {
        return bytes;
    }

    /** A failure that names this file. */
    CheckpointException refused(String message, Object... arguments) {
        return new CheckpointException("'%s': %s".formatted(name, message.formatted(arguments)));
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
