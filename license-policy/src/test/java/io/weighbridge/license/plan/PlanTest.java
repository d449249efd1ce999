package io.weighbridge.license.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weighbridge.license.openness.OpennessClass;
import io.weighbridge.license.policy.Answer;
import io.weighbridge.license.policy.LicenseClaim;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Traits;
import io.weighbridge.license.policy.Use;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanTest {
    private static final Change TURNED =
            new Change("", null, Map.of(), List.of(), List.of(), conclusions(101), Map.of(), List.of());

    @Test
    void more_effects_than_are_listed_are_counted() {
        var plan = Plan.of(situation(100, 101), TURNED);

        assertThat(plan.effects()).hasSize(Plan.EFFECTS_MAX);
        assertThat(plan.count(Plan.Kind.LOST)).isEqualTo(10_100);
        assertThat(plan.pairs()).isEqualTo(10_100);
    }

    @Test
    void as_many_effects_as_may_be_listed_are_all_listed() {
        var change = new Change("", null, Map.of(), List.of(), List.of(), conclusions(100), Map.of(), List.of());

        assertThat(Plan.of(situation(100, 101), change).effects()).hasSize(Plan.EFFECTS_MAX);
    }

    @Test
    void only_so_many_pairs_are_compared() {
        assertThatCode(() -> Plan.requireFew(Plan.PAIRS_MAX)).doesNotThrowAnyException();
        assertThatThrownBy(() -> Plan.requireFew(Plan.PAIRS_MAX + 1)).hasMessageContaining("at most 5,000,000");
    }

    @Test
    void more_replayed_decisions_than_are_listed_are_counted() {
        var situation = situation(1, 1);
        var change = new Change("", null, Map.of(), List.of(), List.of(), conclusions(1), Map.of(), List.of());
        var replay = new Replay(situation, change);
        for (int i = 0; i <= Replay.LISTED_MAX; i++) {
            replay.add(recorded("acme/model-0", "permitted"));
            replay.add(recorded("acme/model-0", "prohibited"));
            replay.add(recorded("acme/gone", "permitted"));
        }

        var report = replay.report();

        assertThat(report.flips()).hasSize(Replay.LISTED_MAX);
        assertThat(report.unreproduced()).hasSize(Replay.LISTED_MAX);
        assertThat(report.skipped()).hasSize(Replay.LISTED_MAX);
        assertThat(List.of(report.flipCount(), report.unreproducedCount(), report.skippedCount()))
                .containsOnly(Replay.LISTED_MAX + 1L);
        assertThat(report.decisions()).isEqualTo(3L * (Replay.LISTED_MAX + 1));
    }

    @Test
    void replacements_are_ranked_as_stated() {
        var lost = candidate("acme/lost", true, Answer.YES, 1_000L, 4_096, OpennessClass.III, null);
        var models = List.of(
                lost,
                candidate("acme/g-unpulled", false, Answer.YES, 1_000L, 4_096, OpennessClass.III, "MIT"),
                candidate("acme/f-text-only", true, Answer.NO, 1_000L, 4_096, OpennessClass.III, "MIT"),
                candidate("acme/e-less-open", true, Answer.YES, 1_000L, 4_096, OpennessClass.NONE, "MIT"),
                candidate("acme/d-openness-unknown", true, Answer.YES, 1_000L, 4_096, null, "MIT"),
                candidate("acme/c-shorter", true, Answer.YES, 1_000L, 2_048, OpennessClass.II, "MIT"),
                candidate("acme/b-far-in-size", true, Answer.YES, 9_000L, 8_192, OpennessClass.III, "MIT"),
                candidate("acme/a-near-in-size", true, Answer.YES, 1_100L, 8_192, OpennessClass.III, "MIT"));

        var ranked = new ArrayList<String>();
        var left = new ArrayList<>(models);
        while (left.size() > 1) {
            var verdicts = new TreeMap<String, io.weighbridge.license.policy.Verdict>();
            left.forEach(candidate -> verdicts.put(candidate.model(), io.weighbridge.license.policy.Verdict.silent()));
            var best = Replacement.ranked(lost, left, verdicts).getFirst().model();
            ranked.add(best);
            left.removeIf(candidate -> candidate.model().equals(best));
        }

        assertThat(ranked)
                .containsExactly(
                        "acme/a-near-in-size",
                        "acme/b-far-in-size",
                        "acme/c-shorter",
                        "acme/d-openness-unknown",
                        "acme/e-less-open",
                        "acme/f-text-only",
                        "acme/g-unpulled");
    }

    private static Recorded recorded(String model, String verdict) {
        var use = new Use(
                io.weighbridge.license.terms.Act.SERVE,
                Use.Operator.UNKNOWN,
                Use.Tenant.UNKNOWN,
                Use.Request.UNDECLARED);
        return new Recorded("dec", Instant.EPOCH, "tenant-000", model, use, verdict, "sha256:0");
    }

    private static Situation situation(int tenants, int models) {
        var names = new TreeMap<String, Use.Tenant>();
        for (int i = 0; i < tenants; i++) {
            names.put("tenant-%03d".formatted(i), Use.Tenant.UNKNOWN);
        }
        var candidates = new ArrayList<Candidate>();
        for (int i = 0; i < models; i++) {
            candidates.add(candidate("acme/model-" + i, true, Answer.NO, null, null, null, "MIT"));
        }
        return new Situation(Use.Operator.UNKNOWN, names, candidates, RandomSituations.CATALOG);
    }

    private static List<Change.Conclusion> conclusions(int count) {
        var conclusions = new ArrayList<Change.Conclusion>();
        for (int i = 0; i < count; i++) {
            conclusions.add(new Change.Conclusion("acme/model-" + i, null));
        }
        return conclusions;
    }

    private static Candidate candidate(
            String model,
            boolean pulled,
            Answer multimodal,
            @Nullable Long parameters,
            @Nullable Integer context,
            @Nullable OpennessClass openness,
            @Nullable String license) {
        var node = new Lineage.Node(
                model, new Traits(multimodal, null), new LicenseClaim("other", null, license, false), List.of());
        return new Candidate(node, pulled, parameters, context, openness);
    }
}
