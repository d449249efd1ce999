package io.weighbridge.cli.license;

import io.weighbridge.license.plan.Plan;
import io.weighbridge.license.plan.Recorded;
import io.weighbridge.license.plan.Replay;
import io.weighbridge.license.plan.Situation;
import io.weighbridge.license.policy.Finding;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.terms.Obligation;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A plan as a page for people. */
final class PlanPage {
    private final Page page;

    PlanPage(Page page) {
        this.page = page;
    }

    void print(Situation before, Plan plan, Replay.@Nullable Report replay) {
        if (!plan.about().isEmpty()) {
            page.text(0, "If " + plan.about() + ":").line();
        }
        page.text(0, summary(before, plan));
        String tenant = null;
        for (var effect : plan.effects()) {
            if (!effect.tenant().equals(tenant)) {
                tenant = effect.tenant();
                page.line().text(0, "Tenant " + tenant);
            }
            effect(effect);
        }
        var listed = plan.effects().size();
        var all = plan.counts().values().stream().mapToInt(Integer::intValue).sum();
        if (listed < all) {
            page.line().text(0, "%,d of %,d are shown.".formatted(listed, all));
        }
        if (replay != null) {
            replay(replay);
        }
        page.flush();
    }

    private static String summary(Situation before, Plan plan) {
        var compared = "%s and %s compared: "
                .formatted(
                        counted(before.tenants().size(), "tenant"),
                        counted(before.models().size(), "model"));
        if (plan.isEmpty()) {
            return compared + "nothing changes for anybody.";
        }
        return compared
                + Arrays.stream(Plan.Kind.values())
                        .filter(kind -> plan.count(kind) > 0)
                        .map(kind -> "%,d %s".formatted(plan.count(kind), word(kind)))
                        .collect(Collectors.joining(", ", "", "."));
    }

    private static String word(Plan.Kind kind) {
        return switch (kind) {
            case LOST -> "lost";
            case GAINED -> "gained";
            case OWES_OTHERWISE -> "kept and owed otherwise";
            case OPENED -> "prohibited before and now an open question";
            case CLOSED -> "an open question before and now prohibited";
        };
    }

    private void effect(Plan.Effect effect) {
        var model = effect.model();
        page.text(
                2,
                2,
                switch (effect.kind()) {
                    case LOST -> "loses %s: it becomes %s".formatted(model, word(effect.after()));
                    case GAINED -> "gains %s: it was %s".formatted(model, word(effect.before()));
                    case OWES_OTHERWISE -> "keeps %s, and owes otherwise".formatted(model);
                    case OPENED -> "may gain %s: it was prohibited and becomes an open question".formatted(model);
                    case CLOSED ->
                        "can no longer hope for %s: it was an open question and becomes prohibited".formatted(model);
                });
        findings(effect.kind() == Plan.Kind.GAINED ? effect.before() : effect.after());
        owed("owes now", effect.owedNow());
        if (effect.kind() == Plan.Kind.OWES_OTHERWISE) {
            owed("owes no longer", effect.owedNoLonger());
        }
        for (var replacement : effect.replacements()) {
            page.text(6, 2, "instead: %s (%s)".formatted(replacement.model(), replacement.why()));
        }
        if (effect.kind() == Plan.Kind.LOST && effect.replacements().isEmpty()) {
            page.text(6, "no other model of the catalog is permitted to this tenant");
        }
    }

    private void findings(@Nullable Verdict verdict) {
        for (var finding : verdict == null ? List.<Finding>of() : verdict.findings()) {
            page.text(6, 2, "%s, clause '%s': %s".formatted(finding.license(), finding.clause(), finding.evidence()));
            page.text(8, 2, "to fix: " + finding.howToFix());
        }
    }

    private void owed(String label, List<Obligation> obligations) {
        for (var obligation : obligations) {
            page.text(6, 2, "%s: %s".formatted(label, obligation.clause().text()));
        }
    }

    private void replay(Replay.Report report) {
        page.line()
                .text(
                        0,
                        "%s replayed: %d would turn, %d do not come out as recorded even without the change, %d skipped."
                                .formatted(
                                        counted(report.decisions(), "recorded decision"),
                                        report.flipCount(),
                                        report.unreproducedCount(),
                                        report.skippedCount()));
        for (var flip : report.flips()) {
            page.text(
                    2,
                    4,
                    "%s: then %s%s"
                            .formatted(named(flip.recorded()), flip.after().word(), because(flip.after())));
        }
        if (!report.unreproduced().isEmpty()) {
            page.line()
                    .text(
                            0,
                            "Not reproduced. Terms, lineage or software changed since, or the records are not of this catalog:");
        }
        for (var one : report.unreproduced()) {
            page.text(
                    2,
                    4,
                    "%s: today %s%s%s"
                            .formatted(
                                    named(one.recorded()),
                                    one.today().word(),
                                    because(one.today()),
                                    one.sameCatalog()
                                            ? "; the terms are the same as then"
                                            : "; it was decided under other terms"));
        }
        for (var one : report.skipped()) {
            page.text(2, 4, "%s: skipped: %s".formatted(named(one.recorded()), one.reason()));
        }
    }

    private static String named(Recorded recorded) {
        return "%s of %s, %s for %s, recorded as %s"
                .formatted(
                        recorded.decision(), recorded.time(), recorded.model(), recorded.tenant(), recorded.verdict());
    }

    private static String because(Verdict verdict) {
        var clauses = verdict.findings().stream()
                .map(finding -> "%s '%s'".formatted(finding.license(), finding.clause()))
                .distinct()
                .collect(Collectors.joining(", "));
        return clauses.isEmpty() ? "" : " by " + clauses;
    }

    private static String counted(long count, String what) {
        return "%,d %s%s".formatted(count, what, count == 1 ? "" : "s");
    }

    private static String word(@Nullable Verdict verdict) {
        return verdict == null ? "not in the catalog" : verdict.word();
    }
}
