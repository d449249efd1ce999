package io.weighbridge.gateway.routing;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.DecisionLog;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.Policy;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ApiException;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Attempts.Next;
import io.weighbridge.gateway.routing.Attempts.Wish;
import io.weighbridge.gateway.snapshot.SnapshotStore;
import io.weighbridge.gateway.upstream.AnswerListener;
import io.weighbridge.gateway.upstream.GenerationListener;
import io.weighbridge.gateway.upstream.Question;
import io.weighbridge.gateway.upstream.Replica;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.v1.GenerateRequest;
import io.weighbridge.v1.ModelStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Explores every run of one request's attempts against an adversary who chooses, each time he is asked, whether a replica is ready,
 * what the policy says of a model, which of equal replicas is picked, and whether an attempt fails before its first byte. Gate, router
 * and attempts are the real ones. The adversary has no memory, so what can happen next depends only on the state of the attempts: each
 * state is expanded once, by every sequence of choices, and the exploration is complete.
 */
final class RoutingModel {
    private static final List<String> REPLICAS = List.of("r1", "r2");
    private static final int RUNS_MAX = 5_000_000;

    /**
     * What one exploration saw.
     *
     * @param most attempts of one request
     */
    record Outcome(Set<String> violations, int states, int runs, int served, int most, Set<ErrorCode> ends) {}

    private final Wish wish;
    private final SnapshotStore snapshots;
    private final Function<Policy, Policy> mutation;
    private final boolean recovers;

    private final Set<String> violations = new HashSet<>();
    private final Set<ErrorCode> ends = new HashSet<>();
    private final Map<String, Verdict> truth = new HashMap<>();
    private Choices choices = new Choices(List.of());
    private int served;
    private int most;

    /**
     * @param mutation makes the gate's policy from the true one; the identity for the real gate
     * @param recovers whether requests may wait for replicas and be lost with them
     */
    RoutingModel(Wish wish, SnapshotStore snapshots, Function<Policy, Policy> mutation, boolean recovers) {
        this.recovers = recovers;
        this.wish = wish;
        this.snapshots = snapshots;
        this.mutation = mutation;
    }

    Outcome explore() {
        var seen = new HashSet<String>();
        var open = new ArrayDeque<List<Integer>>();
        open.add(List.of());
        var runs = 0;
        while (!open.isEmpty()) {
            var history = open.remove();
            List<Integer> next = history;
            while (next != null) {
                if (++runs > RUNS_MAX) {
                    throw new AssertionError("the model is too large to explore");
                }
                choices = new Choices(next);
                var state = run(history.size());
                if (state != null && seen.add(state)) {
                    open.add(choices.taken());
                }
                next = choices.following(history.size());
            }
        }
        return new Outcome(violations, seen.size(), runs, served, most, ends);
    }

    /**
     * Repeats the attempts of {@code history} choices and then makes one more, along the choices given; returns the state after it, or
     * null when the request is over.
     */
    private @Nullable String run(int history) {
        var policy = mutation.apply((subject, _) -> truth(subject.model()));
        var gate = new LicenseGate(snapshots, new KeyFile(null), policy, DecisionLog.NONE);
        // An alias on several replicas that come back has too many states.
        var addresses = recovers && wish.candidates().size() > 1 ? REPLICAS.subList(0, 1) : REPLICAS;
        var replicas = addresses.stream().map(Scripted::new).toList();
        var router = new Router(replicas, new ChoosingRandom());
        var caller = Objects.requireNonNull(new KeyFile(null).current().find("wb-local"));
        var requester = new Requester(caller, Use.Request.UNDECLARED, "req-1");
        var attempts = new Attempts(gate, router, requester, wish);
        ApiException failure = null;
        var attemptsMade = 0;
        var lossesMade = 0;
        while (true) {
            var isNew = choices.count() >= history;
            truth.clear();
            switch (attempts.next(failure)) {
                case Next.Stop stop -> {
                    if (recovers && failure != null && choices.of(2) == 0 && attempts.again()) {
                        if (isNew) {
                            return attempts.state();
                        }
                        continue;
                    }
                    ends.add(stop.failure().code());
                    return null;
                }
                case Next.Serve(var admission, var replica) -> {
                    replica.generate(admission, GenerateRequest.getDefaultInstance(), Runnable::run, new Deaf());
                    if (choices.of(2) == 0) {
                        return null;
                    }
                    failure = new ApiException(ErrorCode.UPSTREAM_UNAVAILABLE, "lost");
                    most = Math.max(most, ++attemptsMade);
                    if (recovers && choices.of(2) == 0) {
                        attempts.lost();
                        if (++lossesMade > Attempts.LOSSES_MAX + 1) {
                            violations.add("a request was lost with %d replicas".formatted(lossesMade));
                        }
                    }
                    if (isNew) {
                        return attempts.state();
                    }
                }
            }
        }
    }

    /** What the policy says of a model in this attempt: chosen when first asked, the same until the next attempt. */
    private Verdict truth(String model) {
        return truth.computeIfAbsent(model, _ -> switch (choices.of(3)) {
            case 0 -> Verdict.silent();
            case 1 -> new Verdict.Undetermined(List.of(finding(model)));
            default -> new Verdict.Prohibited(List.of(finding(model)));
        });
    }

    private static Finding finding(String model) {
        return new Finding(Finding.Rule.NOT_RESTRICTED, model, "LicenseRef-Model", "clause", "evidence", "fix");
    }

    /** A replica whose readiness the adversary chooses, and which notes what reaches it. */
    private final class Scripted implements Replica {
        private final String address;

        Scripted(String address) {
            this.address = address;
        }

        @Override
        public String address() {
            return address;
        }

        @Override
        public @Nullable ModelStatus status(String model) {
            return ModelStatus.getDefaultInstance();
        }

        @Override
        public boolean ready(String model) {
            return choices.of(2) == 0;
        }

        @Override
        public <A> void ask(Admission admission, Question<A> question, Executor executor, AnswerListener<A> listener) {
            admission.spend();
        }

        @Override
        public void generate(
                Admission admission, GenerateRequest request, Executor executor, GenerationListener listener) {
            admission.spend();
            served++;
            var model = admission.model().id();
            if (!(truth(model) instanceof Verdict.Permitted)) {
                violations.add("%s was served on %s though the policy says %s"
                        .formatted(model, address, truth(model).word()));
            }
        }
    }

    private final class ChoosingRandom implements RandomGenerator {
        @Override
        public long nextLong() {
            throw new AssertionError("the picker asks for a number below a bound");
        }

        @Override
        public int nextInt(int bound) {
            return choices.of(bound);
        }
    }

    /** The choices of one run: those given, then the first of each. */
    private static final class Choices {
        private final List<Integer> given;
        private final List<Integer> taken = new ArrayList<>();
        private final List<Integer> bounds = new ArrayList<>();

        Choices(List<Integer> given) {
            this.given = given;
        }

        int of(int bound) {
            var choice = taken.size() < given.size() ? given.get(taken.size()) : 0;
            taken.add(choice);
            bounds.add(bound);
            return choice;
        }

        int count() {
            return taken.size();
        }

        List<Integer> taken() {
            return List.copyOf(taken);
        }

        /** The next sequence that keeps the first {@code fixed} choices, or null after the last. */
        @Nullable
        List<Integer> following(int fixed) {
            for (var last = taken.size() - 1; last >= fixed; last--) {
                if (taken.get(last) + 1 < bounds.get(last)) {
                    var next = new ArrayList<>(taken.subList(0, last));
                    next.add(taken.get(last) + 1);
                    return next;
                }
            }
            return null;
        }
    }

    static SnapshotStore catalog(java.nio.file.Path folder, List<String> models) throws java.io.IOException {
        var store = new SnapshotStore(folder.resolve("snapshot.json"), TermsReader.shipped());
        var entries = models.stream()
                .map(id ->
                        "{\"id\": \"%s\", \"createdAt\": 1, \"license\": {\"declared\": \"mit\", \"concluded\": \"MIT\"}}"
                                .formatted(id))
                .toList();
        store.accept("{\"version\": \"v\", \"models\": [%s]}"
                .formatted(String.join(",", entries))
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return store;
    }

    /** A listener of which nothing is asked: the attempt's end is a choice. */
    private static final class Deaf implements GenerationListener {
        @Override
        public void onOpen(io.weighbridge.gateway.upstream.Generation generation) {}

        @Override
        public void onEvent(io.weighbridge.v1.GenerateEvent event) {}

        @Override
        public void onEnd() {}

        @Override
        public void onFailure(
                io.grpc.Status status,
                @Nullable String code,
                @Nullable String param,
                java.time.@Nullable Duration retryAfter) {}
    }
}
