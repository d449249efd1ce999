package io.weighbridge.license.policy;

import io.weighbridge.license.terms.Obligation;
import java.util.List;
import java.util.TreeSet;

/**
 * What a set of terms says about one use of one checkpoint. The three cases are ordered: a prohibition outranks an open
 * question, and an open question outranks a permission, so that combining terms can only make the answer stricter.
 */
public sealed interface Verdict {
    /** The use is allowed and makes the operator owe these, sorted by clause. */
    record Permitted(List<Obligation> obligations) implements Verdict {
        private static final Permitted SILENT = new Permitted(List.of());

        public Permitted {
            obligations = sorted(obligations);
        }
    }

    /** A fact is missing; each finding is a question and says how to answer it. Never empty. */
    record Undetermined(List<Finding> questions) implements Verdict {
        public Undetermined {
            questions = reasons(questions);
        }
    }

    /** The use is forbidden; each finding names the clause. Never empty. */
    record Prohibited(List<Finding> clauses) implements Verdict {
        public Prohibited {
            clauses = reasons(clauses);
        }
    }

    /** The verdict of terms that say nothing about a use: nothing forbidden, nothing owed. Neutral in {@link #and}. */
    static Verdict silent() {
        return Permitted.SILENT;
    }

    /** As receipts and command lines write it. */
    default String word() {
        return switch (this) {
            case Permitted _ -> "permitted";
            case Undetermined _ -> "undetermined";
            case Prohibited _ -> "prohibited";
        };
    }

    /** What refuses the use; empty when it is permitted. */
    default List<Finding> findings() {
        return switch (this) {
            case Permitted _ -> List.of();
            case Undetermined(var questions) -> questions;
            case Prohibited(var clauses) -> clauses;
        };
    }

    /** The verdict when both sets of terms bind, as a license and an acceptable-use policy do. */
    default Verdict and(Verdict other) {
        if (other == Permitted.SILENT || this == other) {
            return this;
        }
        if (this == Permitted.SILENT) {
            return other;
        }
        return switch (this) {
            case Prohibited(var mine) ->
                other instanceof Prohibited(var theirs) ? new Prohibited(union(mine, theirs)) : this;
            case Undetermined(var mine) ->
                switch (other) {
                    case Prohibited _ -> other;
                    case Undetermined(var theirs) -> new Undetermined(union(mine, theirs));
                    case Permitted _ -> this;
                };
            case Permitted(var mine) ->
                other instanceof Permitted(var theirs) ? new Permitted(union(mine, theirs)) : other;
        };
    }

    private static <T extends Comparable<T>> List<T> union(List<T> mine, List<T> theirs) {
        var both = new TreeSet<>(mine);
        both.addAll(theirs);
        return List.copyOf(both);
    }

    private static <T extends Comparable<T>> List<T> sorted(List<T> items) {
        for (int i = 1; i < items.size(); i++) {
            if (items.get(i - 1).compareTo(items.get(i)) >= 0) {
                return List.copyOf(new TreeSet<>(items));
            }
        }
        return List.copyOf(items);
    }

    private static List<Finding> reasons(List<Finding> findings) {
        if (findings.isEmpty()) {
            throw new IllegalArgumentException("a refusal needs a reason");
        }
        return sorted(findings);
    }
}
