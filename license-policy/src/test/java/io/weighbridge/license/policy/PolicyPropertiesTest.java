package io.weighbridge.license.policy;

import static io.weighbridge.license.policy.VerdictTest.strictness;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.weighbridge.license.Samples;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.policy.Verdict.Prohibited;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Terms;
import io.weighbridge.license.terms.TermsCatalog;
import io.weighbridge.license.terms.UsePolicy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds of the decision whatever terms say and facts are. */
class PolicyPropertiesTest {
    private static final int TRIES = 50;
    private static final int LICENSES = 4;

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void the_order_of_clauses_and_ancestors_does_not_matter(RandomGenerator random) {
        var sample = new RandomTerms(random);
        for (int i = 0; i < TRIES; i++) {
            var catalog = catalog(sample);
            var nodes = family(sample, random);
            var use = sample.forget(sample.complete());
            var seed = random.nextLong();
            var shuffled = new TermsCatalog(
                    catalog.all().stream().map(terms -> shuffled(terms, seed)).toList(), "other order");
            assertThat(verdict(reversed(nodes), shuffled, use)).isEqualTo(verdict(nodes, catalog, use));
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void one_more_ancestor_never_widens(RandomGenerator random) {
        var sample = new RandomTerms(random);
        for (int i = 0; i < TRIES; i++) {
            var catalog = catalog(sample);
            var nodes = family(sample, random);
            var use = sample.forget(sample.complete());
            var more = new ArrayList<>(nodes);
            var of = random.nextInt(nodes.size());
            var changed = nodes.get(of);
            var origins = new ArrayList<>(changed.origins());
            origins.add(new Lineage.Origin("acme/new", Samples.oneOf(random, Relation.values())));
            more.set(of, new Lineage.Node(changed.model(), changed.traits(), changed.claim(), origins));
            if (random.nextInt(4) > 0) {
                more.add(new Lineage.Node("acme/new", sample.traits(), claim(random), List.of()));
            }
            assertThat(strictness(verdict(more, catalog, use)))
                    .isGreaterThanOrEqualTo(strictness(verdict(nodes, catalog, use)));
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void what_few_facts_settle_more_facts_do_not_turn(RandomGenerator random) {
        var sample = new RandomTerms(random);
        for (int i = 0; i < TRIES; i++) {
            var catalog = catalog(sample);
            var nodes = family(sample, random);
            var more = sample.forget(sample.complete());
            var less = sample.forget(more);
            var with = verdict(nodes, catalog, more);
            switch (verdict(nodes, catalog, less)) {
                case Prohibited _ -> assertThat(with).isInstanceOf(Prohibited.class);
                case Permitted _ -> assertThat(with).isInstanceOf(Permitted.class);
                case Verdict.Undetermined _ -> {}
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_request_never_gets_more_than_a_tenant_that_declared_just_that(RandomGenerator random) {
        var sample = new RandomTerms(random);
        for (int i = 0; i < TRIES; i++) {
            var catalog = catalog(sample);
            var nodes = family(sample, random);
            var use = sample.forget(sample.complete());
            var request = new Use.Request(
                    Samples.oneOf(random, Answer.values()),
                    random.nextBoolean() ? null : Samples.oneOf(random, "DE", "KR"),
                    random.nextBoolean() ? null : sample.purposes());
            var asked = new Use(use.act(), use.operator(), use.tenant(), request);
            var tenant = use.tenant();
            var declared = new Use.Tenant(
                    asked.commercial(), null, tenant.country(), asked.endUserCountries(), asked.purposes());
            var asTenant = new Use(use.act(), use.operator(), declared, Use.Request.UNDECLARED);
            assertThat(strictness(verdict(nodes, catalog, asked)))
                    .isGreaterThanOrEqualTo(strictness(verdict(nodes, catalog, asTenant)));
            var purposes = request.purposes();
            if (purposes != null
                    && tenant.purposes() != null
                    && !tenant.purposes().containsAll(purposes)) {
                assertThat(verdict(nodes, catalog, asked)).isNotInstanceOf(Permitted.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void no_permit_without_a_certain_grant_and_no_exception_ever(RandomGenerator random) {
        var sample = new RandomTerms(random);
        for (int i = 0; i < TRIES; i++) {
            var catalog = catalog(sample);
            var nodes = family(sample, random);
            var complete = sample.complete();
            var act = Samples.oneOf(random, Act.values());
            var use = sample.forget(new Use(act, complete.operator(), complete.tenant(), complete.request()));
            var subject = Subject.of(nodes.getFirst().model(), Lineage.of(nodes), catalog);
            assertThatCode(() -> LicensePolicy.check(subject, use)).doesNotThrowAnyException();
            if (LicensePolicy.check(subject, use) instanceof Permitted && act != Act.TRAIN_ON_OUTPUTS) {
                assertThat(subject.layers())
                        .filteredOn(layer -> !layer.dutiesOnly())
                        .isNotEmpty()
                        .allSatisfy(layer -> assertThat(layer.terms().grants())
                                .anyMatch(grant -> grant.act() == act
                                        && grant.clause().confidence().decides()));
            }
        }
    }

    private static Verdict verdict(List<Lineage.Node> nodes, TermsCatalog catalog, Use use) {
        return LicensePolicy.check(Subject.of("acme/0", Lineage.of(nodes), catalog), use);
    }

    private static TermsCatalog catalog(RandomTerms sample) {
        return new TermsCatalog(
                IntStream.range(0, LICENSES)
                        .mapToObj(i -> sample.terms("L-" + i))
                        .toList(),
                "sha256:0");
    }

    /** A few models, each made from later ones, so that there is no circle. */
    private static List<Lineage.Node> family(RandomTerms sample, RandomGenerator random) {
        var nodes = new ArrayList<Lineage.Node>();
        var count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            var origins = new ArrayList<Lineage.Origin>();
            for (int j = i + 1; j < count; j++) {
                if (random.nextBoolean()) {
                    origins.add(new Lineage.Origin("acme/" + j, Samples.oneOf(random, Relation.values())));
                }
            }
            nodes.add(new Lineage.Node("acme/" + i, sample.traits(), claim(random), origins));
        }
        return nodes;
    }

    private static LicenseClaim claim(RandomGenerator random) {
        return switch (random.nextInt(12)) {
            case 0 -> new LicenseClaim("apache-2.0", "MIT", null, true);
            case 1 -> new LicenseClaim("apache-2.0", null, null, false);
            case 2 -> new LicenseClaim("apache-2.0", null, "L-unread", false);
            default -> {
                var id = "L-" + random.nextInt(LICENSES);
                yield new LicenseClaim(id, id, id, false);
            }
        };
    }

    private static List<Lineage.Node> reversed(List<Lineage.Node> nodes) {
        var reversed = new ArrayList<>(nodes);
        Collections.reverse(reversed);
        return reversed.stream()
                .map(node -> new Lineage.Node(
                        node.model(),
                        node.traits(),
                        node.claim(),
                        node.origins().reversed()))
                .toList();
    }

    private static Terms shuffled(Terms terms, long seed) {
        return new Terms(
                terms.key(),
                terms.id(),
                terms.aliases(),
                terms.name(),
                terms.version(),
                terms.digest(),
                terms.url(),
                terms.steward(),
                terms.licenseClass(),
                terms.summary(),
                shuffled(terms.grants(), seed),
                shuffled(terms.conditions(), seed),
                shuffled(terms.obligations(), seed),
                shuffled(terms.restrictions(), seed),
                terms.outputs(),
                terms.naming(),
                shuffled(terms.policies(), seed).stream()
                        .map(policy -> new UsePolicy(
                                policy.id(),
                                policy.name(),
                                policy.version(),
                                policy.digest(),
                                policy.mutable(),
                                policy.url(),
                                shuffled(policy.restrictions(), seed)))
                        .toList());
    }

    private static <T> List<T> shuffled(List<T> items, long seed) {
        var copy = new ArrayList<>(items);
        Collections.shuffle(copy, new Random(seed));
        return copy;
    }
}
