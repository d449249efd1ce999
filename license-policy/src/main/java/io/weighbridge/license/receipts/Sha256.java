package io.weighbridge.license.receipts;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The three hashes of the log, told apart by what goes before their content. Not thread-safe: each owner has its own. */
final class Sha256 {
    /** Bytes of a hash. */
    static final int BYTES = 32;

    /** What the first record is chained to, and the previous of the first signed root. */
    static final byte[] ZERO = new byte[BYTES];

    private static final byte LEAF = 0;
    private static final byte NODE = 1;
    private static final byte LINK = 2;

    private final MessageDigest sha256;

    Sha256() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /** Hash of a record's content; a receipt's is its leaf in the Merkle tree (RFC 6962). */
    byte[] leaf(byte[]... parts) {
        sha256.update(LEAF);
        for (var part : parts) {
            sha256.update(part);
        }
        return sha256.digest();
    }

    /** Hash of two subtrees. */
    byte[] node(byte[] left, byte[] right) {
        sha256.update(NODE);
        sha256.update(left);
        sha256.update(right);
        return sha256.digest();
    }

    /** Hash of the chain after a record: of the chain before it, its type and its content. */
    byte[] link(byte[] before, byte type, byte[] leaf) {
        sha256.update(LINK);
        sha256.update(before);
        sha256.update(type);
        sha256.update(leaf);
        return sha256.digest();
    }

    /** Hash of nothing before {@code bytes}: names a public key. */
    byte[] plain(byte[] bytes) {
        return sha256.digest(bytes);
    }

    static String hex(byte[] hash) {
        return HexFormat.of().formatHex(hash);
    }

    static byte[] parse(String hex) {
        if (hex.length() != 2 * BYTES) {
            throw new IllegalArgumentException("a hash has %d hexadecimal digits: %s".formatted(2 * BYTES, hex));
        }
        var hash = HexFormat.of().parseHex(hex);
        if (!hex(hash).equals(hex)) {
            throw new IllegalArgumentException("a hash is written with small letters: " + hex);
        }
        return hash;
    }
}
