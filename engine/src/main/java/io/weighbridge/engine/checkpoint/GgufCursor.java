package io.weighbridge.engine.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Reads little-endian values one after the other, and refuses to read past the end of the file. */
final class GgufCursor {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MappedFile file;
    private long position;

    GgufCursor(MappedFile file) {
        this.file = file;
    }

    long position() {
        return position;
    }

    long remaining() {
        return file.size() - position;
    }

    byte int8() {
        return file.bytes().get(ValueLayout.JAVA_BYTE, advance(1));
    }

    short int16() {
        return file.bytes().get(SHORT, advance(2));
    }

    int int32() {
        return file.bytes().get(INT, advance(4));
    }

    long int64() {
        return file.bytes().get(LONG, advance(8));
    }

    /** An unsigned 64-bit number that says how many {@code what} there are: at most {@code max}. */
    long count(String what, long max) {
        long count = int64();
        if (Long.compareUnsigned(count, max) > 0) {
            throw file.refused("has %s %s; the limit is %d", Long.toUnsignedString(count), what, max);
        }
        return count;
    }

    /** A string that must be well-formed UTF-8, for names. */
    String name(String what, int bytesMax) {
        var bytes = string(what, bytesMax);
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException _) {
            throw file.refused("a %s before byte %d is not UTF-8", what, position);
        }
    }

    /** A string of which malformed UTF-8 becomes U+FFFD, for values. */
    String text(String what, int bytesMax) {
        return new String(string(what, bytesMax), StandardCharsets.UTF_8);
    }

    private byte[] string(String what, int bytesMax) {
        long length = int64();
        if (Long.compareUnsigned(length, bytesMax) > 0) {
            throw file.refused(
                    "a %s at byte %d is %s bytes long; the limit is %d",
                    what, position, Long.toUnsignedString(length), bytesMax);
        }
        long start = advance(length);
        return file.bytes().asSlice(start, length).toArray(ValueLayout.JAVA_BYTE);
    }

    private long advance(long bytes) {
        if (bytes > remaining()) {
            throw file.refused(
                    "ends after %d bytes, inside its header at byte %d; it is truncated", file.size(), position);
        }
        long start = position;
        position += bytes;
        return start;
    }
}
