package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.Decision.Basis;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.Decision.Refusal;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Act;
import java.util.UUID;

/**
 * Decides whether a caller may use a model, before a replica is chosen and again on each retry and fallback. Uses memory only, so that
 * no outage can open it or turn into a denial. Safe for any thread.
 */
public final class LicenseGate {
    private final SnapshotStore snapshots;
    private final KeyFile keys;
    private final Policy policy;
    private final DecisionLog log;

    public LicenseGate(SnapshotStore snapshots, KeyFile keys, Policy policy, DecisionLog log) {
        this.snapshots = snapshots;
        this.keys = keys;
        this.policy = policy;
        this.log = log;
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
            throw unknown(id);
        }
        return model;
    }

    public static ApiException unknown(String id) {
        return new ApiException(
                ErrorCode.MODEL_NOT_FOUND,
                "the model '%s' does not exist; GET /v1/models lists those you may use".formatted(id),
                "model");
    }

    /** Decides for a request with one prompt: see {@link #decide(Snapshot.Model, Requester, Phase, int)}. */
    public Decision decide(Snapshot.Model model, Requester requester, Phase phase) {
        return decide(model, requester, phase, 1);
    }

    /**
     * Decides on the facts as they are now, and leaves one receipt. The only way to an {@link Admission}.
     *
     * @param prompts how often the admission may be used: once for each prompt of the request
     */
    public Decision decide(Snapshot.Model model, Requester requester, Phase phase, int prompts) {
        var caller = current(requester);
        var use = caller.use(Act.SERVE, requester.declared());
        var verdict = policy.check(model.subject(), use);
        var basis = new Basis("dec-" + UUID.randomUUID(), model, caller, use);
        var decision = verdict instanceof Permitted permitted
                ? new Admission(basis, permitted, prompts)
                : new Refusal(basis, verdict);
        log.record(decision, requester, phase);
        return decision;
    }

    /** Whether the admission rests on this very model and on what the caller declares now, so that deciding again would say the same. */
    public boolean holds(Admission admission, Snapshot.Model model, Requester requester) {
        return admission.model() == model && admission.basis().caller() == current(requester);
    }

    /** The verdict alone, for lists and explanations: it admits nothing and leaves no receipt. */
    public Verdict verdict(Snapshot.Model model, Requester requester, Act act) {
        return policy.check(model.subject(), current(requester).use(act, requester.declared()));
    }

    public boolean permits(Snapshot.Model model, Requester requester) {
        return verdict(model, requester, Act.SERVE) instanceof Permitted;
    }

    /** What operator and tenant declare now counts, also for a request that began before they changed it. */
    private Caller current(Requester requester) {
        var now = keys.current().named(requester.caller().name());
        return now != null ? now : requester.caller();
    }
}
