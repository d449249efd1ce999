package io.weighbridge.gateway.receipts;

import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.receipts.Draft;
import io.weighbridge.license.receipts.Draft.Outcome;
import io.weighbridge.license.receipts.Draft.Owed;
import io.weighbridge.license.receipts.Draft.Reason;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Turns a decision into what its receipt says. */
public final class Drafts {
    private Drafts() {}

    /** @param catalog digest of the terms that decided */
    public static Draft of(Decision decision, Requester requester, Phase phase, String catalog, Instant time) {
        var basis = decision.basis();
        var model = basis.model();
        return new Draft(
                time,
                requester.requestId(),
                basis.id(),
                basis.caller().name(),
                model.id(),
                model.weightsDigest(),
                model.applied().licenses(),
                basis.facts(),
                outcome(decision.verdict()),
                reasons(decision.verdict().findings()),
                owed(decision),
                phase(phase),
                catalog);
    }

    private static Outcome outcome(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Permitted _ -> Outcome.PERMITTED;
            case Verdict.Undetermined _ -> Outcome.UNDETERMINED;
            case Verdict.Prohibited _ -> Outcome.PROHIBITED;
        };
    }

    private static Draft.Phase phase(Phase phase) {
        return switch (phase) {
            case ADMISSION -> Draft.Phase.ADMISSION;
            case RETRY -> Draft.Phase.RETRY;
            case FALLBACK -> Draft.Phase.FALLBACK;
        };
    }

    private static List<Reason> reasons(List<Finding> findings) {
        if (findings.isEmpty()) {
            return List.of();
        }
        var reasons = findings.stream()
                .map(finding -> new Reason(finding.rule().name(), finding.license(), finding.clause()))
                .distinct()
                .toList();
        return limited(reasons, more -> new Reason("MORE", "", "%d more".formatted(more)));
    }

    private static List<Owed> owed(Decision decision) {
        if (!(decision.verdict() instanceof Permitted(var obligations)) || obligations.isEmpty()) {
            return List.of();
        }
        var applied = decision.model().applied();
        var owed = new ArrayList<Owed>(obligations.size());
        for (var obligation : obligations) {
            owed.add(applied.owed(obligation));
        }
        return limited(owed, more -> new Owed("", "%d more".formatted(more)));
    }

    /** As many entries as a receipt takes; the last one counts those that are left out. */
    private static <T> List<T> limited(List<T> all, java.util.function.IntFunction<T> rest) {
        if (all.size() <= Draft.ENTRIES_MAX) {
            return all;
        }
        var kept = new ArrayList<>(all.subList(0, Draft.ENTRIES_MAX - 1));
        kept.add(rest.apply(all.size() - kept.size()));
        return kept;
    }
}
