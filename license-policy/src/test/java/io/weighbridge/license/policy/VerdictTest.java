package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.Samples;
import io.weighbridge.license.policy.Finding.Rule;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Confidence;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Obligation.Channel;
import io.weighbridge.license.terms.Provenance;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VerdictTest {
    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void combining_ignores_order_grouping_and_repetition(RandomGenerator random) {
        var a = any(random);
        var b = any(random);
        var c = any(random);
        assertThat(a.and(b)).isEqualTo(b.and(a));
        assertThat(a.and(b).and(c)).isEqualTo(a.and(b.and(c)));
        assertThat(a.and(a)).isEqualTo(a);
        assertThat(a.and(b).and(b)).isEqualTo(a.and(b));
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void combining_is_as_strict_as_the_stricter(RandomGenerator random) {
        var a = any(random);
        var b = any(random);
        assertThat(strictness(a.and(b))).isEqualTo(Math.max(strictness(a), strictness(b)));
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void silence_changes_nothing(RandomGenerator random) {
        var a = any(random);
        assertThat(a.and(Verdict.silent())).isEqualTo(a);
    }

    @Test
    void prohibition_outranks_doubt_and_doubt_outranks_permission() {
        var permitted = new Permitted(List.of(obligation("attribution")));
        var undetermined = new Undetermined(List.of(finding("a")));
        var prohibited = new Prohibited(List.of(finding("b")));
        assertThat(permitted.and(undetermined)).isEqualTo(undetermined);
        assertThat(undetermined.and(prohibited)).isEqualTo(prohibited);
        assertThat(prohibited.and(permitted)).isEqualTo(prohibited);
    }

    @Test
    void a_refusal_needs_a_reason() {
        assertThatThrownBy(() -> new Prohibited(List.of())).hasMessageContaining("reason");
        assertThatThrownBy(() -> new Undetermined(List.of())).hasMessageContaining("reason");
    }

    /** 0 permitted, 1 undetermined, 2 prohibited. */
    static int strictness(Verdict verdict) {
        return switch (verdict) {
            case Permitted _ -> 0;
            case Undetermined _ -> 1;
            case Prohibited _ -> 2;
        };
    }

    private static Verdict any(RandomGenerator random) {
        var names = Stream.generate(() -> Samples.oneOf(random, "a", "b", "c", "d"))
                .limit(1 + random.nextInt(3))
                .toList();
        var findings = names.stream().map(VerdictTest::finding).toList();
        return switch (random.nextInt(4)) {
            case 0 -> Verdict.silent();
            case 1 -> new Permitted(names.stream().map(VerdictTest::obligation).toList());
            case 2 -> new Undetermined(findings);
            default -> new Prohibited(findings);
        };
    }

    private static Finding finding(String clause) {
        return new Finding(Rule.NOT_RESTRICTED, "acme/model", "Test-1.0", clause, "evidence", "fix");
    }

    private static Obligation obligation(String id) {
        var clause = new Clause(id, "section 1", "say so", Confidence.HIGH, Provenance.QUOTED);
        return new Obligation(clause, Act.SERVE, new Circumstance.Always(), Channel.DISPLAY, "text");
    }
}
