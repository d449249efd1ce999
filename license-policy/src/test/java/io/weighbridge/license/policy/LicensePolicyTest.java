package io.weighbridge.license.policy;

import static io.weighbridge.license.policy.VerdictTest.strictness;
import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.Samples;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Purpose;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.terms.Threshold;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LicensePolicyTest {
    private static final String SCALE = """
            {id: big, section: s1, text: large firms need another license, axis: who-and-scale, when: always,
             demand: {at-most: {metric: monthly-users, scope: product, tested: continuously, most: 100}}, confidence: CONFIDENCE, provenance: quoted}""";
    private static final String EMBARGO = """
            {id: away, section: s2, text: not there, axis: territory, when: {countries: [DE], of: tenant},
             confidence: high, provenance: quoted}""";

    @Test
    void a_threshold_holds_at_the_limit_and_fails_one_above() {
        var terms = terms("high", SCALE, "high", "");
        assertThat(LicensePolicy.check(terms, users(100L))).isInstanceOf(Permitted.class);
        assertThat(LicensePolicy.check(terms, users(101L))).isInstanceOf(Prohibited.class);
        assertThat(LicensePolicy.check(terms, users(null))).isInstanceOf(Undetermined.class);
    }

    @Test
    void an_uncertain_condition_neither_prohibits_nor_permits() {
        var terms = terms("high", SCALE, "low", "");
        assertThat(LicensePolicy.check(terms, users(101L))).isInstanceOf(Undetermined.class);
        assertThat(LicensePolicy.check(terms, users(100L))).isInstanceOf(Undetermined.class);
    }

    @Test
    void an_uncertain_grant_permits_nothing() {
        assertThat(LicensePolicy.check(terms("low", "", "high", ""), users(1L))).isInstanceOf(Undetermined.class);
        assertThat(LicensePolicy.check(terms("unknown", "", "high", ""), users(1L)))
                .isInstanceOf(Undetermined.class);
        assertThat(LicensePolicy.check(terms("medium", "", "high", ""), users(1L)))
                .isInstanceOf(Permitted.class);
    }

    @Test
    void a_permission_that_is_demanded_says_where_to_get_it() {
        var facts = "{tenant: {commercial: true}, operator: {permissions: {stability-ai-registration: false,"
                + " stability-ai-enterprise-license: false}}}";
        var terms = java.util.Objects.requireNonNull(TermsReader.shipped().find("stability-community"));
        var verdict = LicensePolicy.check(terms, UseJson.read("facts.yaml", facts.getBytes(StandardCharsets.UTF_8)));
        assertThat(verdict.findings())
                .filteredOn(finding -> finding.clause().equals("registration"))
                .singleElement()
                .satisfies(finding -> assertThat(finding.howToFix())
                        .isEqualTo("get it from Stability AI, then set 'stability-ai-registration' in"
                                + " operator.permissions to true"));
    }

    @Test
    void an_act_without_grant_is_undetermined() {
        var use = new Use(Act.DISTRIBUTE, Use.Operator.UNKNOWN, Use.Tenant.UNKNOWN, Use.Request.UNDECLARED);
        assertThat(LicensePolicy.check(terms("high", "", "high", ""), use)).isInstanceOf(Undetermined.class);
    }

    @Test
    void a_country_is_compared_without_regard_to_case() {
        var terms = terms("high", "", "high", EMBARGO);
        assertThat(LicensePolicy.check(terms, from("de"))).isInstanceOf(Prohibited.class);
        assertThat(LicensePolicy.check(terms, from("FR"))).isInstanceOf(Permitted.class);
        assertThat(LicensePolicy.check(terms, from(null))).isInstanceOf(Undetermined.class);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void forgetting_a_fact_never_turns_a_refusal_into_a_permission(RandomGenerator random) {
        for (var terms : TermsReader.shipped().all()) {
            var use = anyUse(random, anyPurposes(random));
            var forgotten = new Use(
                    use.act(),
                    random.nextBoolean() ? Use.Operator.UNKNOWN : use.operator(),
                    random.nextBoolean() ? Use.Tenant.UNKNOWN : use.tenant(),
                    Use.Request.UNDECLARED);
            var less = LicensePolicy.check(terms, forgotten);
            var known = new Use(use.act(), use.operator(), use.tenant(), Use.Request.UNDECLARED);
            if (less instanceof Permitted) {
                assertThat(LicensePolicy.check(terms, known)).isInstanceOf(Permitted.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_request_never_gains_more_than_declaring_its_purposes_would(RandomGenerator random) {
        for (var terms : TermsReader.shipped().all()) {
            var requested = anyPurposes(random);
            var use = anyUse(random, requested);
            var declared = use.tenant().purposes();
            var verdict = LicensePolicy.check(terms, use);
            if (requested != null && declared != null && !declared.containsAll(requested)) {
                assertThat(verdict).isNotInstanceOf(Permitted.class);
            }
            var tenant = new Use.Tenant(use.tenant().commercial(), null, null, null, requested);
            var asDeclared =
                    LicensePolicy.check(terms, new Use(use.act(), use.operator(), tenant, Use.Request.UNDECLARED));
            if (requested != null) {
                assertThat(strictness(verdict)).isGreaterThanOrEqualTo(strictness(asDeclared));
            }
        }
    }

    private static Use anyUse(RandomGenerator random, @Nullable Set<Purpose> requested) {
        return new Use(
                Act.SERVE,
                new Use.Operator(
                        Samples.oneOf(random, Answer.values()),
                        Samples.oneOf(random, Answer.values()),
                        Samples.oneOf(random, Answer.values()),
                        Samples.oneOf(random, Answer.values()),
                        Numbers.UNKNOWN,
                        null,
                        Map.of()),
                new Use.Tenant(Samples.oneOf(random, Answer.values()), null, null, null, anyPurposes(random)),
                Use.Request.forPurposes(requested));
    }

    private static @Nullable Set<Purpose> anyPurposes(RandomGenerator random) {
        if (random.nextInt(4) == 0) {
            return null;
        }
        var purposes = EnumSet.noneOf(Purpose.class);
        Arrays.stream(Purpose.values()).filter(_ -> random.nextInt(20) == 0).forEach(purposes::add);
        return purposes;
    }

    private static Use users(@Nullable Long now) {
        var series = new Numbers.Series(null, now, null, Map.of());
        var operator = new Use.Operator(
                Answer.NO,
                Answer.NO,
                Answer.NO,
                Answer.NO,
                new Numbers(Map.of(Threshold.Metric.MONTHLY_USERS, series)),
                null,
                Map.of());
        return new Use(Act.SERVE, operator, Use.Tenant.UNKNOWN, Use.Request.UNDECLARED);
    }

    private static Use from(@Nullable String country) {
        var tenant = new Use.Tenant(Answer.NO, null, country, null, null);
        return new Use(Act.SERVE, Use.Operator.UNKNOWN, tenant, Use.Request.UNDECLARED);
    }

    private static Terms terms(String grantConfidence, String condition, String confidence, String restriction) {
        var yaml = """
                key: test
                id: LicenseRef-Test
                aliases: []
                name: Test
                version: 1
                url: about:blank
                steward: nobody
                class: permissive
                summary: for tests
                grants: [{id: use, section: s, text: use it, act: serve, confidence: %s, provenance: quoted}]
                conditions: [%s]
                obligations: []
                restrictions: [%s]
                outputs: {id: output, section: s, text: output is free, rule: free, confidence: high, provenance: quoted}
                naming: []
                policies: []
                """.formatted(grantConfidence, condition.replace("CONFIDENCE", confidence), restriction);
        return TermsReader.read("test.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    }
}
