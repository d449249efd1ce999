package io.weighbridge.license.receipts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** Public keys of receipts: reading, writing, naming, checking signatures. */
public final class Keys {
    /** The algorithm of all signatures. */
    static final String ALGORITHM = "Ed25519";

    /** Most bytes of a key file; a private and a public key take about 250. */
    static final int KEY_FILE_BYTES_MAX = 16 * 1024;

    private Keys() {}

    /** The public key in a PEM file, or an exception that names the file. */
    public static PublicKey read(Path pem) {
        return publicKey(block(pem, "PUBLIC KEY"));
    }

    /** The name of a key: the SHA-256 of its X.509 form in hexadecimal digits. */
    public static String id(PublicKey key) {
        return Sha256.hex(new Sha256().plain(key.getEncoded()));
    }

    static PublicKey publicKey(byte[] x509) {
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(x509));
        } catch (GeneralSecurityException wrong) {
            throw new IllegalArgumentException(
                    "not an %s public key: %s".formatted(ALGORITHM, wrong.getMessage()), wrong);
        }
    }

    static PrivateKey privateKey(byte[] pkcs8) {
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException wrong) {
            throw new IllegalArgumentException(
                    "not an %s private key: %s".formatted(ALGORITHM, wrong.getMessage()), wrong);
        }
    }

    static boolean verifies(PublicKey key, byte[] statement, String signature) {
        try {
            var check = Signature.getInstance(ALGORITHM);
            check.initVerify(key);
            check.update(statement);
            var bytes = Base64.getDecoder().decode(signature);
            // A signature has one spelling: the decoder would ignore bits in its last digit.
            return Batch.base64(bytes).equals(signature) && check.verify(bytes);
        } catch (GeneralSecurityException | IllegalArgumentException wrong) {
            return false;
        }
    }

    static String pem(String label, byte[] content) {
        var lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(label, lines, label);
    }

    static byte[] block(Path file, String label) {
        try {
            if (Files.size(file) > KEY_FILE_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "%s is larger than a key file (%d bytes)".formatted(file, KEY_FILE_BYTES_MAX));
            }
            var text = Files.readString(file, StandardCharsets.US_ASCII);
            var begin = "-----BEGIN %s-----".formatted(label);
            var from = text.indexOf(begin);
            var to = text.indexOf("-----END %s-----".formatted(label));
            if (from < 0 || to < from) {
                throw new IllegalArgumentException("%s holds no %s in PEM form".formatted(file, label));
            }
            return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
        } catch (IOException broken) {
            throw new UncheckedIOException(
                    "cannot read the key file %s: %s".formatted(file, broken.getMessage()), broken);
        }
    }
}
