package io.weighbridge.registry.ingest;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads numbers and strings one after the other; refuses to step outside the file. Not thread-safe. */
final class LittleEndianReader {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment bytes;
    private final String name;
    private long position;

    LittleEndianReader(MemorySegment bytes, String name) {
        this.bytes = bytes;
        this.name = name;
    }

    long position() {
        return position;
    }

    byte[] bytes(int count) throws RefusedFileException {
        return bytes.asSlice(advance(count), count).toArray(ValueLayout.JAVA_BYTE);
    }

    int int8() throws RefusedFileException {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1));
    }

    int int32() throws RefusedFileException {
        return bytes.get(INT, advance(4));
    }

    long int64() throws RefusedFileException {
        return bytes.get(LONG, advance(8));
    }

    /** An unsigned number that must not exceed {@code max}; 2^63 and above are negative here and refused. */
    long count(String what, long max) throws RefusedFileException {
        var value = int64();
        if (value < 0 || value > max) {
            throw new RefusedFileException(
                    "%s: %s is %s, the limit is %d".formatted(name, what, Long.toUnsignedString(value), max));
        }
        return value;
    }

    String string(String what, int bytesMax) throws RefusedFileException {
        return new String(bytes((int) count("length of " + what, bytesMax)), StandardCharsets.UTF_8);
    }

    void skip(long count) throws RefusedFileException {
        advance(count);
    }

    private long advance(long count) throws RefusedFileException {
        if (count > bytes.byteSize() - position) {
            throw new RefusedFileException("%s is truncated: %d bytes wanted at %d, the file has %d"
                    .formatted(name, count, position, bytes.byteSize()));
        }
        var start = position;
        position += count;
        return start;
    }
}
