package io.weighbridge.gateway.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.weighbridge.gateway.snapshot.Snapshot;
import io.weighbridge.license.policy.Lineage;
import io.weighbridge.license.policy.Verdict;
import io.weighbridge.license.policy.Verdict.Undetermined;
import io.weighbridge.license.terms.Act;
import io.weighbridge.license.terms.Axis;
import io.weighbridge.license.terms.Clause;
import io.weighbridge.license.terms.Restriction;
import io.weighbridge.license.terms.Terms;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The page {@code /v1/models/{id}/license}: what the license says, where it comes from, and what it means for this caller. */
final class LicensePage {
    private LicensePage() {}

    static ObjectNode of(Snapshot snapshot, Snapshot.Model model, Act act, Verdict verdict) {
        var page = Json.object().put("object", "model.license").put("model", model.id());
        page.set("license", license(model));
        var terms = model.terms();
        if (terms != null) {
            page.put("summary", terms.summary());
            page.set("clauses", clauses(terms));
            policies(page.putArray("policies"), terms);
        }
        lineage(page.putArray("lineage"), snapshot, model);
        var answer = page.putObject("verdict").put("act", LicenseJson.code(act)).put("verdict", verdict.word());
        answer.set("obligations", LicenseJson.block(model, verdict).get("obligations"));
        LicenseJson.findings(answer.putArray("findings"), verdict.findings());
        if (verdict instanceof Undetermined(var questions)) {
            LicenseJson.missingFacts(answer.putArray("missing_facts"), questions);
        }
        return page;
    }

    private static ObjectNode license(Snapshot.Model model) {
        var claim = model.claim();
        var license = Json.object()
                .put("id", model.labels().license())
                .put("declared", claim.declared())
                .put("detected", claim.detected())
                .put("concluded", claim.concluded())
                .put("conflict", claim.conflict())
                .put("text_digest", model.textDigest());
        var terms = model.terms();
        if (terms != null) {
            license.put("name", terms.name())
                    .put("class", LicenseJson.code(terms.licenseClass()))
                    .put("steward", terms.steward())
                    .put("url", terms.url())
                    .put("terms_version", terms.version())
                    .put("terms_digest", terms.digest());
        }
        return license;
    }

    /** The clauses by axis; grants have an axis of their own. */
    private static ObjectNode clauses(Terms terms) {
        var axes = Json.object();
        terms.grants().forEach(grant -> add(axes, "grants", grant.clause()).put("act", LicenseJson.code(grant.act())));
        for (var condition : terms.conditions()) {
            add(axes, axis(condition.axis()), condition.clause())
                    .put("kind", "condition")
                    .put("effect", LicenseJson.code(condition.effect()));
        }
        restrictions(axes, terms.restrictions());
        for (var obligation : terms.obligations()) {
            add(axes, axis(Axis.ATTRIBUTION), obligation.clause())
                    .put("kind", "obligation")
                    .put("act", LicenseJson.code(obligation.on()))
                    .put("channel", LicenseJson.code(obligation.channel()))
                    .put("value", obligation.value());
        }
        for (var naming : terms.naming()) {
            add(axes, axis(Axis.ATTRIBUTION), naming.clause())
                    .put("kind", "naming")
                    .put("prefix", naming.prefix());
        }
        add(axes, axis(Axis.OUTPUT_USE), terms.outputs().clause())
                .put("kind", "outputs")
                .put("rule", LicenseJson.code(terms.outputs().rule()));
        return axes;
    }

    private static void policies(ArrayNode array, Terms terms) {
        for (var policy : terms.policies()) {
            var node = array.addObject()
                    .put("id", policy.id())
                    .put("name", policy.name())
                    .put("version", policy.version())
                    .put("digest", policy.digest())
                    .put("url", policy.url())
                    .put("mutable", policy.mutable());
            var axes = Json.object();
            restrictions(axes, policy.restrictions());
            node.set("clauses", axes);
        }
    }

    private static void restrictions(ObjectNode axes, List<Restriction> restrictions) {
        for (var restriction : restrictions) {
            add(axes, axis(restriction.axis()), restriction.clause()).put("kind", "restriction");
        }
    }

    private static ObjectNode add(ObjectNode axes, String axis, Clause clause) {
        return axes.withArray("/" + axis)
                .addObject()
                .put("clause", clause.id())
                .put("section", clause.section())
                .put("text", clause.text())
                .put("confidence", LicenseJson.code(clause.confidence()))
                .put("provenance", LicenseJson.code(clause.provenance()));
    }

    private static String axis(Axis axis) {
        return LicenseJson.code(axis).replace('-', '_');
    }

    private static void lineage(ArrayNode array, Snapshot snapshot, Snapshot.Model model) {
        for (var ancestor : snapshot.lineage().ancestors(model.id())) {
            array.addObject()
                    .put("model", ancestor.model())
                    .put("license", license(ancestor.node()))
                    .put("holds_weights", ancestor.byWeights())
                    .put("trained_on_outputs", ancestor.byOutputs());
        }
    }

    private static @Nullable String license(Lineage.@Nullable Node node) {
        return node == null ? null : node.claim().shown();
    }
}
