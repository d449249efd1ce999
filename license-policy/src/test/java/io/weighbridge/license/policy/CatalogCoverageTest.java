package io.weighbridge.license.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.cases.LicenseCase;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Circumstance;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Condition;
import io.weighbridge.license.terms.Obligation;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.TermsReader;
import io.weighbridge.license.terms.Threshold;
import io.weighbridge.license.terms.UsePolicy;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every license that we know has terms, and every limit in them has cases on both of its sides. */
class CatalogCoverageTest {
    /** Key and id of each license, in the order of the catalog. */
    private static final String KNOWN = """
            apache-2.0 Apache-2.0
            mit MIT
            openmdw-1.0 LicenseRef-scancode-openmdw-1.0
            gpt-2-modified-mit LicenseRef-weighbridge-gpt-2-modified-mit
            llama2 LicenseRef-scancode-llama-2-license-2023
            llama3 LicenseRef-weighbridge-llama-3-2024
            llama3.1 LicenseRef-scancode-llama-3.1-license-2024
            llama3.2 LicenseRef-scancode-llama-3.2-license-2024
            llama3.3 LicenseRef-scancode-llama-3.3-license-2024
            llama4 LicenseRef-scancode-llama-4-cla-2025
            gemma-tou LicenseRef-Gemma LicenseRef-scancode-gemma-tou-2025-03-24
            bloom-rail-1.0 LicenseRef-scancode-bigscience-rail-1.0
            bigscience-openrail-m LicenseRef-scancode-bigscience-open-rail-m
            bigcode-openrail-m LicenseRef-scancode-bigcode-open-rail-m-v1
            mistral-mnpl-0.1 LicenseRef-weighbridge-mnpl-0.1
            mistral-mrl-0.1 LicenseRef-weighbridge-mrl-0.1
            mistral-modified-mit-2025 LicenseRef-weighbridge-devstral-modified-mit
            cc-by-nc-4.0 CC-BY-NC-4.0
            cohere-cc-by-nc-4.0 LicenseRef-weighbridge-cohere-cc-by-nc-4.0
            qwen-2024 LicenseRef-scancode-qwen-2024
            tongyi-qianwen-2023 LicenseRef-scancode-tongyi-qianwen-2023
            qwen-research LicenseRef-weighbridge-qwen-research
            qwen-community-1.0 LicenseRef-weighbridge-qwen-community-1.0
            deepseek-1.0 LicenseRef-scancode-deepseek-la-1.0
            falcon-180b LicenseRef-weighbridge-falcon-180b-1.0
            falcon-2-11b LicenseRef-scancode-falcon-2-11b-1.0
            falcon-llm LicenseRef-weighbridge-falcon-llm
            opt-175b LicenseRef-weighbridge-opt-175b
            yi-1.0 LicenseRef-weighbridge-yi-1.0
            apple-amlr LicenseRef-weighbridge-apple-amlr
            nvidia-open-model LicenseRef-scancode-nvidia-open-model-2025-04-28
            kimi-k2-modified-mit LicenseRef-scancode-moonshot-ai-modified-mit-2025
            kimi-k3 LicenseRef-weighbridge-kimi-k3
            minimax-m2-modified-mit LicenseRef-weighbridge-minimax-m2
            minimax-model-license LicenseRef-weighbridge-minimax-model-license
            minimax-m2.7-nc LicenseRef-weighbridge-minimax-m2.7-nc
            tencent-hunyuan LicenseRef-weighbridge-tencent-hunyuan
            tencent-hunyuan-3d-2.0 LicenseRef-scancode-tencent-hunyuan-3d-2.0-cla
            lfm-1.0 LicenseRef-weighbridge-lfm-1.0
            stability-community LicenseRef-scancode-stability-ai-community-2024
            stability-nc-2023 LicenseRef-scancode-stability-ai-nc-2023-12-06
            gpt-oss LicenseRef-weighbridge-gpt-oss
            grok-2-community LicenseRef-weighbridge-grok-2
            exaone-1.1-nc LicenseRef-scancode-exaone-ai-model-1.1-nc
            jamba-open LicenseRef-weighbridge-jamba-open
            """;

    private static final TermsCatalog CATALOG = TermsReader.shipped();
    private static final List<LicenseCase> CASES = LicenseCase.all();

    static List<Terms> licenses() {
        return CATALOG.all();
    }

    @Test
    void the_catalog_holds_the_known_licenses_under_their_ids() {
        assertThat(CATALOG.all().stream()
                        .map(terms -> Stream.concat(
                                        Stream.of(terms.key(), terms.id()),
                                        terms.aliases().stream().sorted())
                                .collect(Collectors.joining(" "))))
                .containsExactlyElementsOf(KNOWN.lines().toList());
    }

    @ParameterizedTest
    @MethodSource("licenses")
    void each_limit_has_a_case_on_either_side(Terms terms) {
        var cases = casesOf(terms);
        for (var limit : limits(terms)) {
            var id = limit.clause().id();
            var named = cases.stream().filter(one -> one.because().contains(id)).toList();
            assertThat(named).as("cases because of %s: %s", terms.key(), id).isNotEmpty();
            if (limit.clause().confidence().decides()) {
                assertThat(named)
                        .as("%s: %s prohibits", terms.key(), id)
                        .anyMatch(one -> one.verdict().equals("prohibited"));
            }
            if (!limit.always()) {
                assertThat(cases)
                        .as("cases within %s: %s", terms.key(), id)
                        .anyMatch(one -> !one.verdict().equals("prohibited")
                                && !clauses(one).contains(id));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("licenses")
    void each_threshold_has_a_case_at_the_limit_and_one_above(Terms terms) {
        var cases = casesOf(terms);
        var thresholds = Stream.concat(
                        Stream.concat(
                                terms.conditions().stream().map(Condition::demand),
                                terms.restrictions().stream().map(Restriction::when)),
                        terms.obligations().stream().map(Obligation::when))
                .flatMap(CatalogCoverageTest::thresholds)
                .toList();
        for (var threshold : thresholds) {
            assertThat(cases)
                    .as("%s at %s", terms.key(), threshold)
                    .anyMatch(one -> Objects.equals(value(one, threshold), threshold.most()));
            assertThat(cases)
                    .as("%s one above %s", terms.key(), threshold)
                    .anyMatch(one -> Objects.equals(value(one, threshold), threshold.most() + 1));
        }
    }

    @ParameterizedTest
    @MethodSource("licenses")
    void each_license_that_settles_anything_permits_something_and_each_duty_is_owed_in_a_case(Terms terms) {
        var permitted = casesOf(terms).stream()
                .filter(one -> one.verdict().equals("permitted"))
                .toList();
        if (staysOpen(terms)) {
            assertThat(permitted).as("%s stays open", terms.key()).isEmpty();
            return;
        }
        assertThat(permitted)
                .as("%s permits", terms.key())
                .anyMatch(one -> one.use().act() == Act.SERVE);
        for (var obligation : terms.obligations()) {
            assertThat(CASES)
                    .as("%s: %s is owed", terms.key(), obligation.clause().id())
                    .anyMatch(one -> one.verdict().equals("permitted")
                            && LicensePolicy.check(one.subject(CATALOG), one.use())
                                    instanceof Verdict.Permitted(var owed)
                            && owed.contains(obligation));
        }
    }

    @Test
    void each_use_policy_that_is_shipped_belongs_to_a_license() {
        assertThat(CATALOG.all().stream()
                        .flatMap(terms -> terms.policies().stream())
                        .map(UsePolicy::id))
                .contains("meta-llama-use-policy", "meta-llama-use-policy-2024-09", "openai-gpt-oss-usage");
        var llama = Stream.of("llama3.2", "llama3.3", "llama4")
                .map(CATALOG::find)
                .map(terms -> Objects.requireNonNull(terms).policies().getFirst())
                .distinct();
        assertThat(llama).hasSize(1);
    }

    /** A limit, and whether it binds every use so that nothing is on its other side. */
    private record Limit(Clause clause, boolean always) {}

    private static List<Limit> limits(Terms terms) {
        var conditions = terms.conditions().stream().map(condition -> new Limit(condition.clause(), false));
        var restrictions =
                restrictions(terms).map(restriction -> new Limit(restriction.clause(), bindsAlways(restriction)));
        return Stream.concat(conditions, restrictions).toList();
    }

    private static Stream<Restriction> restrictions(Terms terms) {
        return Stream.concat(
                terms.restrictions().stream(),
                terms.policies().stream().flatMap(policy -> policy.restrictions().stream()));
    }

    private static boolean bindsAlways(Restriction restriction) {
        return restriction.when() instanceof Circumstance.Always && restriction.unless() == Circumstance.NEVER;
    }

    /** Whether some clause of too little confidence bears on every use, so that no use is settled. */
    private static boolean staysOpen(Terms terms) {
        return restrictions(terms).anyMatch(CatalogCoverageTest::bindsAlways)
                || terms.grants().stream()
                        .noneMatch(grant -> grant.act() == Act.SERVE
                                && grant.clause().confidence().decides());
    }

    private static List<LicenseCase> casesOf(Terms terms) {
        return CASES.stream()
                .filter(one -> Objects.equals(ownTerms(one), terms.id()))
                .toList();
    }

    /** The license of the case's model when it was made from no other; null when it has none. */
    private static @Nullable String ownTerms(LicenseCase one) {
        var node = Objects.requireNonNull(Lineage.of(one.models()).find(one.model()));
        var concluded = node.claim().concluded();
        var terms = concluded == null || !node.origins().isEmpty() ? null : CATALOG.find(concluded);
        return terms == null ? null : terms.id();
    }

    private static List<String> clauses(LicenseCase one) {
        return LicensePolicy.check(one.subject(CATALOG), one.use()).findings().stream()
                .map(Finding::clause)
                .toList();
    }

    private static @Nullable Long value(LicenseCase one, Threshold threshold) {
        var node = Objects.requireNonNull(Lineage.of(one.models()).find(one.model()));
        return one.use().operator().numbers().value(threshold, node.traits().released());
    }

    private static Stream<Threshold> thresholds(Circumstance circumstance) {
        return switch (circumstance) {
            case Circumstance.Above(var threshold) -> Stream.of(threshold);
            case Circumstance.Not(var part) -> thresholds(part);
            case Circumstance.AllOf(var parts) -> parts.stream().flatMap(CatalogCoverageTest::thresholds);
            case Circumstance.AnyOf(var parts) -> parts.stream().flatMap(CatalogCoverageTest::thresholds);
            default -> Stream.of();
        };
    }
}
