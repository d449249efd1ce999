package io.weighbridge.license.text;

import io.weighbridge.license.text.LicenseText.Clause;
import io.weighbridge.license.text.TextFingerprint.Document;
import java.util.List;

/** What a text is. Only {@link Exact} names a license; a near match is a finding for a reviewer, not a license. */
public sealed interface Match {
    /** The text is that of {@code key}, word for word. */
    record Exact(String key, Document document, String digest) implements Match {}

    /**
     * The text resembles that of {@code key} and is not it.
     *
     * @param similarity 0 to 1; near 1 for a changed word, 1 also when a long file holds the whole known text
     * @param addedClauses sentences of this text that the known one lacks
     * @param missingClauses labels of the known text's sentences that this one lacks. Both lists are empty when only the
     *     order, the numbering or the number of repetitions differs
     */
    record Near(
            String key, Document document, double similarity, List<Clause> addedClauses, List<String> missingClauses)
            implements Match {
        public Near {
            addedClauses = List.copyOf(addedClauses);
            missingClauses = List.copyOf(missingClauses);
        }
    }

    /** The text resembles none that we know. */
    record None() implements Match {}
}
