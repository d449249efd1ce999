package io.weighbridge.license.receipts;

import java.time.Instant;
import java.util.Arrays;

/**
 * First record of each file: where it goes on from.
 *
 * @param first sequence number of the next receipt
 * @param previous hash of the chain before
 * @param publicKey the key that signs, base64 of its X.509 form
 */
record SegmentHeader(int segment, long first, String previous, String publicKey, Instant time) {
    private static final String FORMAT = "weighbridge.receipts/1";

    byte[] encode() {
        return new Json()
                .put("first", first)
                .put("format", FORMAT)
                .put("previous", previous)
                .put("publicKey", publicKey)
                .put("segment", segment)
                .put("time", time.toString())
                .bytes();
    }

    static SegmentHeader parse(byte[] json) {
        var fields = JsonReader.read(json);
        var header = new SegmentHeader(
                fields.integer("segment"),
                fields.number("first"),
                fields.text("previous"),
                fields.text("publicKey"),
                Receipt.time(fields.text("time")));
        if (!Arrays.equals(json, header.encode())) {
            throw new IllegalArgumentException("not the header of a file of format " + FORMAT);
        }
        return header;
    }
}
