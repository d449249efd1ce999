package io.weighbridge.license.receipts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;

/**
 * A signed root: what was written since the one before it, under one signature.
 *
 * <p>Signed is {@link #DOMAIN} and the canonical JSON of all fields but the signature. The root binds the receipts, the chain
 * binds every record before, the previous root's hash binds the signed roots to each other.
 *
 * @param first sequence number of the first receipt
 * @param last sequence number of the last; one less than first where there is none
 * @param root Merkle root over the receipts, in hexadecimal digits
 * @param chain hash of the chain before this record
 * @param previous hash of the previous signed root's record, zeros for the first
 * @param segment number of the file that holds this record
 * @param keyId which key signed
 * @param signature Ed25519, base64
 */
public record Batch(
        long first,
        long last,
        String root,
        String chain,
        String previous,
        int segment,
        String keyId,
        Instant time,
        String signature) {
    /** What is signed begins with it, so that a signature means nothing elsewhere. */
    static final String DOMAIN = "weighbridge.receipts.batch/1\n";

    /** The same with a signature made by {@code key}. */
    Batch signed(SigningKey key) {
        return new Batch(first, last, root, chain, previous, segment, keyId, time, key.sign(statement()));
    }

    /** Whether {@code key} made the signature. */
    public boolean isSignedBy(PublicKey key) {
        return Keys.verifies(key, statement(), signature);
    }

    /** How many receipts it covers. */
    public long count() {
        return last - first + 1;
    }

    byte[] encode() {
        return fields(true).bytes();
    }

    /** Makes this the signed head of a log. */
    void writeHead(LogFolder folder) throws IOException {
        Durable.replace(folder.head(), new String(encode(), StandardCharsets.UTF_8), Durable.ALL_READ);
    }

    static Batch parse(byte[] json) {
        var batch = of(JsonReader.read(json));
        if (!Arrays.equals(json, batch.encode())) {
            throw new IllegalArgumentException("the signed root is not in canonical form");
        }
        return batch;
    }

    private static Batch of(Fields fields) {
        return new Batch(
                fields.number("first"),
                fields.number("last"),
                fields.text("root"),
                fields.text("chain"),
                fields.text("previous"),
                fields.integer("segment"),
                fields.text("key"),
                Receipt.time(fields.text("time")),
                fields.text("signature"));
    }

    private byte[] statement() {
        return (DOMAIN + fields(false).text()).getBytes(StandardCharsets.UTF_8);
    }

    private Json fields(boolean withSignature) {
        var json = new Json()
                .put("chain", chain)
                .put("first", first)
                .put("key", keyId)
                .put("last", last)
                .put("previous", previous)
                .put("root", root)
                .put("segment", segment);
        return (withSignature ? json.put("signature", signature) : json).put("time", time.toString());
    }

    /** The form of signatures and keys inside records. */
    static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
