package io.weighbridge.registry.catalog;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The SHA-256 of a file's bytes, written {@code sha256:} and 64 lower-case hex digits. */
public record Digest(String hex) {
    private static final String PREFIX = "sha256:";
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    public Digest {
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("not a digest (want sha256: and 64 lower-case hex digits)");
        }
    }

    /** Parses the written form. */
    public static Digest parse(String text) {
        return new Digest(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "");
    }

    /** The digest of these bytes. */
    public static Digest of(byte[] bytes) {
        return finish(algorithm().digest(bytes));
    }

    /** A fresh computation; hand its result to {@link #finish}. */
    public static MessageDigest algorithm() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public static Digest finish(byte[] sum) {
        return new Digest(HexFormat.of().formatHex(sum));
    }

    @Override
    public String toString() {
        return PREFIX + hex;
    }
}
