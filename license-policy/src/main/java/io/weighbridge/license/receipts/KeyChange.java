package io.weighbridge.license.receipts;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;

/**
 * A new signing key, vouched for by the old one and the other way round, so that whoever trusts either can check the whole log.
 *
 * @param oldKey the key until here, base64 of its X.509 form
 * @param newKey the key from here
 * @param byOld the old key's signature, base64
 * @param byNew the new key's signature, base64
 */
record KeyChange(String oldKey, String newKey, Instant time, String byOld, String byNew) {
    private static final String DOMAIN = "weighbridge.receipts.key/1\n";

    static KeyChange of(SigningKey from, SigningKey to, Instant time) {
        var unsigned = new KeyChange(from.publicText(), to.publicText(), time, "", "");
        return new KeyChange(
                unsigned.oldKey, unsigned.newKey, time, from.sign(unsigned.statement()), to.sign(unsigned.statement()));
    }

    boolean isSignedBy(PublicKey from, PublicKey to) {
        return Keys.verifies(from, statement(), byOld) && Keys.verifies(to, statement(), byNew);
    }

    byte[] encode() {
        return new Json()
                .put("byNew", byNew)
                .put("byOld", byOld)
                .put("newKey", newKey)
                .put("oldKey", oldKey)
                .put("time", time.toString())
                .bytes();
    }

    static KeyChange parse(byte[] json) {
        var fields = JsonReader.read(json);
        var change = new KeyChange(
                fields.text("oldKey"),
                fields.text("newKey"),
                Receipt.time(fields.text("time")),
                fields.text("byOld"),
                fields.text("byNew"));
        if (!Arrays.equals(json, change.encode())) {
            throw new IllegalArgumentException("the key change is not in canonical form");
        }
        return change;
    }

    private byte[] statement() {
        return (DOMAIN
                        + new Json()
                                .put("newKey", newKey)
                                .put("oldKey", oldKey)
                                .put("time", time.toString())
                                .text())
                .getBytes(StandardCharsets.UTF_8);
    }
}
