package io.weighbridge.engine.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** How tokens are spelled in vocabularies, and what bytes a spelling stands for. */
final class TokenText {
    /** Stands for a space in SentencePiece's pieces. */
    static final String SPACE_MARK = "\u2581";

    private static final Map<Integer, Byte> BYTES_BY_CHARACTER = bytesByCharacter();

    private TokenText() {}

    /**
     * The bytes of a byte-level token, in which each character stands for one byte. A token with any other character was put
     * in from outside and stands for itself.
     */
    static byte[] byteLevel(String token) {
        var points = token.codePoints().toArray();
        var bytes = new byte[points.length];
        for (int i = 0; i < points.length; i++) {
            var value = BYTES_BY_CHARACTER.get(points[i]);
            if (value == null) {
                return utf8(token);
            }
            bytes[i] = value;
        }
        return bytes;
    }

    /** The bytes of a SentencePiece piece. */
    static byte[] piece(String token) {
        return utf8(token.replace(SPACE_MARK, " "));
    }

    /** Whether {@code token} is spelled {@code <0x41>}, a byte. */
    static boolean isByte(String token) {
        return token.length() == 6
                && token.startsWith("<0x")
                && token.charAt(5) == '>'
                && Character.digit(token.charAt(3), 16) >= 0
                && Character.digit(token.charAt(4), 16) >= 0;
    }

    /** The byte that {@code <0x41>} spells. */
    static byte[] byteOf(String token) {
        return new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)};
    }

    static byte[] utf8(String token) {
        return token.getBytes(StandardCharsets.UTF_8);
    }

    /** Printable characters of Latin-1 stand for their own byte; the other bytes, in order, for characters from U+0100. */
    private static Map<Integer, Byte> bytesByCharacter() {
        var map = new HashMap<Integer, Byte>();
        int next = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xAC) || value >= 0xAE;
            map.put(printable ? value : next++, (byte) value);
        }
        return Map.copyOf(map);
    }
}
