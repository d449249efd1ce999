package io.weighbridge.license.text;

import io.weighbridge.license.text.LicenseText.Clause;
import io.weighbridge.license.text.TextFingerprint.ClauseDigest;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** Tells which of the known licenses a text is. Immutable, safe for any number of threads. */
public final class LicenseMatcher {
    /**
     * Least similarity at which a text is reported as near a known one: by the sketch, or where no sketch comes near, by
     * the share of a known text's clauses found in it. Different licenses from unrelated stewards stay under 0.2, versions
     * of one license and its altered copies are above 0.5.
     */
    public static final double NEAR_SIMILARITY_MIN = 0.4;

    private final List<Known> known;
    private final Map<String, TextFingerprint> byDigest;

    private record Known(TextFingerprint print, Sketch sketch, Set<String> clauses) {}

    /** Throws when two keys claim the same text: a text has one license. */
    public LicenseMatcher(Collection<TextFingerprint> fingerprints) {
        this.known = fingerprints.stream()
                .map(print -> new Known(print, Sketch.decode(print.sketch()), clauses(print)))
                .toList();
        var index = new HashMap<String, TextFingerprint>();
        for (var print : fingerprints) {
            put(index, print.digest(), print);
            put(index, print.unnumberedDigest(), print);
            print.rawDigests().forEach(raw -> put(index, raw, print));
        }
        this.byDigest = Map.copyOf(index);
    }

    /** What the text in {@code bytes} is; throws when it is longer than {@link LicenseText#LICENSE_BYTES_MAX}. */
    public Match match(byte[] bytes) {
        return match(LicenseText.of(bytes));
    }

    public Match match(LicenseText text) {
        for (var digest : List.of(text.digest(), text.unnumberedDigest(), text.rawDigest())) {
            var print = byDigest.get(digest);
            if (print != null) {
                return new Match.Exact(print.key(), print.document(), text.digest());
            }
        }
        return near(text);
    }

    private Match near(LicenseText text) {
        var sketch = text.sketch();
        var clauses = new HashSet<String>();
        text.clauses().forEach(clause -> clauses.add(clause.digest()));
        return nearest(candidate -> candidate.sketch().similarity(sketch), text, clauses)
                .or(() -> nearest(candidate -> contained(candidate, clauses), text, clauses))
                .orElseGet(Match.None::new);
    }

    private Optional<Match> nearest(ToDoubleFunction<Known> measure, LicenseText text, Set<String> clauses) {
        Known best = null;
        double bestSimilarity = 0;
        for (var candidate : known) {
            double similarity = measure.applyAsDouble(candidate);
            if (similarity > bestSimilarity) {
                best = candidate;
                bestSimilarity = similarity;
            }
        }
        return best == null || bestSimilarity < NEAR_SIMILARITY_MIN
                ? Optional.empty()
                : Optional.of(near(best, bestSimilarity, text.clauses(), clauses));
    }

    private static Match near(Known best, double similarity, List<Clause> theirs, Set<String> theirDigests) {
        var added = theirs.stream()
                .filter(clause -> !best.clauses().contains(clause.digest()))
                .toList();
        var missing = best.print().clauses().stream()
                .filter(clause -> !theirDigests.contains(clause.digest()))
                .map(ClauseDigest::label)
                .toList();
        return new Match.Near(best.print().key(), best.print().document(), similarity, added, missing);
    }

    /** Share of a known text's clauses found in another text: finds a license inside a longer file. */
    private static double contained(Known candidate, Set<String> clauses) {
        long found = candidate.clauses().stream().filter(clauses::contains).count();
        return (double) found / candidate.clauses().size();
    }

    private static Set<String> clauses(TextFingerprint print) {
        var digests = new HashSet<String>();
        print.clauses().forEach(clause -> digests.add(clause.digest()));
        return Set.copyOf(digests);
    }

    private static void put(Map<String, TextFingerprint> index, String digest, TextFingerprint print) {
        var other = index.putIfAbsent(digest, print);
        if (other != null && !(other.key().equals(print.key()) && other.document() == print.document())) {
            throw new IllegalArgumentException(
                    "%s and %s claim the same text %s".formatted(other.key(), print.key(), digest));
        }
    }
}
