package io.weighbridge.license.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.VerdictJson;
import org.jspecify.annotations.Nullable;

/**
 * Writes plans as JSON, the same on the command line and over HTTP.
 *
 * <pre>
 *   {about, pairs, counts: {lost, gained, owes-otherwise, opened, closed},
 *    effects: [{tenant, model, kind, before, after,             verdicts' words; 'absent' when the model is not there
 *               findings,                                       of the verdict that refuses: after, or before when gained
 *               owedNow, owedNoLonger,
 *               replacements: [{model, why, obligations}]}],
 *    replay: {decisions, flipCount, flips: [{decision, time, tenant, model, recorded, after, findings}],
 *             unreproducedCount, unreproduced: [{..., recorded, today, sameCatalog, findings}],
 *             skippedCount, skipped: [{..., recorded, reason}]}}
 * </pre>
 */
public final class PlanJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private PlanJson() {}

    /** @param replay what replaying recorded decisions found, where some were given */
    public static ObjectNode write(Plan plan, Replay.@Nullable Report replay) {
        var root = JSON.createObjectNode().put("about", plan.about()).put("pairs", plan.pairs());
        var counts = root.putObject("counts");
        for (var kind : Plan.Kind.values()) {
            counts.put(VerdictJson.word(kind), plan.count(kind));
        }
        var effects = root.putArray("effects");
        plan.effects().forEach(effect -> effects.add(write(effect)));
        if (replay != null) {
            root.set("replay", write(replay));
        }
        return root;
    }

    private static ObjectNode write(Plan.Effect effect) {
        var before = effect.before();
        var after = effect.after();
        var node = JSON.createObjectNode()
                .put("tenant", effect.tenant())
                .put("model", effect.model())
                .put("kind", VerdictJson.word(effect.kind()))
                .put("before", word(before))
                .put("after", word(after));
        var refusing = effect.kind() == Plan.Kind.GAINED ? before : after;
        node.set("findings", refusing == null ? JSON.createArrayNode() : VerdictJson.findings(refusing.findings()));
        node.set("owedNow", VerdictJson.obligations(effect.owedNow()));
        node.set("owedNoLonger", VerdictJson.obligations(effect.owedNoLonger()));
        var replacements = node.putArray("replacements");
        for (var replacement : effect.replacements()) {
            replacements
                    .addObject()
                    .put("model", replacement.model())
                    .put("why", replacement.why())
                    .set("obligations", VerdictJson.obligations(replacement.obligations()));
        }
        return node;
    }

    private static ObjectNode write(Replay.Report report) {
        var root = JSON.createObjectNode().put("decisions", report.decisions()).put("flipCount", report.flipCount());
        var flips = root.putArray("flips");
        for (var flip : report.flips()) {
            flips.add(write(flip.recorded())
                    .put("after", flip.after().word())
                    .set("findings", VerdictJson.findings(flip.after().findings())));
        }
        root.put("unreproducedCount", report.unreproducedCount());
        var unreproduced = root.putArray("unreproduced");
        for (var one : report.unreproduced()) {
            unreproduced.add(write(one.recorded())
                    .put("today", one.today().word())
                    .put("sameCatalog", one.sameCatalog())
                    .set("findings", VerdictJson.findings(one.today().findings())));
        }
        root.put("skippedCount", report.skippedCount());
        var skipped = root.putArray("skipped");
        for (var one : report.skipped()) {
            skipped.add(write(one.recorded()).put("reason", one.reason()));
        }
        return root;
    }

    private static ObjectNode write(Recorded recorded) {
        return JSON.createObjectNode()
                .put("decision", recorded.decision())
                .put("time", recorded.time().toString())
                .put("tenant", recorded.tenant())
                .put("model", recorded.model())
                .put("recorded", recorded.verdict());
    }

    private static String word(@Nullable Verdict verdict) {
        return verdict == null ? "absent" : verdict.word();
    }
}
