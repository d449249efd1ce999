package io.weighbridge.license.plan;

import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides recorded decisions anew, with the facts recorded: once as things are now, once after a change. A decision that does
 * not come out as it was recorded even without the change is no flip but a finding of its own: terms, lineage or the software
 * have changed since, or the record is not ours. Not thread-safe.
 */
public final class Replay {
    /** Most decisions of each kind that are listed; more are only counted. */
    public static final int LISTED_MAX = 1_000;

    /** Most verdicts that are kept, so that the same question is decided once; decisions repeat much. */
    private static final int KEPT_MAX = 10_000;

    private final Situation before;
    private final Change change;
    private final Map<String, Subject> subjectsBefore;
    private final Map<String, Subject> subjectsAfter;
    private final Map<Question, Outcome> kept = new HashMap<>();
    private final List<Flip> flips = new ArrayList<>();
    private final List<Unreproduced> unreproduced = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();
    private long decisions;
    private long flipCount;
    private long unreproducedCount;
    private long skippedCount;

    public Replay(Situation before, Change change) {
        this.before = before;
        this.change = change;
        this.subjectsBefore = subjects(before);
        this.subjectsAfter = subjects(change.apply(before));
    }

    /** A decision that the change would turn, with the verdict it would have. */
    public record Flip(Recorded recorded, Verdict after) {}

    /**
     * A decision that comes out otherwise today, without the change.
     *
     * @param sameCatalog whether the same terms catalog decides as then; if so, neither new terms nor new facts explain it
     */
    public record Unreproduced(Recorded recorded, Verdict today, boolean sameCatalog) {}

    /** A decision that cannot be decided anew, and why. */
    public record Skipped(Recorded recorded, String reason) {}

    /** What was found. Lists hold at most {@link #LISTED_MAX}; counts are complete. */
    public record Report(
            long decisions,
            long flipCount,
            List<Flip> flips,
            long unreproducedCount,
            List<Unreproduced> unreproduced,
            long skippedCount,
            List<Skipped> skipped) {}

    private record Question(String tenant, String model, Use use) {}

    private record Outcome(
            @Nullable Verdict today,
            @Nullable Verdict after,
            @Nullable String reason) {}

    /** Decides one decision anew. */
    public void add(Recorded recorded) {
        decisions++;
        if (kept.size() >= KEPT_MAX) {
            kept.clear();
        }
        var outcome =
                kept.computeIfAbsent(new Question(recorded.tenant(), recorded.model(), recorded.use()), this::decide);
        var today = outcome.today();
        var after = outcome.after();
        if (today == null || after == null) {
            skippedCount++;
            list(skipped, new Skipped(recorded, String.valueOf(outcome.reason())));
        } else if (!today.word().equals(recorded.verdict())) {
            unreproducedCount++;
            list(unreproduced, new Unreproduced(recorded, today, sameCatalog(recorded, before.catalog())));
        } else if (!after.word().equals(recorded.verdict())) {
            flipCount++;
            list(flips, new Flip(recorded, after));
        }
    }

    public Report report() {
        return new Report(
                decisions,
                flipCount,
                List.copyOf(flips),
                unreproducedCount,
                List.copyOf(unreproduced),
                skippedCount,
                List.copyOf(skipped));
    }

    private Outcome decide(Question question) {
        var subject = subjectsBefore.get(question.model());
        var changed = subjectsAfter.get(question.model());
        if (subject == null || changed == null) {
            return new Outcome(null, null, "the model is not in the catalog any more");
        }
        var use = question.use();
        try {
            var useAfter = new Use(
                    use.act(),
                    change.apply(use.operator()),
                    change.apply(question.tenant(), use.tenant()),
                    use.request());
            return new Outcome(LicensePolicy.check(subject, use), LicensePolicy.check(changed, useAfter), null);
        } catch (IllegalArgumentException contradiction) {
            return new Outcome(null, null, contradiction.getMessage());
        }
    }

    private static boolean sameCatalog(Recorded recorded, TermsCatalog catalog) {
        return recorded.catalog().equals(catalog.digest());
    }

    private static Map<String, Subject> subjects(Situation situation) {
        var lineage = situation.lineage();
        var subjects = new HashMap<String, Subject>();
        for (var candidate : situation.models()) {
            subjects.put(candidate.model(), Subject.of(candidate.model(), lineage, situation.catalog()));
        }
        return subjects;
    }

    private static <T> void list(List<T> listed, T item) {
        if (listed.size() < LISTED_MAX) {
            listed.add(item);
        }
    }
}
