package io.weighbridge.license.text;

import java.util.List;
import java.util.regex.Pattern;

/**
 * What is kept of one known text: digests, never the text. Enough to recognize a copy, to measure how near another text
 * comes, and to say which clauses differ.
 *
 * @param key the license in the terms catalog, as "llama3.1"
 * @param document whether this is the license itself or a use policy that comes with it
 * @param source where the text was read: repository, path and commit
 * @param digest {@link LicenseText#digest}
 * @param unnumberedDigest {@link LicenseText#unnumberedDigest}
 * @param rawDigests digests of files with this text as they were published, at least one
 * @param words how many words count
 * @param sketch a sample of its runs of words, in the form of {@link Fingerprints}
 * @param clauses its sentences in order
 */
public record TextFingerprint(
        String key,
        Document document,
        String source,
        String digest,
        String unnumberedDigest,
        List<String> rawDigests,
        int words,
        String sketch,
        List<ClauseDigest> clauses) {
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern CLAUSE = Pattern.compile("[0-9a-f]{" + Digests.CLAUSE_HEX + "}");

    /** What a text is to a model. */
    public enum Document {
        LICENSE,
        POLICY
    }

    /** A sentence of a known text: its place ({@link LicenseText.Clause#label}) and 16 hex digits. */
    public record ClauseDigest(String label, String digest) {
        public ClauseDigest {
            if (!CLAUSE.matcher(digest).matches()) {
                throw new IllegalArgumentException(
                        "clause %s: want %d hex digits, not '%s'".formatted(label, Digests.CLAUSE_HEX, digest));
            }
        }
    }

    public TextFingerprint {
        check(digest);
        check(unnumberedDigest);
        rawDigests = List.copyOf(rawDigests);
        clauses = List.copyOf(clauses);
        rawDigests.forEach(TextFingerprint::check);
        if (rawDigests.isEmpty() || clauses.isEmpty() || words < 1) {
            throw new IllegalArgumentException(key + ": a fingerprint has raw digests, clauses and words");
        }
        Sketch.decode(sketch);
    }

    private static void check(String digest) {
        if (!DIGEST.matcher(digest).matches()) {
            throw new IllegalArgumentException("not a digest: '%s' (want sha256: and 64 hex digits)".formatted(digest));
        }
    }
}
