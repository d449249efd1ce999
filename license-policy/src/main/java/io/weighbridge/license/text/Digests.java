package io.weighbridge.license.text;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** SHA-256 over bytes and over lists of words. */
final class Digests {
    /** Hex digits kept of a clause's digest: 64 bits, enough to tell clauses apart, too little to publish the text. */
    static final int CLAUSE_HEX = 16;

    private Digests() {}

    static String of(byte[] bytes) {
        return "sha256:" + HexFormat.of().formatHex(sha256(bytes));
    }

    static String of(List<String> words) {
        return of(bytes(words));
    }

    static String clause(List<String> words) {
        return HexFormat.of().formatHex(sha256(bytes(words))).substring(0, CLAUSE_HEX);
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private static byte[] bytes(List<String> words) {
        return String.join(" ", words).getBytes(StandardCharsets.UTF_8);
    }
}
