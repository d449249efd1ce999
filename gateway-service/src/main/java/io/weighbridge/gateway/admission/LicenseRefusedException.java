package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.admission.Decision.Refusal;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Verdict;
import java.util.List;
import java.util.stream.Collectors;

/** The license of every model that was asked for refuses this use: a 403 that names clauses, remedies and what to use instead. */
public final class LicenseRefusedException extends ApiException {
    /** Most findings that one answer repeats; the rest is counted. */
    public static final int FINDINGS_MAX = 32;

    private static final long serialVersionUID = 1L;

    private final transient List<Finding> findings;
    private final transient List<Finding> questions;
    private final transient List<String> alternatives;

    /** @param alternatives ids of models that this caller may use now, nearest first */
    public LicenseRefusedException(String asked, List<Refusal> refusals, List<String> alternatives) {
        super(code(refusals), message(asked, refusals), "model");
        this.findings = refusals.stream()
                .flatMap(refusal -> refusal.verdict().findings().stream())
                .distinct()
                .limit(FINDINGS_MAX)
                .toList();
        this.questions = refusals.stream()
                .map(Refusal::verdict)
                .filter(Verdict.Undetermined.class::isInstance)
                .flatMap(verdict -> verdict.findings().stream())
                .distinct()
                .limit(FINDINGS_MAX)
                .toList();
        this.alternatives = List.copyOf(alternatives);
    }

    /** The reasons of all refusals. */
    public List<Finding> findings() {
        return findings;
    }

    /** Those reasons that a fact can settle; empty when the use is forbidden. */
    public List<Finding> questions() {
        return questions;
    }

    public List<String> alternatives() {
        return alternatives;
    }

    /** Where one of several models only lacks facts, the answer is about them: declaring them can help. */
    private static ErrorCode code(List<Refusal> refusals) {
        return refusals.stream().anyMatch(refusal -> refusal.verdict() instanceof Verdict.Undetermined)
                ? ErrorCode.MODEL_LICENSE_UNDETERMINED
                : ErrorCode.MODEL_LICENSE_DENIED;
    }

    private static String message(String asked, List<Refusal> refusals) {
        var reasons = refusals.stream()
                .limit(FINDINGS_MAX)
                .map(LicenseRefusedException::sentence)
                .collect(Collectors.joining("; "));
        return refusals.size() == 1 && refusals.getFirst().model().id().equals(asked)
                ? reasons
                : "no model that '%s' stands for may be used: %s".formatted(asked, reasons);
    }

    private static String sentence(Refusal refusal) {
        var why = refusal.verdict() instanceof Verdict.Undetermined
                ? "does not settle this use because facts are missing"
                : "forbids this use";
        var all = refusal.verdict().findings();
        var shown = all.stream()
                .limit(FINDINGS_MAX)
                .map(finding -> "%s, clause '%s': %s. To fix: %s"
                        .formatted(finding.license(), finding.clause(), finding.evidence(), finding.howToFix()))
                .collect(Collectors.joining("; "));
        var more = all.size() > FINDINGS_MAX ? "; and %d more".formatted(all.size() - FINDINGS_MAX) : "";
        return "the license of %s %s: %s%s".formatted(refusal.model().id(), why, shown, more);
    }
}
