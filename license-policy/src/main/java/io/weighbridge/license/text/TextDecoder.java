package io.weighbridge.license.text;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Turns the bytes of a license file into text. A byte order mark decides; without one the file is UTF-8, and where it is
 * not valid UTF-8 it is read as windows-1252, the usual encoding of old license files. Never fails.
 */
final class TextDecoder {
    private static final Charset WESTERN = Charset.forName("windows-1252");

    private TextDecoder() {}

    static String decode(byte[] bytes) {
        if (startsWith(bytes, 0xEF, 0xBB, 0xBF)) {
            return utf8(bytes, 3);
        }
        if (startsWith(bytes, 0xFE, 0xFF)) {
            return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16BE);
        }
        if (startsWith(bytes, 0xFF, 0xFE)) {
            return new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_16LE);
        }
        return utf8(bytes, 0);
    }

    private static String utf8(byte[] bytes, int from) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, from, bytes.length - from))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            return new String(bytes, from, bytes.length - from, WESTERN);
        }
    }

    private static boolean startsWith(byte[] bytes, int... mark) {
        if (bytes.length < mark.length) {
            return false;
        }
        for (int index = 0; index < mark.length; index++) {
            if ((bytes[index] & 0xFF) != mark[index]) {
                return false;
            }
        }
        return true;
    }
}
