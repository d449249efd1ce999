package io.weighbridge.engine.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Bytes written one little-endian value after the other. */
final class LittleEndian {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    LittleEndian number(long value, int size) {
        for (int i = 0; i < size; i++) {
            bytes.write((int) (value >>> 8 * i));
        }
        return this;
    }

    LittleEndian int32(long value) {
        return number(value, Integer.BYTES);
    }

    LittleEndian int64(long value) {
        return number(value, Long.BYTES);
    }

    LittleEndian raw(byte[] raw) {
        bytes.writeBytes(raw);
        return this;
    }

    LittleEndian raw(String raw) {
        return raw(raw.getBytes(StandardCharsets.UTF_8));
    }

    /** Length and bytes, as GGUF writes strings. */
    LittleEndian string(String text) {
        var utf8 = text.getBytes(StandardCharsets.UTF_8);
        return int64(utf8.length).raw(utf8);
    }

    LittleEndian padTo(int alignment) {
        return raw(new byte[Math.floorMod(-bytes.size(), alignment)]);
    }

    int size() {
        return bytes.size();
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }
}
