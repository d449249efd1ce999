package io.weighbridge.gateway.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.gateway.admission.Decision.Admission;
import io.weighbridge.gateway.admission.Decision.Phase;
import io.weighbridge.gateway.admission.DecisionLog;
import io.weighbridge.gateway.admission.LicenseGate;
import io.weighbridge.gateway.admission.Policy;
import io.weighbridge.gateway.admission.Requester;
import io.weighbridge.gateway.errors.ErrorCode;
import io.weighbridge.gateway.keys.KeyFile;
import io.weighbridge.gateway.routing.Attempts.Wish;
import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No state that retries and fallbacks can reach serves a model that the policy does not permit; broken gates are noticed. */
class RoutingModelTest {
    private static final List<String> TWO = List.of("a/one", "a/two");
    private static final List<String> THREE = List.of("a/one", "a/two", "a/three");

    @TempDir
    @SuppressWarnings("NullAway.Init") // JUnit sets it
    Path folder;

    @Test
    void a_model_asked_for_by_name_is_only_served_when_permitted() throws Exception {
        var outcome = explore(Wish.of("a/one"), Function.identity());
        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.served()).isPositive();
        // The first, the second or both replicas tried.
        assertThat(outcome.states()).isEqualTo(3);
        assertThat(outcome.ends())
                .containsExactlyInAnyOrder(
                        ErrorCode.MODEL_NOT_READY,
                        ErrorCode.MODEL_LICENSE_DENIED,
                        ErrorCode.MODEL_LICENSE_UNDETERMINED,
                        ErrorCode.UPSTREAM_UNAVAILABLE);
    }

    @Test
    void no_order_of_an_alias_serves_what_is_not_permitted() throws Exception {
        for (var order : List.of(TWO, TWO.reversed(), THREE, THREE.reversed(), List.of("a/two", "a/three", "a/one"))) {
            var outcome = explore(alias(order), Function.identity());
            assertThat(outcome.violations()).as("%s", order).isEmpty();
            assertThat(outcome.served()).isPositive();
            // Each candidate with the first, the second or both replicas tried.
            assertThat(outcome.states()).isGreaterThanOrEqualTo(order.size() * 3);
            assertThat(outcome.ends()).contains(ErrorCode.MODEL_LICENSE_DENIED, ErrorCode.UPSTREAM_UNAVAILABLE);
        }
    }

    @Test
    void a_request_that_waits_for_replicas_is_decided_anew_and_not_tried_for_ever() throws Exception {
        for (var wish : List.of(Wish.of("a/one"), alias(TWO))) {
            var model = new RoutingModel(wish, RoutingModel.catalog(folder, THREE), Function.identity(), true);
            var outcome = model.explore();
            assertThat(outcome.violations()).isEmpty();
            assertThat(outcome.served()).isPositive();
            // The last round may begin one attempt before the limit and try each candidate on each replica.
            assertThat(outcome.most())
                    .isGreaterThan(2)
                    .isLessThan(Attempts.ATTEMPTS_MAX + 2 * wish.candidates().size());
            assertThat(outcome.ends()).contains(ErrorCode.UPSTREAM_UNAVAILABLE, ErrorCode.MODEL_LICENSE_DENIED);
        }
        var model = new RoutingModel(
                alias(TWO), RoutingModel.catalog(folder, THREE), policy -> (subject, use) -> Verdict.silent(), true);
        assertThat(model.explore().violations()).isNotEmpty();
    }

    @Test
    void a_gate_that_lets_open_questions_through_is_noticed() throws Exception {
        noticed(policy -> (subject, use) ->
                policy.check(subject, use) instanceof Verdict.Prohibited prohibited ? prohibited : Verdict.silent());
    }

    @Test
    void a_gate_that_remembers_its_first_decision_is_noticed() throws Exception {
        noticed(policy -> {
            var first = new HashMap<String, Verdict>();
            return (subject, use) -> first.computeIfAbsent(subject.model(), _ -> policy.check(subject, use));
        });
    }

    @Test
    void a_gate_that_decides_on_the_first_candidate_for_all_is_noticed() throws Exception {
        noticed(policy -> {
            var first = new HashMap<String, Verdict>();
            return (subject, use) -> first.computeIfAbsent("any", _ -> policy.check(subject, use));
        });
    }

    @Test
    void an_admission_is_good_for_one_attempt() throws Exception {
        var keys = new KeyFile(null);
        var snapshots = RoutingModel.catalog(folder, THREE);
        var gate = new LicenseGate(snapshots, keys, LicensePolicy::check, DecisionLog.NONE);
        var caller = Objects.requireNonNull(keys.current().find("wb-local"));
        var requester = new Requester(caller, Use.Request.UNDECLARED, "req-1");
        var admission = (Admission) gate.decide(gate.model("a/one"), requester, Phase.ADMISSION);
        admission.spend();
        assertThatThrownBy(admission::spend)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs its own");
    }

    private void noticed(Function<Policy, Policy> broken) throws Exception {
        assertThat(explore(alias(TWO), broken).violations()).isNotEmpty();
    }

    private RoutingModel.Outcome explore(Wish wish, Function<Policy, Policy> mutation) throws Exception {
        return new RoutingModel(wish, RoutingModel.catalog(folder, THREE), mutation, false).explore();
    }

    private static Wish alias(List<String> order) {
        return new Wish("alias", order, _ -> true);
    }
}
