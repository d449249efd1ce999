package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.TermsCatalog;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Decides whether a caller may use a model, before a replica is chosen and again on each retry. Uses memory only, so that
 * no outage can open it or turn into a denial. Safe for any thread.
 */
public final class LicenseGate {
    private final SnapshotStore snapshots;
    private final TermsCatalog terms;
    private final Use.Operator operator;

    public LicenseGate(SnapshotStore snapshots, TermsCatalog terms, Use.Operator operator) {
        this.snapshots = snapshots;
        this.terms = terms;
        this.operator = operator;
    }

    /** The terms that decisions rest on. */
    public TermsCatalog terms() {
        return terms;
    }

    /** The snapshot to decide on, or a 503: without a catalog nothing can be said about anybody's permission. */
    public Snapshot snapshot() {
        var snapshot = snapshots.current();
        if (snapshot == null) {
            throw new ApiException(
                    ErrorCode.CATALOG_UNAVAILABLE,
                    "the gateway has not received a catalog from the registry yet; try again when the registry runs");
        }
        return snapshot;
    }

    /** The model with this id, or a 404. */
    public Snapshot.Model model(String id) {
        var model = snapshot().find(id);
        if (model == null) {
            throw new ApiException(
                    ErrorCode.MODEL_NOT_FOUND,
                    "the model '%s' does not exist; GET /v1/models lists those you may use".formatted(id),
                    "model");
        }
        return model;
    }

    /** The decision on this use of {@code model}. */
    public Admission decide(Snapshot.Model model, Caller caller, Use.Request request) {
        var claim = model.license().claim();
        var verdict = verdict(model, caller, request);
        var known = claim.concluded() == null ? null : terms.find(claim.concluded());
        return new Admission("dec-" + UUID.randomUUID(), claim.shown(), known == null ? "" : known.url(), verdict);
    }

    public boolean permits(Snapshot.Model model, Caller caller, Use.Request request) {
        return verdict(model, caller, request) instanceof Permitted;
    }

    private Verdict verdict(Snapshot.Model model, Caller caller, Use.Request request) {
        var subject = Subject.of(model.id(), model.license().claim(), terms);
        return LicensePolicy.check(subject, new Use(Act.SERVE, operator, caller.tenant(), request));
    }

    /** Returns when {@code admission} permits {@code modelId}; otherwise throws the 403 that names clause and remedy. */
    public static void require(Admission admission, String modelId) {
        switch (admission.verdict()) {
            case Permitted _ -> {}
            case Undetermined(var questions) ->
                throw new ApiException(
                        ErrorCode.MODEL_LICENSE_UNDETERMINED,
                        "the license of %s does not settle this use because facts are missing: %s"
                                .formatted(modelId, sentence(questions)),
                        "model");
            case Prohibited(var clauses) ->
                throw new ApiException(
                        ErrorCode.MODEL_LICENSE_DENIED,
                        "the license of %s forbids this use: %s".formatted(modelId, sentence(clauses)),
                        "model");
        }
    }

    private static String sentence(List<Finding> findings) {
        return findings.stream()
                .map(finding -> "%s, clause '%s': %s. To fix: %s"
                        .formatted(finding.license(), finding.clause(), finding.evidence(), finding.howToFix()))
                .collect(Collectors.joining("; "));
    }
}
