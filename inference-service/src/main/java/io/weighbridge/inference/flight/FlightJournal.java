package io.weighbridge.inference.flight;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this process computes right now, and what earlier ones died of: records of fixed size in a mapped file. Mapped pages belong to
 * the operating system, so they outlive the process however it ends (not a machine that loses power, which no request causes), and a
 * note costs no system call. A record's state is written last and cleared first, so that a record cut off in the middle does not
 * count. One process owns a file as long as it lives: the first in the folder that nobody has locked. Thread-safe.
 */
final class FlightJournal implements AutoCloseable {
    /** Requests that can be noted as being computed at once; more run unnoted. All models and preparing threads together stay far below. */
    static final int IN_FLIGHT_MAX = 1024;

    /** Suspects and convicts that are remembered; of more the oldest are forgotten. */
    static final int KNOWN_MAX = 256;

    /** Processes that can share one folder. */
    static final int FILES_MAX = 16;

    static final int DIGEST_BYTES = 32;

    private static final long MAGIC = 0x5742_464c_4947_4854L; // "WBFLIGHT"
    private static final int HEADER_BYTES = 64;
    private static final int RECORD_BYTES = 64;
    private static final int STATE = 0;
    private static final int MILLIS = 8;
    private static final int DIGEST = 16;
    private static final long FILE_BYTES = HEADER_BYTES + (long) (IN_FLIGHT_MAX + KNOWN_MAX) * RECORD_BYTES;

    private static final int FREE = 0;
    private static final int FLYING = 1;
    private static final int FLYING_APART = 2;
    private static final int SUSPECT = 3;
    private static final int CONVICT = 4;

    /** A request that was being computed, {@code apart} from all others or not. */
    record Flying(String digest, boolean apart) {}

    /** A request that a process died of. */
    record Known(String digest, Guilt guilt, Instant since) {}

    /** How sure that is. */
    enum Guilt {
        /** It was among those being computed. */
        SUSPECT,
        /** It was computed apart. */
        CONVICT
    }

    private final @Nullable FileChannel channel;
    private final @Nullable Arena arena;
    private final MemorySegment records;
    private final Deque<Integer> free = new ArrayDeque<>();
    private boolean closed;

    private FlightJournal(@Nullable FileChannel channel, @Nullable Arena arena, MemorySegment records) {
        this.channel = channel;
        this.arena = arena;
        this.records = records;
        for (int i = 0; i < IN_FLIGHT_MAX; i++) {
            free.add(i);
        }
    }

    /** A file of the folder that no living process owns, with what its last owner left there. */
    static FlightJournal open(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (int i = 0; i < FILES_MAX; i++) {
            var channel = FileChannel.open(
                    folder.resolve("in-flight-" + i),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (own(channel)) {
                return map(channel);
            }
            channel.close();
        }
        throw new IOException("all %d journals in %s belong to living processes; give each replica a home of its own"
                .formatted(FILES_MAX, folder));
    }

    /** One that is forgotten with the process. */
    static FlightJournal inMemory() {
        var records = MemorySegment.ofArray(new long[(int) (FILE_BYTES / Long.BYTES)]);
        return new FlightJournal(null, null, records);
    }

    private static boolean own(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // owned by this very process
        }
    }

    @SuppressWarnings("MustBeClosed") // by close()
    private static FlightJournal map(FileChannel channel) throws IOException {
        var arena = Arena.ofShared();
        var records = channel.map(FileChannel.MapMode.READ_WRITE, 0, FILE_BYTES, arena);
        if (records.get(ValueLayout.JAVA_LONG, 0) != MAGIC || channel.size() != FILE_BYTES) {
            records.fill((byte) 0);
            records.set(ValueLayout.JAVA_LONG, 0, MAGIC);
        }
        return new FlightJournal(channel, arena, records);
    }

    /** What the last owner was computing when it ended. */
    synchronized List<Flying> leftBehind() {
        var left = new ArrayList<Flying>();
        for (int i = 0; i < IN_FLIGHT_MAX; i++) {
            int state = state(i);
            if (state == FLYING || state == FLYING_APART) {
                left.add(new Flying(digest(i), state == FLYING_APART));
            }
        }
        return left;
    }

    /** Forgets what was left behind. */
    synchronized void clearLeftBehind() {
        for (int i = 0; i < IN_FLIGHT_MAX; i++) {
            write(i, FREE);
        }
    }

    /** Notes that a request is being computed; the place of the note, or null when there is none left. */
    synchronized @Nullable Integer note(String digest, boolean apart) {
        var place = closed ? null : free.poll();
        if (place != null) {
            write(place, digest, Instant.EPOCH, apart ? FLYING_APART : FLYING);
        }
        return place;
    }

    /** Takes a note away. */
    synchronized void erase(int place) {
        if (!closed) {
            write(place, FREE);
            free.push(place);
        }
    }

    /** What is remembered, in the order in which it was given. */
    synchronized List<Known> known() {
        var known = new ArrayList<Known>();
        for (int i = IN_FLIGHT_MAX; i < IN_FLIGHT_MAX + KNOWN_MAX; i++) {
            int state = state(i);
            if (state == SUSPECT || state == CONVICT) {
                known.add(new Known(
                        digest(i),
                        state == SUSPECT ? Guilt.SUSPECT : Guilt.CONVICT,
                        Instant.ofEpochMilli(records.get(ValueLayout.JAVA_LONG, offset(i) + MILLIS))));
            }
        }
        return known;
    }

    /** Remembers these, at most {@link #KNOWN_MAX}, and no others. */
    synchronized void remember(Collection<Known> known) {
        if (closed) {
            return;
        }
        int place = IN_FLIGHT_MAX;
        for (var entry : known) {
            write(place++, entry.digest(), entry.since(), entry.guilt() == Guilt.SUSPECT ? SUSPECT : CONVICT);
        }
        while (place < IN_FLIGHT_MAX + KNOWN_MAX) {
            write(place++, FREE);
        }
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            if (arena != null) {
                arena.close();
            }
            if (channel != null) {
                channel.close();
            }
        }
    }

    private void write(int place, String digest, Instant since, int state) {
        write(place, FREE);
        long offset = offset(place);
        records.set(ValueLayout.JAVA_LONG, offset + MILLIS, since.toEpochMilli());
        MemorySegment.copy(
                HexFormat.of().parseHex(digest), 0, records, ValueLayout.JAVA_BYTE, offset + DIGEST, DIGEST_BYTES);
        write(place, state);
    }

    private void write(int place, int state) {
        VarHandle.releaseFence();
        records.set(ValueLayout.JAVA_INT, offset(place) + STATE, state);
        VarHandle.releaseFence();
    }

    private int state(int place) {
        return records.get(ValueLayout.JAVA_INT, offset(place) + STATE);
    }

    private String digest(int place) {
        var digest = new byte[DIGEST_BYTES];
        MemorySegment.copy(records, ValueLayout.JAVA_BYTE, offset(place) + DIGEST, digest, 0, DIGEST_BYTES);
        return HexFormat.of().formatHex(digest);
    }

    private static long offset(int place) {
        return HEADER_BYTES + (long) place * RECORD_BYTES;
    }
}
