package io.weighbridge.license.receipts;

import java.time.Instant;
import java.util.Arrays;

/**
 * What opening found after a crash, kept in the log itself. Receipts that waited in memory are lost without a trace here: they are
 * at most those of one window.
 *
 * @param lastSequence the last whole receipt, 0 if there is none
 * @param resigned how many receipts, up to the last, had been written but not signed and were signed now
 * @param bytesCut bytes of an unfinished record after it
 * @param cutFile name of the file that keeps those bytes, empty if there are none
 */
public record Recovery(Instant time, long lastSequence, long resigned, long bytesCut, String cutFile) {
    byte[] encode() {
        return new Json()
                .put("bytesCut", bytesCut)
                .put("cutFile", cutFile)
                .put("lastSequence", lastSequence)
                .put("resigned", resigned)
                .put("time", time.toString())
                .bytes();
    }

    static Recovery parse(byte[] json) {
        var fields = JsonReader.read(json);
        var recovery = new Recovery(
                Receipt.time(fields.text("time")),
                fields.number("lastSequence"),
                fields.number("resigned"),
                fields.number("bytesCut"),
                fields.text("cutFile"));
        if (!Arrays.equals(json, recovery.encode())) {
            throw new IllegalArgumentException("the recovery is not in canonical form");
        }
        return recovery;
    }

    /** For people. */
    public String describe() {
        var cut = bytesCut == 0
                ? "no record was unfinished"
                : "%d bytes of an unfinished record were cut (kept as %s)".formatted(bytesCut, cutFile);
        return "recovered at %s: the last whole receipt is %d, %d before it had not been signed and were signed then, %s"
                .formatted(time, lastSequence, resigned, cut);
    }
}
