package io.weighbridge.license.receipts;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A decision as its maker knows it: a {@link Receipt} without its place in the log.
 *
 * @param time when it was decided
 * @param request id of the request that asked
 * @param decision id of this decision, unique; a request has several when it is retried
 * @param tenant name of the API key, never the key
 * @param model id of the model decided on
 * @param weights digest of the weights, or empty where they were not known
 * @param licenses the licenses that were applied: that of the checkpoint and those of its ancestors
 * @param facts the facts used, as canonical JSON text; kept as text, so that it stays exact
 * @param reasons why, empty for most permissions
 * @param obligations what is owed in return
 * @param catalog digest of the terms catalog that decided
 */
public record Draft(
        Instant time,
        String request,
        String decision,
        String tenant,
        String model,
        String weights,
        List<LicenseApplied> licenses,
        String facts,
        Outcome verdict,
        List<Reason> reasons,
        List<Owed> obligations,
        Phase phase,
        String catalog) {

    /** Most characters of a text other than the facts: ids, names and digests are far shorter. */
    public static final int TEXT_CHARS_MAX = 512;

    /** Most characters of the facts: three profiles of some twenty facts each take about 2,000. */
    public static final int FACTS_CHARS_MAX = 16 * 1024;

    /** Most licenses, reasons or obligations of one receipt: a lineage of a dozen ancestors has a few each. */
    public static final int ENTRIES_MAX = 64;

    /** The three verdicts. */
    public enum Outcome {
        PERMITTED,
        UNDETERMINED,
        PROHIBITED;

        /** As written in a receipt. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What the decision was for. */
    public enum Phase {
        /** Whether to accept a request. */
        ADMISSION,
        /** Whether to try the same model again. */
        RETRY,
        /** Whether another model may answer instead. */
        FALLBACK,
        /** Whether to list a model to a caller. */
        LISTING;

        /** As written in a receipt. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One license that was applied.
     *
     * @param textDigest digest of the license text, or null where only a name was known
     */
    public record LicenseApplied(String license, @Nullable String textDigest, int termsVersion, String termsDigest) {
        public LicenseApplied {
            text("license", license, TEXT_CHARS_MAX);
            text("terms digest", termsDigest, TEXT_CHARS_MAX);
            if (textDigest != null) {
                text("license text digest", textDigest, TEXT_CHARS_MAX);
            }
        }
    }

    /** One finding: the rule, the license and the clause. */
    public record Reason(String rule, String license, String clause) {
        public Reason {
            text("rule", rule, TEXT_CHARS_MAX);
            text("license", license, TEXT_CHARS_MAX);
            text("clause", clause, TEXT_CHARS_MAX);
        }
    }

    /** One obligation: the license and the clause. */
    public record Owed(String license, String clause) {
        public Owed {
            text("license", license, TEXT_CHARS_MAX);
            text("clause", clause, TEXT_CHARS_MAX);
        }
    }

    public Draft {
        text("request", request, TEXT_CHARS_MAX);
        text("decision", decision, TEXT_CHARS_MAX);
        text("tenant", tenant, TEXT_CHARS_MAX);
        text("model", model, TEXT_CHARS_MAX);
        text("weights", weights, TEXT_CHARS_MAX);
        text("facts", facts, FACTS_CHARS_MAX);
        text("catalog", catalog, TEXT_CHARS_MAX);
        licenses = entries("licenses", licenses);
        reasons = entries("reasons", reasons);
        obligations = entries("obligations", obligations);
    }

    private static void text(String name, String value, int charsMax) {
        if (value.length() > charsMax) {
            throw new IllegalArgumentException(
                    "a receipt's %s has %d characters, at most %d are taken".formatted(name, value.length(), charsMax));
        }
        if (!Json.isEncodable(value)) {
            throw new IllegalArgumentException("a receipt's %s holds half of a surrogate pair".formatted(name));
        }
    }

    private static <T> List<T> entries(String name, List<T> entries) {
        if (entries.size() > ENTRIES_MAX) {
            throw new IllegalArgumentException(
                    "a receipt has %d %s, at most %d are taken".formatted(entries.size(), name, ENTRIES_MAX));
        }
        return List.copyOf(entries);
    }
}
