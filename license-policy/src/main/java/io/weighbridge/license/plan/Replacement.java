package io.weighbridge.license.plan;

import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Obligation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A model that a tenant may use in place of one it loses. Ranked by, in this order: pulled before not pulled; takes more than
 * text where the lost one does; at least as open; at least as long a context; nearest in size (by ratio); id. What is not
 * known about a model ranks between better and worse.
 *
 * @param obligations what using it makes one owe
 * @param why how it compares, for people
 */
public record Replacement(Candidate candidate, List<Obligation> obligations, String why) {
    /** Most replacements that are proposed for one model. */
    public static final int PROPOSED_MAX = 3;

    private static final int BETTER = 0;
    private static final int UNKNOWN = 1;
    private static final int WORSE = 2;

    public String model() {
        return candidate.model();
    }

    /** The fittest of the models that {@code verdicts} permit, {@code lost} not among them. */
    static List<Replacement> ranked(Candidate lost, List<Candidate> models, Map<String, Verdict> verdicts) {
        var permitted = new ArrayList<Candidate>();
        for (var candidate : models) {
            if (verdicts.get(candidate.model()) instanceof Permitted
                    && !candidate.model().equals(lost.model())) {
                permitted.add(candidate);
            }
        }
        return permitted.stream()
                .sorted(fitness(lost))
                .limit(PROPOSED_MAX)
                .map(candidate -> new Replacement(
                        candidate,
                        verdicts.get(candidate.model()) instanceof Permitted(var obligations) ? obligations : List.of(),
                        why(candidate, lost)))
                .toList();
    }

    private static Comparator<Candidate> fitness(Candidate lost) {
        return Comparator.comparing((Candidate candidate) -> !candidate.pulled())
                .thenComparing(candidate -> inputs(candidate, lost))
                .thenComparing(candidate -> openness(candidate, lost))
                .thenComparing(candidate -> context(candidate, lost))
                .thenComparing(candidate -> sizeDistance(candidate, lost))
                .thenComparing(Candidate::model);
    }

    private static int inputs(Candidate candidate, Candidate lost) {
        if (lost.node().traits().multimodal() != Answer.YES) {
            return BETTER;
        }
        return switch (candidate.node().traits().multimodal()) {
            case YES -> BETTER;
            case UNKNOWN -> UNKNOWN;
            case NO -> WORSE;
        };
    }

    private static int openness(Candidate candidate, Candidate lost) {
        if (candidate.openness() == null || lost.openness() == null) {
            return UNKNOWN;
        }
        return candidate.openness().compareTo(lost.openness()) >= 0 ? BETTER : WORSE;
    }

    private static int context(Candidate candidate, Candidate lost) {
        if (candidate.contextLength() == null || lost.contextLength() == null) {
            return UNKNOWN;
        }
        return candidate.contextLength() >= lost.contextLength() ? BETTER : WORSE;
    }

    private static double sizeDistance(Candidate candidate, Candidate lost) {
        if (candidate.parameterCount() == null || lost.parameterCount() == null) {
            return Double.POSITIVE_INFINITY;
        }
        return Math.abs(Math.log((double) candidate.parameterCount() / lost.parameterCount()));
    }

    private static String why(Candidate candidate, Candidate lost) {
        var words = new ArrayList<String>();
        if (candidate.parameterCount() != null) {
            words.add("%,d M parameters".formatted(Math.round(candidate.parameterCount() / 1e6)));
        }
        if (candidate.contextLength() != null) {
            words.add("context of %,d".formatted(candidate.contextLength())
                    + (context(candidate, lost) == WORSE ? ", which is shorter" : ""));
        }
        if (candidate.openness() != null) {
            words.add("openness: " + candidate.openness().label()
                    + (openness(candidate, lost) == WORSE ? ", which is less open" : ""));
        }
        if (inputs(candidate, lost) == WORSE) {
            words.add("takes only text");
        }
        if (!candidate.pulled()) {
            words.add("not pulled yet");
        }
        return String.join("; ", words);
    }
}
