package io.weighbridge.license.receipts;

import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;

/**
 * That one receipt is in a log: the receipt, the signed root over it and the hashes on the way there. Needs nothing but the public key
 * to be checked, and shows no other receipt.
 *
 * @param receipt the receipt's canonical encoding
 * @param batch the signed root
 * @param index place of the receipt under it, from 0
 * @param path hashes beside the way to the root, lowest first, in hexadecimal digits
 */
public record Proof(String receipt, Batch batch, long index, List<String> path) {
    /** Most bytes of an encoded proof: a receipt, twice as long when quoted, a signed root and at most 16 hashes. */
    public static final int PROOF_BYTES_MAX = 3 * Receipt.RECEIPT_BYTES_MAX;

    public Proof {
        path = List.copyOf(path);
    }

    static Proof of(byte[] receipt, Batch batch, List<byte[]> leaves, int index) {
        return new Proof(
                new String(receipt, StandardCharsets.UTF_8),
                batch,
                index,
                Merkle.path(new Sha256(), leaves, index).stream()
                        .map(Sha256::hex)
                        .toList());
    }

    /** The receipt that is proven, or an exception that says why nothing is. */
    public Receipt check(PublicKey trusted) {
        if (!batch.keyId().equals(Keys.id(trusted))) {
            throw new IllegalArgumentException("the root is signed with key %s, not with the one given (%s)"
                    .formatted(batch.keyId(), Keys.id(trusted)));
        }
        if (!batch.isSignedBy(trusted)) {
            throw new IllegalArgumentException("the signature under the root is not by the key given");
        }
        var bytes = receipt.getBytes(StandardCharsets.UTF_8);
        var proven = Receipt.parse(bytes);
        if (index != proven.sequence() - batch.first() || index < 0 || index >= batch.count()) {
            throw new IllegalArgumentException("receipt %d has no place %d under receipts %d to %d"
                    .formatted(proven.sequence(), index, batch.first(), batch.last()));
        }
        var sha256 = new Sha256();
        var root = Merkle.follow(
                sha256,
                sha256.leaf(bytes),
                index,
                batch.count(),
                path.stream().map(Sha256::parse).toList());
        if (!Sha256.hex(root).equals(batch.root())) {
            throw new IllegalArgumentException(
                    "the receipt does not lead to the signed root: it was changed, or is another");
        }
        return proven;
    }

    /** Canonical JSON. */
    public String encode() {
        return new Json()
                .put("batch", new String(batch.encode(), StandardCharsets.UTF_8))
                .put("index", index)
                .texts("path", path)
                .put("receipt", receipt)
                .text();
    }

    /** Reads {@link #encode} back. */
    public static Proof parse(byte[] json) {
        if (json.length > PROOF_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a proof has at most %d bytes, this has %d".formatted(PROOF_BYTES_MAX, json.length));
        }
        var fields = JsonReader.read(json);
        var proof = new Proof(
                fields.text("receipt"),
                Batch.parse(fields.text("batch").getBytes(StandardCharsets.UTF_8)),
                fields.number("index"),
                fields.texts("path"));
        if (!Arrays.equals(
                new String(json, StandardCharsets.UTF_8).strip().getBytes(StandardCharsets.UTF_8),
                proof.encode().getBytes(StandardCharsets.UTF_8))) {
            throw new IllegalArgumentException("the proof is not in canonical form");
        }
        return proof;
    }
}
