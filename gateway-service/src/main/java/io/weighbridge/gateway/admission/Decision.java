package io.weighbridge.gateway.admission;

import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;

/** What the license gate decided about one use of one model. Made by {@link LicenseGate} and by nothing else. */
public sealed interface Decision {
    /** Names the decision in responses and receipts. */
    String id();

    Snapshot.Model model();

    /** The facts it rests on. */
    Use use();

    Verdict verdict();

    /** What the decision was for. */
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
        private final String id;
        private final Snapshot.Model model;
        private final Use use;
        private final Verdict verdict;

        Refusal(String id, Snapshot.Model model, Use use, Verdict verdict) {
            this.id = id;
            this.model = model;
            this.use = use;
            this.verdict = verdict;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Snapshot.Model model() {
            return model;
        }

        @Override
        public Use use() {
            return use;
        }

        @Override
        public Verdict verdict() {
            return verdict;
        }
    }

    /**
     * The permission for one attempt at one model. A replica takes no work without one, and takes each only once: who wants to try
     * again has to ask the gate again.
     */
    final class Admission implements Decision {
        private final String id;
        private final Snapshot.Model model;
        private final Use use;
        private final Verdict.Permitted verdict;
        private final java.util.concurrent.atomic.AtomicBoolean spent = new java.util.concurrent.atomic.AtomicBoolean();

        Admission(String id, Snapshot.Model model, Use use, Verdict.Permitted verdict) {
            this.id = id;
            this.model = model;
            this.use = use;
            this.verdict = verdict;
        }

        /** Uses the permission up; an exception when that was done before. */
        public void spend() {
            if (!spent.compareAndSet(false, true)) {
                throw new IllegalStateException(
                        "the decision %s was used before: each attempt needs its own".formatted(id));
            }
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Snapshot.Model model() {
            return model;
        }

        @Override
        public Use use() {
            return use;
        }

        @Override
        public Verdict.Permitted verdict() {
            return verdict;
        }
    }
}
