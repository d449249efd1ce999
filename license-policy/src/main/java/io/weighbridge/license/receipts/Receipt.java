package io.weighbridge.license.receipts;

import io.weighbridge.license.receipts.Draft.LicenseApplied;
import io.weighbridge.license.receipts.Draft.Outcome;
import io.weighbridge.license.receipts.Draft.Owed;
import io.weighbridge.license.receipts.Draft.Phase;
import io.weighbridge.license.receipts.Draft.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;

/**
 * One decision and its place in the log. Its canonical encoding is JSON as RFC 8785 writes it (no spaces, keys sorted, only
 * texts and whole numbers), so that equal receipts have equal bytes:
 *
 * <pre>
 *   {"catalog":"sha256:..","decision":"..","facts":"{\"operator\":..}","licenses":[{"license":"MIT","termsDigest":"sha256:..",
 *    "termsVersion":1,"textDigest":"sha256:.."}],"model":"..","obligations":[{"clause":"..","license":".."}],
 *    "phase":"admission","reasons":[{"clause":"..","license":"..","rule":".."}],"request":"..","sequence":1,"tenant":"..",
 *    "time":"2026-11-24T12:00:00Z","v":1,"verdict":"permitted","weights":"sha256:.."}
 * </pre>
 *
 * {@code textDigest} is absent where no license text was known.
 *
 * @param sequence its number, from 1, without gaps
 */
public record Receipt(long sequence, Draft draft) {
    /** Most bytes of an encoded receipt. A usual one has about 1,000. */
    public static final int RECEIPT_BYTES_MAX = 32 * 1024;

    private static final int VERSION = 1;

    public Receipt {
        if (sequence < 1) {
            throw new IllegalArgumentException("a receipt's sequence starts at 1, not " + sequence);
        }
    }

    /** The canonical encoding. */
    public byte[] encode() {
        return encode(draft).at(sequence);
    }

    /** Reads a canonical encoding back, or says what is wrong with it. Any other encoding of the same receipt is refused. */
    public static Receipt parse(byte[] json) {
        var fields = JsonReader.read(json);
        if (fields.number("v") != VERSION) {
            throw new IllegalArgumentException(
                    "receipts of version %d are not known here".formatted(fields.number("v")));
        }
        var receipt = new Receipt(fields.number("sequence"), draft(fields));
        if (!Arrays.equals(json, receipt.encode())) {
            throw new IllegalArgumentException("the receipt is not in canonical form");
        }
        return receipt;
    }

    /** Everything but the sequence number, which only the writer knows; so callers encode, each on its own thread. */
    static Encoded encode(Draft draft) {
        var json = new Json()
                .put("catalog", draft.catalog())
                .put("decision", draft.decision())
                .put("facts", draft.facts())
                .list("licenses", draft.licenses(), Receipt::license)
                .put("model", draft.model())
                .list("obligations", draft.obligations(), Receipt::owed)
                .put("phase", draft.phase().word())
                .list("reasons", draft.reasons(), Receipt::reason)
                .put("request", draft.request())
                .hole("sequence");
        var hole = json.length();
        var text = json.put("tenant", draft.tenant())
                .put("time", draft.time().toString())
                .put("v", VERSION)
                .put("verdict", draft.verdict().word())
                .put("weights", draft.weights())
                .text();
        var encoded = new Encoded(
                text.substring(0, hole).getBytes(StandardCharsets.UTF_8),
                text.substring(hole).getBytes(StandardCharsets.UTF_8));
        if (encoded.bytesMax() > RECEIPT_BYTES_MAX) {
            throw new IllegalArgumentException("the receipt of decision %s has %d bytes, at most %d are taken"
                    .formatted(draft.decision(), encoded.bytesMax(), RECEIPT_BYTES_MAX));
        }
        return encoded;
    }

    private static void license(Json json, LicenseApplied applied) {
        json.put("license", applied.license())
                .put("termsDigest", applied.termsDigest())
                .put("termsVersion", applied.termsVersion());
        if (applied.textDigest() != null) {
            json.put("textDigest", applied.textDigest());
        }
    }

    private static void owed(Json json, Owed owed) {
        json.put("clause", owed.clause()).put("license", owed.license());
    }

    private static void reason(Json json, Reason reason) {
        json.put("clause", reason.clause()).put("license", reason.license()).put("rule", reason.rule());
    }

    private static Draft draft(Fields fields) {
        return new Draft(
                time(fields.text("time")),
                fields.text("request"),
                fields.text("decision"),
                fields.text("tenant"),
                fields.text("model"),
                fields.text("weights"),
                fields.list("licenses").stream()
                        .map(entry -> new LicenseApplied(
                                entry.text("license"),
                                entry.has("textDigest") ? entry.text("textDigest") : null,
                                entry.integer("termsVersion"),
                                entry.text("termsDigest")))
                        .toList(),
                fields.text("facts"),
                fields.word("verdict", Outcome.class),
                fields.list("reasons").stream()
                        .map(entry -> new Reason(entry.text("rule"), entry.text("license"), entry.text("clause")))
                        .toList(),
                fields.list("obligations").stream()
                        .map(entry -> new Owed(entry.text("license"), entry.text("clause")))
                        .toList(),
                fields.word("phase", Phase.class),
                fields.text("catalog"));
    }

    static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException("not a time: " + text, wrong);
        }
    }

    /** A receipt's encoding around the place of its sequence number. */
    static final class Encoded {
        private static final int SEQUENCE_DIGITS_MAX = 19;

        final byte[] before;
        final byte[] after;

        private Encoded(byte[] before, byte[] after) {
            this.before = before;
            this.after = after;
        }

        int bytesMax() {
            return before.length + SEQUENCE_DIGITS_MAX + after.length;
        }

        byte[] at(long sequence) {
            var digits = Long.toString(sequence).getBytes(StandardCharsets.US_ASCII);
            var all = Arrays.copyOf(before, before.length + digits.length + after.length);
            System.arraycopy(digits, 0, all, before.length, digits.length);
            System.arraycopy(after, 0, all, before.length + digits.length, after.length);
            return all;
        }
    }
}
