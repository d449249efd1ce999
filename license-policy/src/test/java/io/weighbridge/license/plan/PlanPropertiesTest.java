package io.weighbridge.license.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.policy.LicensePolicy;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Relation;
import io.weighbridge.license.policy.Subject;
import io.weighbridge.license.policy.Use;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Permitted;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Obligation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlanPropertiesTest {
    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void no_change_gives_an_empty_plan(RandomGenerator random) {
        var plan = Plan.of(RandomSituations.any(random), Change.NONE);

        assertThat(plan.effects()).isEmpty();
        assertThat(plan.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_plan_is_what_comparing_every_verdict_finds(RandomGenerator random) {
        var before = RandomSituations.any(random);
        var change = change(random, before);
        var after = change.apply(before);
        var expected = new HashSet<String>();
        for (var tenant : before.tenants().keySet()) {
            for (var candidate : before.models()) {
                var was = verdict(before, tenant, candidate.model());
                var is = verdict(after, tenant, candidate.model());
                if (!was.word().equals(is.word()) || !owed(was).equals(owed(is))) {
                    expected.add("%s %s %s->%s +%s -%s"
                            .formatted(
                                    tenant,
                                    candidate.model(),
                                    was.word(),
                                    is.word(),
                                    without(owed(is), owed(was)),
                                    without(owed(was), owed(is))));
                }
            }
        }

        var plan = Plan.of(before, change);

        var found = new ArrayList<String>();
        for (var effect : plan.effects()) {
            found.add("%s %s %s->%s +%s -%s"
                    .formatted(
                            effect.tenant(),
                            effect.model(),
                            word(effect.before()),
                            word(effect.after()),
                            names(effect.owedNow()),
                            names(effect.owedNoLonger())));
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(plan.counts().values().stream().mapToInt(Integer::intValue).sum())
                .isEqualTo(found.size());
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_lost_model_is_replaced_only_by_permitted_ones(RandomGenerator random) {
        var before = RandomSituations.any(random);
        var change = change(random, before);
        var after = change.apply(before);

        for (var effect : Plan.of(before, change).effects()) {
            assertThat(effect.replacements()).hasSizeLessThanOrEqualTo(Replacement.PROPOSED_MAX);
            for (var replacement : effect.replacements()) {
                assertThat(effect.kind()).isEqualTo(Plan.Kind.LOST);
                assertThat(replacement.model()).isNotEqualTo(effect.model());
                assertThat(verdict(after, effect.tenant(), replacement.model())).isInstanceOf(Permitted.class);
            }
            if (effect.kind() == Plan.Kind.LOST && effect.replacements().isEmpty()) {
                assertThat(after.models())
                        .noneMatch(
                                candidate -> verdict(after, effect.tenant(), candidate.model()) instanceof Permitted);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void own_decisions_never_turn_without_a_change(RandomGenerator random) {
        var situation = RandomSituations.any(random);
        var replay = new Replay(situation, Change.NONE);
        var decisions = record(situation, Set.of());
        decisions.forEach(replay::add);

        var report = replay.report();

        assertThat(report.decisions()).isEqualTo(decisions.size());
        assertThat(report.flipCount() + report.unreproducedCount() + report.skippedCount())
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_replay_turns_just_what_the_plan_says(RandomGenerator random) {
        var before = RandomSituations.any(random);
        var change = change(random, before);
        var replay = new Replay(before, change);
        record(before, Set.of()).forEach(replay::add);

        var turned = replay.report().flips().stream()
                .map(flip -> flip.recorded().tenant() + " " + flip.recorded().model() + " "
                        + flip.after().word())
                .toList();
        var planned = Plan.of(before, change).effects().stream()
                .filter(effect -> effect.kind() != Plan.Kind.OWES_OTHERWISE)
                .map(effect -> effect.tenant() + " " + effect.model() + " " + word(effect.after()))
                .toList();

        assertThat(turned).containsExactlyInAnyOrderElementsOf(planned);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void a_forged_verdict_is_a_finding_of_its_own_and_no_flip(RandomGenerator random) {
        var before = RandomSituations.any(random);
        var replay = new Replay(before, change(random, before));
        var decisions = record(before, Set.of(0));
        decisions.forEach(replay::add);

        assertThat(replay.report().unreproducedCount()).isEqualTo(1);
        var found = replay.report().unreproduced().getFirst();
        assertThat(found.recorded()).isEqualTo(decisions.getFirst());
        assertThat(found.sameCatalog()).isTrue();
        assertThat(replay.report().flips())
                .noneMatch(flip ->
                        flip.recorded().decision().equals(found.recorded().decision()));
    }

    /** Every decision of the situation, as it would be recorded; those at the places {@code forged} with another verdict. */
    private static List<Recorded> record(Situation situation, Set<Integer> forged) {
        var decisions = new ArrayList<Recorded>();
        for (var tenant : situation.tenants().keySet()) {
            for (var candidate : situation.models()) {
                var word = verdict(situation, tenant, candidate.model()).word();
                var place = decisions.size();
                decisions.add(new Recorded(
                        "dec-" + place,
                        Instant.EPOCH,
                        tenant,
                        candidate.model(),
                        use(situation, tenant),
                        forged.contains(place) ? word.equals("permitted") ? "prohibited" : "permitted" : word,
                        situation.catalog().digest()));
            }
        }
        return decisions;
    }

    private static Change change(RandomGenerator random, Situation before) {
        var facts = RandomChanges.operator(RandomSituations.operator(random));
        var model = before.models().get(random.nextInt(before.models().size())).model();
        var first = before.models().getFirst().model();
        var ancestor = new Lineage.Origin(random.nextBoolean() ? "acme/unknown" : first, Relation.FINE_TUNE);
        var isPossible = !model.equals(ancestor.model()) && (!ancestor.model().equals(first) || !model.equals(first));
        return new Change(
                "something",
                random.nextBoolean() ? facts : null,
                random.nextBoolean() ? Map.of(Change.EVERY_TENANT, RandomChanges.tenant(random)) : Map.of(),
                List.of(),
                List.of(),
                random.nextBoolean()
                        ? List.of(new Change.Conclusion(
                                model, RandomSituations.claim(random).concluded()))
                        : List.of(),
                random.nextBoolean() && isPossible ? Map.of(model, List.of(ancestor)) : Map.of(),
                List.of());
    }

    private static Verdict verdict(Situation situation, String tenant, String model) {
        var subject = Subject.of(model, situation.lineage(), situation.catalog());
        return LicensePolicy.check(subject, use(situation, tenant));
    }

    private static Use use(Situation situation, String tenant) {
        var facts = java.util.Objects.requireNonNull(situation.tenants().get(tenant));
        return new Use(Act.SERVE, situation.operator(), facts, Use.Request.UNDECLARED);
    }

    private static List<String> owed(Verdict verdict) {
        return verdict instanceof Permitted(var obligations) ? names(obligations) : List.of();
    }

    private static List<String> names(List<Obligation> obligations) {
        return obligations.stream()
                .map(obligation -> obligation.clause().id() + "=" + obligation.value())
                .distinct()
                .sorted()
                .toList();
    }

    private static List<String> without(List<String> some, List<String> others) {
        return some.stream().filter(one -> !others.contains(one)).toList();
    }

    private static String word(@org.jspecify.annotations.Nullable Verdict verdict) {
        return verdict == null ? "absent" : verdict.word();
    }
}
