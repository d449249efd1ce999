package io.weighbridge.license.receipts;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;

/** The key pair that signs a log. Not thread-safe: the writer thread owns it. */
final class SigningKey {
    private final PrivateKey privateKey;
    private final PublicKey publicKey;
    private final String id;

    private SigningKey(PrivateKey privateKey, PublicKey publicKey) {
        this.privateKey = privateKey;
        this.publicKey = publicKey;
        this.id = Keys.id(publicKey);
    }

    static SigningKey create() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(Keys.ALGORITHM).generateKeyPair();
            return new SigningKey(pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform from 15 on has Ed25519", impossible);
        }
    }

    /** Reads both halves from {@code file}, and checks that they belong together. */
    static SigningKey read(Path file) {
        var key = new SigningKey(
                Keys.privateKey(Keys.block(file, "PRIVATE KEY")), Keys.publicKey(Keys.block(file, "PUBLIC KEY")));
        var probe = new byte[] {1};
        if (!Keys.verifies(key.publicKey, probe, key.sign(probe))) {
            throw new IllegalArgumentException(
                    "the private and the public key in %s are not of one pair".formatted(file));
        }
        return key;
    }

    /** Writes both halves to {@code file}, which only its owner may read. */
    void write(Path file) throws IOException {
        Durable.replace(
                file,
                Keys.pem("PRIVATE KEY", privateKey.getEncoded()) + Keys.pem("PUBLIC KEY", publicKey.getEncoded()),
                Durable.OWNER_ONLY);
    }

    void writePublic(Path file) throws IOException {
        Durable.replace(file, Keys.pem("PUBLIC KEY", publicKey.getEncoded()), Durable.ALL_READ);
    }

    String id() {
        return id;
    }

    /** The public half as records hold it. */
    String publicText() {
        return Batch.base64(publicKey.getEncoded());
    }

    String sign(byte[] statement) {
        try {
            var signature = Signature.getInstance(Keys.ALGORITHM);
            signature.initSign(privateKey);
            signature.update(statement);
            return Batch.base64(signature.sign());
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("cannot sign: " + broken.getMessage(), broken);
        }
    }
}
