package io.weighbridge.cli;

import io.weighbridge.license.openness.Component;
import io.weighbridge.license.openness.Evidence.Released;
import io.weighbridge.license.openness.Grade;
import io.weighbridge.license.openness.OpennessClass;
import io.weighbridge.license.openness.OpennessReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** An openness report for people at a terminal. */
final class OpennessText {
    private static final int COLUMNS = 110;

    private OpennessText() {}

    /** @param sources whether to say for each component where that was seen */
    static String of(OpennessReport report, boolean sources) {
        var lines = new ArrayList<String>();
        lines.add("%s, by %s"
                .formatted(report.model().id(), report.model().release().producer()));
        lines.addAll(wrapped(report.why(), ""));
        lines.add("");
        report.axes()
                .forEach((axis, marking) -> lines.add(
                        "  %-13s %-8s %s".formatted(axis.code(), marking.grade().code(), marking.words())));
        components(report, sources, lines);
        change(report, lines);
        definition(report, lines);
        exemption(report, lines);
        if (!report.model().difference().isEmpty()) {
            lines.add("");
            lines.add("Against the Model Openness Tool's entry");
            lines.addAll(wrapped(report.model().difference(), "  "));
        }
        return String.join("\n", lines);
    }

    private static void components(OpennessReport report, boolean sources, List<String> lines) {
        lines.add("");
        lines.add("Components of the Model Openness Framework 1.0 (x counts, - does not, . optional)");
        for (var rung : OpennessClass.LADDER) {
            lines.add("  %s: %d %%".formatted(rung.label(), report.shown().progress(rung)));
            Arrays.stream(Component.values())
                    .filter(component -> component.tier() == rung)
                    .forEach(component -> {
                        lines.add(line(report, component));
                        if (sources) {
                            lines.addAll(sources(report, component));
                        }
                    });
        }
        if (!report.shown().warnings().isEmpty()) {
            lines.add("  * an open license made for another kind of work; it counts, a fitting one would be better");
        }
        if (report.claimed().reached() != report.shown().reached()) {
            lines.add("  If every doubtful statement were true: %s."
                    .formatted(report.claimed().reached().label()));
        }
    }

    private static String line(OpennessReport report, Component component) {
        var standing = report.shown().standing(component);
        var covered = component == Component.TECHNICAL_REPORT
                && !standing.counts()
                && report.shown().standing(Component.RESEARCH_PAPER).counts();
        var mark = !component.required() ? "." : standing.counts() || covered ? "x" : "-";
        var evidence = report.model().of(component);
        // What is out only in part is often other people's work: an inherited license says nothing about it.
        var license = evidence == null
                ? null
                : evidence.released() == Released.FULL ? report.model().licenseOf(component) : evidence.license();
        var words = covered ? "the research paper stands in" : standing.label();
        if (report.shown().warnings().contains(component)) {
            words = "open *";
        }
        return "    %s %-32s %-34s %s"
                .formatted(mark, component.label(), words, license == null ? "" : license)
                .stripTrailing();
    }

    private static List<String> sources(OpennessReport report, Component component) {
        var evidence = report.model().of(component);
        if (evidence == null) {
            return List.of();
        }
        var lines = new ArrayList<String>();
        if (evidence.url() != null) {
            lines.add("        " + evidence.url());
        }
        if (evidence.note() != null) {
            lines.addAll(wrapped(evidence.note(), "        "));
        }
        lines.add("        %s confidence, %s, said by %s on %s"
                .formatted(word(evidence.confidence()), word(evidence.provenance()), evidence.by(), evidence.on()));
        return lines;
    }

    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void change(OpennessReport report, List<String> lines) {
        var steps = report.whatWouldChange();
        if (!steps.isEmpty()) {
            lines.add("");
            lines.add("The least that would make it %s"
                    .formatted(report.shown().reached().next().label()));
            steps.forEach(step -> lines.addAll(wrapped(step, "  ")));
        }
    }

    private static void definition(OpennessReport report, List<String> lines) {
        lines.add("");
        lines.add("Open Source AI Definition 1.0: "
                + (report.definition().conforms() == Grade.YES
                        ? "met, as far as the evidence goes"
                        : report.definition().conforms() == Grade.NO ? "not met" : "unclear"));
        for (var check : report.definition().checks()) {
            lines.add("  %-17s %-8s %s".formatted(check.item(), check.grade().code(), check.reason()));
        }
    }

    private static void exemption(OpennessReport report, List<String> lines) {
        lines.add("");
        lines.add("Exempt as open source under the EU AI Act: %s (an indication, not legal advice)"
                .formatted(report.exemption().answer().code()));
        report.exemption().reasons().forEach(reason -> lines.add("  - " + reason));
    }

    /** One line for each model. */
    static String table(List<OpennessReport> reports) {
        var lines = new ArrayList<String>();
        var form = "%-36s %-13s %-6s %-8s %5s %5s %5s";
        lines.add(form.formatted("model", "kind", "class", "claimed", "III", "II", "I"));
        for (var report : reports) {
            var shown = report.shown();
            lines.add(form.formatted(
                    report.model().id(),
                    report.kind().code(),
                    word(shown.reached()),
                    word(report.claimed().reached()),
                    percent(report, OpennessClass.III),
                    percent(report, OpennessClass.II),
                    percent(report, OpennessClass.I)));
        }
        lines.add("");
        lines.add(
                "class: shown by evidence; claimed: if every statement were true; then percent of each class's components.");
        lines.add("'./weighbridge openness MODEL' says why.");
        return String.join("\n", lines);
    }

    private static String word(OpennessClass reached) {
        return reached == OpennessClass.NONE ? "none" : reached.name();
    }

    private static String percent(OpennessReport report, OpennessClass rung) {
        return report.shown().progress(rung) + " %";
    }

    private static List<String> wrapped(String text, String indent) {
        var lines = new ArrayList<String>();
        var line = new StringBuilder(indent);
        for (var word : text.split(" ")) {
            if (line.length() > indent.length() && line.length() + 1 + word.length() > COLUMNS) {
                lines.add(line.toString());
                line = new StringBuilder(indent);
            }
            line.append(line.length() > indent.length() ? " " : "").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
