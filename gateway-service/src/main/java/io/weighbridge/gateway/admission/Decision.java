package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.keys.Caller;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.UseJson;
import io.weighbridge.license.policy.Verdict;
import java.util.concurrent.atomic.AtomicInteger;

/** What the license gate decided about one use of one model. Made by {@link LicenseGate} and by nothing else. */
public sealed interface Decision {
    Basis basis();

    Verdict verdict();

    /** Names the decision in responses and receipts. */
    default String id() {
        return basis().id();
    }

    default Snapshot.Model model() {
        return basis().model();
    }

    /** What was decided on. */
    record Basis(String id, Snapshot.Model model, Caller caller, Use use) {
        /** The facts as canonical JSON. */
        public String facts() {
            return use == caller.undeclared() ? caller.facts() : UseJson.canonical(use);
        }
    }

    /** What a decision was for. */
    enum Phase {
        /** Whether to accept a request. */
        ADMISSION,
        /** Whether to try the same model again. */
        RETRY,
        /** Whether another model may answer instead. */
        FALLBACK
    }

    /** The model must not answer: the use is forbidden, or facts are missing. */
    final class Refusal implements Decision {
        private final Basis basis;
        private final Verdict verdict;

        Refusal(Basis basis, Verdict verdict) {
            this.basis = basis;
            this.verdict = verdict;
        }

        @Override
        public Basis basis() {
            return basis;
        }

        @Override
        public Verdict verdict() {
            return verdict;
        }
    }

    /**
     * The permission for one attempt at one model. A replica takes no work without one, and takes each only once, or as often as the
     * request has prompts: who wants to try again has to ask the gate again.
     */
    final class Admission implements Decision {
        private final Basis basis;
        private final Verdict.Permitted verdict;
        private final AtomicInteger usesLeft;

        Admission(Basis basis, Verdict.Permitted verdict, int uses) {
            this.basis = basis;
            this.verdict = verdict;
            this.usesLeft = new AtomicInteger(uses);
        }

        /** Uses the permission once; an exception when it is used up. */
        public void spend() {
            if (usesLeft.getAndUpdate(left -> Math.max(0, left - 1)) == 0) {
                throw new IllegalStateException(
                        "the decision %s is used up: each attempt needs its own".formatted(id()));
            }
        }

        @Override
        public Basis basis() {
            return basis;
        }

        @Override
        public Verdict.Permitted verdict() {
            return verdict;
        }
    }
}
