package io.weighbridge.gateway.routing;

import io.weighbridge.gateway.admission.Decision;
import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.Decision.Refusal;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.LicenseRefusedException;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.gateway.upstream.Replica;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one request, one after the other: the next permitted candidate that fits and has a replica, decided anew each time.
 * A model that was tried is tried on its other replicas first, then the candidates after it. {@link #again} begins a new round, for when
 * replicas come back. A request that replicas were lost with may itself be the reason: see {@link #lost}. Not thread-safe: its request
 * owns it.
 */
public final class Attempts {
    /**
     * Replicas that one request may be lost with. After so many it goes once more to the last of them, and only there, because that one
     * knows by then whether the request was the reason.
     */
    public static final int LOSSES_MAX = 2;

    /** No new round begins after so many attempts. */
    public static final int ATTEMPTS_MAX = 8;

    /**
     * What a request asks for.
     *
     * @param name as the request names it
     * @param candidates ids of models in order of preference
     * @param fits whether a model can do what is asked for, apart from its license
     */
    public record Wish(String name, List<String> candidates, Predicate<Snapshot.Model> fits) {
        /** A model by its id. */
        public static Wish of(String model) {
            return new Wish(model, List.of(model), _ -> true);
        }
    }

    /** What to do next. */
    public sealed interface Next {
        /** Send it there. */
        record Serve(Admission admission, Replica replica) implements Next {}

        /**
         * Nothing is left to try.
         *
         * @param decision the one decision that the failure is about, null where there are several or none
         */
        record Stop(ApiException failure, @Nullable Decision decision) implements Next {}
    }

    private final LicenseGate gate;
    private final Router router;
    private final Requester requester;
    private final Wish wish;
    private final int prompts;
    private final boolean underway;
    private @Nullable Admission granted;
    private final Set<String> tried = new HashSet<>();
    private int index;
    private int attempts;
    private int losses;
    private @Nullable String lastModel;
    private @Nullable String lastReplica;

    public Attempts(LicenseGate gate, Router router, Requester requester, Wish wish) {
        this(gate, router, requester, wish, 1);
    }

    /** @param prompts of the request: each admission is good for so many */
    public Attempts(LicenseGate gate, Router router, Requester requester, Wish wish, int prompts) {
        this(gate, router, requester, wish, prompts, null);
    }

    private Attempts(
            LicenseGate gate, Router router, Requester requester, Wish wish, int prompts, @Nullable Admission granted) {
        this.gate = gate;
        this.router = router;
        this.requester = requester;
        this.wish = wish;
        this.prompts = prompts;
        this.granted = granted;
        this.underway = granted != null;
    }

    /**
     * The attempts of one prompt of a request that was admitted to a model: at that model only. The first one uses the request's admission
     * while it holds; each further one is decided anew.
     */
    public Attempts of(Admission admission) {
        var its =
                new Attempts(gate, router, requester, Wish.of(admission.model().id()), 1, admission);
        its.losses = losses;
        return its;
    }

    /** Whether there are candidates after the one that was tried last. */
    public boolean hasOthers() {
        return index + 1 < wish.candidates().size();
    }

    /** Gives up the model that was tried last; false when there is no other one after it. */
    public boolean pass() {
        index++;
        tried.clear();
        return index < wish.candidates().size();
    }

    /** Whether these are the attempts of one prompt among others, which may be on their way already. */
    public boolean isUnderway() {
        return underway;
    }

    /** The next attempt; {@code lastFailure} is why the one before failed, null at the first. */
    public Next next(@Nullable ApiException lastFailure) {
        if (lastFailure != null && losses > LOSSES_MAX) {
            return new Next.Stop(lastFailure, null);
        }
        var refusals = new ArrayList<Refusal>();
        var unserved = new ArrayList<Snapshot.Model>();
        for (; index < wish.candidates().size(); index++) {
            var model = gate.snapshot().find(wish.candidates().get(index));
            if (model == null || !wish.fits().test(model)) {
                continue;
            }
            if (!router.ready(model.id(), excluded())) {
                unserved.add(model);
            } else if (attempt(model, refusals, unserved) instanceof Next next) {
                return next;
            }
            tried.clear();
        }
        // A model asked for by name that may not be used any more is refused; an alias reports what its models failed
        // at.
        var isRefused = !refusals.isEmpty() && wish.candidates().size() == 1;
        return lastFailure != null && !isRefused ? new Next.Stop(lastFailure, null) : nothing(refusals, unserved);
    }

    /** The attempt before ended because its replica went away while it had the request. */
    public void lost() {
        losses++;
    }

    /** Whether the request seems to be what replicas die of. */
    public boolean isSuspect() {
        return losses >= LOSSES_MAX;
    }

    /** Begins with the first candidate again, all replicas untried; false when there were attempts enough. */
    public boolean again() {
        if (attempts == 0 && !underway || attempts >= ATTEMPTS_MAX || losses > LOSSES_MAX) {
            return false;
        }
        index = 0;
        tried.clear();
        return true;
    }

    /** Where this request is; equal texts behave equally. */
    String state() {
        var place = "%d %s %s".formatted(index, lastModel, new TreeSet<>(tried));
        return "%s %d %d %s".formatted(place, attempts, losses, losses >= LOSSES_MAX ? lastReplica : "");
    }

    private Set<String> excluded() {
        if (losses < LOSSES_MAX || lastReplica == null) {
            return tried;
        }
        var excluded = router.others(lastReplica);
        excluded.addAll(tried);
        return excluded;
    }

    private @Nullable Next attempt(Snapshot.Model model, List<Refusal> refusals, List<Snapshot.Model> unserved) {
        switch (decide(model)) {
            case Refusal refusal -> refusals.add(refusal);
            case Admission admission -> {
                var replica = router.route(admission, excluded());
                if (replica != null) {
                    tried.add(replica.address());
                    lastModel = model.id();
                    lastReplica = replica.address();
                    attempts++;
                    return new Next.Serve(admission, replica);
                }
                unserved.add(model);
            }
        }
        return null;
    }

    private Decision decide(Snapshot.Model model) {
        var own = granted;
        granted = null;
        return own != null && gate.holds(own, model, requester)
                ? own
                : gate.decide(model, requester, phase(model), prompts);
    }

    private Phase phase(Snapshot.Model model) {
        if (lastModel == null) {
            return Phase.ADMISSION;
        }
        return model.id().equals(lastModel) ? Phase.RETRY : Phase.FALLBACK;
    }

    /** Why nothing was tried at all: a refusal where no candidate is permitted, else that none is there. */
    private Next nothing(List<Refusal> refusals, List<Snapshot.Model> unserved) {
        for (var model : unserved) {
            var own = granted;
            if (own != null && gate.holds(own, model, requester)) {
                return new Next.Stop(notReady(model.id()), own);
            }
            switch (gate.decide(model, requester, phase(model))) {
                case Refusal refusal -> refusals.add(refusal);
                case Admission admission -> {
                    return new Next.Stop(notReady(model.id()), admission);
                }
            }
        }
        if (!refusals.isEmpty()) {
            var alternatives = Alternatives.to(refusals.getFirst().model(), requester, gate, router);
            return new Next.Stop(
                    new LicenseRefusedException(wish.name(), refusals, alternatives),
                    refusals.size() == 1 ? refusals.getFirst() : null);
        }
        return new Next.Stop(noCandidate(), null);
    }

    private static ApiException notReady(String model) {
        return new ApiException(
                ErrorCode.MODEL_NOT_READY,
                "no replica is ready for %s; it may still be loading, try again shortly".formatted(model),
                "model");
    }

    private ApiException noCandidate() {
        if (wish.candidates().contains(wish.name())) {
            return LicenseGate.unknown(wish.name());
        }
        return new ApiException(
                ErrorCode.MODEL_NOT_READY,
                "no model of the catalog is what '%s' requires for this request; pull one, or change the alias in the keys file"
                        .formatted(wish.name()),
                "model");
    }
}
