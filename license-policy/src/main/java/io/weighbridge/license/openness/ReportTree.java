package io.weighbridge.license.openness;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A report as maps, lists and scalars: the JSON that command line and REST both give. */
public final class ReportTree {
    private ReportTree() {}

    public static Map<String, Object> of(OpennessReport report) {
        var model = report.model();
        var tree = new LinkedHashMap<String, Object>();
        tree.put("model", model.id());
        tree.put("name", model.release().name());
        tree.put("producer", model.release().producer());
        tree.put("kind", report.kind().code());
        tree.put("why", report.why());
        tree.put("class", report.shown().reached().name());
        tree.put("claimedClass", report.claimed().reached().name());
        var progress = new LinkedHashMap<String, Object>();
        OpennessClass.LADDER.forEach(
                rung -> progress.put(rung.name(), report.shown().progress(rung)));
        tree.put("progress", progress);
        var axes = new LinkedHashMap<String, Object>();
        report.axes()
                .forEach((axis, marking) ->
                        axes.put(axis.code(), entry("grade", marking.grade().code(), "words", marking.words())));
        tree.put("axes", axes);
        tree.put("components", components(report));
        tree.put(
                "warnings",
                report.shown().warnings().stream().map(Component::code).toList());
        tree.put("whatWouldChange", change(report));
        tree.put("openSourceDefinition", definition(report.definition()));
        tree.put(
                "euFossExempt",
                entry(
                        "answer",
                        report.exemption().answer().code(),
                        "reasons",
                        report.exemption().reasons()));
        if (!model.difference().isEmpty()) {
            tree.put("difference", model.difference());
        }
        return tree;
    }

    private static List<Object> components(OpennessReport report) {
        var components = new ArrayList<Object>();
        for (var component : Component.values()) {
            var tree = new LinkedHashMap<String, Object>();
            var standing = report.shown().standing(component);
            tree.put("component", component.code());
            tree.put("label", component.label());
            tree.put("type", component.type().code());
            tree.put("class", component.tier().name());
            tree.put("required", component.required());
            tree.put("standing", standing.code());
            tree.put("counts", standing.counts());
            var evidence = report.model().of(component);
            if (evidence != null) {
                tree.put("evidence", evidence(report, evidence));
            }
            components.add(tree);
        }
        return components;
    }

    private static Map<String, Object> evidence(OpennessReport report, Evidence evidence) {
        var tree = EvidenceFormat.tree(evidence);
        tree.remove("component");
        if (evidence.released() != Evidence.Released.NONE) {
            EvidenceFormat.putIfKnown(tree, "license", report.model().licenseOf(evidence.component()));
        }
        return tree;
    }

    private static Map<String, Object> change(OpennessReport report) {
        var changes = new ArrayList<Object>();
        for (var change : report.shown().changes()) {
            var tree = entry(
                    "component", change.component().code(), "do", change.kind().code());
            EvidenceFormat.putIfKnown(tree, "license", change.license());
            changes.add(tree);
        }
        var tree = entry("changes", changes, "words", report.whatWouldChange());
        if (!changes.isEmpty()) {
            tree.put("to", report.shown().reached().next().name());
        }
        return tree;
    }

    private static Map<String, Object> definition(OpenSourceDefinition definition) {
        var checks = new LinkedHashMap<String, Object>();
        for (var check : definition.checks()) {
            checks.put(check.item(), entry("grade", check.grade().code(), "reason", check.reason()));
        }
        return entry("conforms", definition.conforms().code(), "checks", checks);
    }

    private static Map<String, Object> entry(String key, Object value, String secondKey, Object secondValue) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put(key, value);
        entry.put(secondKey, secondValue);
        return entry;
    }
}
