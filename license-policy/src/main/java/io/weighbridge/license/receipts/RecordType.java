package io.weighbridge.license.receipts;

import org.jspecify.annotations.Nullable;

/**
 * What a record is. Each lies in its file as type (1 byte), length of the content (4 bytes, big-endian), hash of the chain after it
 * (32 bytes), content (canonical JSON).
 */
enum RecordType {
    SEGMENT_HEADER('S'),
    RECEIPT('R'),
    BATCH('B'),
    KEY_CHANGE('K'),
    RECOVERY('V');

    /** Bytes before the content. */
    static final int HEADER_BYTES = 1 + Integer.BYTES + Sha256.BYTES;

    final byte code;

    RecordType(char code) {
        this.code = (byte) code;
    }

    static @Nullable RecordType of(byte code) {
        for (var type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
