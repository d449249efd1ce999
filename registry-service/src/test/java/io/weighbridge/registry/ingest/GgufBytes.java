package io.weighbridge.registry.ingest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes GGUF files by hand, good and bad ones. */
final class GgufBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** A small whole file: two tensors of 32 Q4_1 and 8 F32 values. */
    static byte[] small() {
        return header(2, 4)
                .key("general.architecture", "llama")
                .key("general.license", "apache-2.0")
                .key("tokenizer.chat_template", "{{ messages }}")
                .number("llama.context_length", 8192)
                .tensor("a", 3, 0, 32, 2)
                .tensor("b", 0, 64, 8)
                .data(64 + 32)
                .bytes();
    }

    static GgufBytes header(long tensors, long keys) {
        return new GgufBytes().int32(0x46554747).int32(3).int64(tensors).int64(keys);
    }

    GgufBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    GgufBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    GgufBytes string(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        int64(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    GgufBytes key(String name, String value) {
        return string(name).int32(8).string(value);
    }

    GgufBytes number(String name, int value) {
        return string(name).int32(4).int32(value);
    }

    GgufBytes tensor(String name, int type, long offset, long... lengths) {
        string(name).int32(lengths.length);
        for (var length : lengths) {
            int64(length);
        }
        return int32(type).int64(offset);
    }

    /** Pads to 32 and appends zeros. */
    GgufBytes data(int count) {
        out.writeBytes(new byte[(32 - out.size() % 32) % 32 + count]);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
