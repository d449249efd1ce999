package io.weighbridge.license.openness;

import io.weighbridge.license.openness.Evidence.Released;
import io.weighbridge.license.openness.ModelEvidence.Access;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How open one model is, and why. Everything in it is computed from the evidence.
 *
 * @param nature the kind of license the weights are under
 * @param shown what evidence of high or medium confidence shows
 * @param claimed what would hold if every claim were true
 */
public record OpennessReport(
        ModelEvidence model,
        LicenseNature nature,
        Assessment shown,
        Assessment claimed,
        Map<Axis, Marking> axes,
        OpenSourceDefinition definition,
        EuExemption exemption) {
    private static final List<Component> RECIPE = List.of(
            Component.DATASETS,
            Component.DATA_PREPROCESSING_CODE,
            Component.TRAINING_CODE,
            Component.INTERMEDIATE_PARAMETERS);

    /** The five questions that openness falls into. */
    public enum Axis {
        /** Can one get the weights? */
        OBTAINABLE,
        /** May one use them? */
        USABLE,
        /** Which class of the framework? */
        COMPLETE,
        /** Could one make them again: data, code, checkpoints? */
        REPRODUCIBLE,
        /** How much of what is said can be checked by following a link? */
        TRANSPARENT;

        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** A grade on one axis, in a word and in a sentence. */
    public record Marking(Grade grade, String words) {}

    /** What people mean when they say open. */
    public enum Kind {
        CLOSED,
        OPEN_WEIGHTS,
        OPEN_SOURCE;

        public String code() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public OpennessReport {
        axes = Collections.unmodifiableMap(new TreeMap<>(axes));
    }

    /**
     * The report on a model.
     *
     * @param fromTerms the nature of the weights' license as a reading of its terms gives it, or null to take the
     *     record's word
     */
    public static OpennessReport of(ModelEvidence model, OpenLicenses licenses, @Nullable LicenseNature fromTerms) {
        var shown = Assessment.shown(model, licenses);
        var nature = fromTerms != null ? fromTerms : natureOf(model, licenses);
        var axes = new TreeMap<Axis, Marking>();
        axes.put(Axis.OBTAINABLE, obtainable(model));
        axes.put(Axis.USABLE, usable(model, nature));
        axes.put(Axis.COMPLETE, complete(shown));
        axes.put(Axis.REPRODUCIBLE, reproducible(model));
        axes.put(Axis.TRANSPARENT, transparent(model));
        return new OpennessReport(
                model,
                nature,
                shown,
                Assessment.claimed(model, licenses),
                axes,
                OpenSourceDefinition.of(model, nature, shown),
                EuExemption.of(model, nature, shown));
    }

    private static LicenseNature natureOf(ModelEvidence model, OpenLicenses licenses) {
        var license = model.licenseOf(Component.FINAL_PARAMETERS);
        return license != null && licenses.isOpen(license) ? LicenseNature.OPEN : model.nature();
    }

    /** Open source only in the framework's top class or by the Open Source AI Definition; weights alone are less. */
    public Kind kind() {
        if (shown.reached() == OpennessClass.I || definition.conforms() == Grade.YES) {
            return Kind.OPEN_SOURCE;
        }
        var weights = model.of(Component.FINAL_PARAMETERS);
        return weights == null || marking(Axis.OBTAINABLE).grade() == Grade.NO ? Kind.CLOSED : Kind.OPEN_WEIGHTS;
    }

    public Marking marking(Axis axis) {
        return Objects.requireNonNull(axes.get(axis));
    }

    /** Why the model is of its kind, in two or three sentences. */
    public String why() {
        var items = new LinkedHashMap<String, List<String>>();
        for (var check : definition.checks()) {
            if (check.grade() != Grade.YES) {
                items.computeIfAbsent(check.reason(), none -> new ArrayList<>())
                        .add(check.item().replace('-', ' '));
            }
        }
        var failing = items.entrySet().stream()
                .map(item -> "%s (%s)".formatted(String.join(", ", item.getValue()), item.getKey()))
                .collect(Collectors.joining("; "));
        return switch (kind()) {
            case OPEN_SOURCE ->
                definition.conforms() == Grade.YES
                        ? "Open source: one can get the weights, use them for anything, and has the data information"
                                + " and code to make them again."
                        : "Open source by the Model Openness Framework (%s). The Open Source AI Definition leaves open: %s."
                                .formatted(shown.reached().label(), failing);
            case OPEN_WEIGHTS ->
                "Open weights, not open source: one can get the weights, but open source also asks for %s."
                        .formatted(failing);
            case CLOSED ->
                "Closed, as far as is recorded: %s."
                        .formatted(marking(Axis.OBTAINABLE).words());
        };
    }

    /** The least change that would lift the model a class, one sentence for each step; one license can free many parts. */
    public List<String> whatWouldChange() {
        var steps = new LinkedHashMap<String, List<String>>();
        for (var change : shown.changes()) {
            var step = switch (change.kind()) {
                case CONFIRM -> "establish that these are open, as is said";
                case LICENSE ->
                    change.license() == null
                            ? "put an open license on what has none"
                            : "put an open license in the place of " + change.license();
                case COMPLETE -> "release the rest of";
                case RELEASE -> "release under an open license";
            };
            steps.computeIfAbsent(step, none -> new ArrayList<>())
                    .add(change.component().label());
        }
        return steps.entrySet().stream()
                .map(step -> step.getKey() + ": " + String.join(", ", step.getValue()))
                .toList();
    }

    private static Marking obtainable(ModelEvidence model) {
        var weights = model.of(Component.FINAL_PARAMETERS);
        if (weights == null) {
            return new Marking(Grade.UNCLEAR, "nothing is recorded about the weights");
        }
        if (weights.released() == Released.NONE || model.access() == Access.CLOSED) {
            return new Marking(Grade.NO, "the weights are not published");
        }
        if (weights.released() == Released.PARTIAL) {
            return new Marking(Grade.PARTLY, "some of the weights are published");
        }
        return switch (model.access()) {
            case OPEN -> new Marking(Grade.YES, "anyone can download the weights");
            case GATED -> new Marking(Grade.PARTLY, "after login and acceptance of terms, which can be withdrawn");
            case UNKNOWN, CLOSED ->
                new Marking(Grade.UNCLEAR, "weights are published; how one gets them is not recorded");
        };
    }

    private static Marking usable(ModelEvidence model, LicenseNature nature) {
        var license = model.licenseOf(Component.FINAL_PARAMETERS);
        var grade = switch (nature) {
            case OPEN, PERMISSIVE -> Grade.YES;
            case USE_RESTRICTED, CONDITIONAL, NONCOMMERCIAL, RESEARCH_ONLY -> Grade.PARTLY;
            case CLOSED -> Grade.NO;
            case UNKNOWN -> Grade.UNCLEAR;
        };
        return new Marking(grade, "%s: %s".formatted(license == null ? "no license" : license, nature.meaning()));
    }

    private static Marking complete(Assessment shown) {
        var reached = shown.reached();
        var next = reached.next();
        var words = reached == OpennessClass.I
                ? reached.label()
                : "%s; %d %% of Class %s".formatted(reached.label(), shown.progress(next), next.name());
        var grade = reached == OpennessClass.I ? Grade.YES : reached == OpennessClass.NONE ? Grade.NO : Grade.PARTLY;
        return new Marking(grade, words);
    }

    private static Marking reproducible(ModelEvidence model) {
        var out = RECIPE.stream()
                .filter(part -> released(model, part, Released.FULL))
                .toList();
        var some = RECIPE.stream()
                .filter(part -> released(model, part, Released.PARTIAL))
                .toList();
        var grade = out.size() == RECIPE.size() ? Grade.YES : out.isEmpty() && some.isEmpty() ? Grade.NO : Grade.PARTLY;
        var words = "%d of %d released: data, preparation code, training code, checkpoints%s"
                .formatted(out.size(), RECIPE.size(), some.isEmpty() ? "" : "; in part: " + labels(some));
        return new Marking(grade, words);
    }

    private static Marking transparent(ModelEvidence model) {
        var all = Component.values().length;
        var checkable = Arrays.stream(Component.values())
                .filter(part -> released(model, part, Released.FULL) || released(model, part, Released.PARTIAL))
                .filter(part -> {
                    var evidence = Objects.requireNonNull(model.of(part));
                    return evidence.url() != null && evidence.confidence().decides();
                })
                .count();
        var grade = checkable * 4 >= all * 3L ? Grade.YES : checkable == 0 ? Grade.NO : Grade.PARTLY;
        return new Marking(
                grade, "%d of %d components are released and can be checked by a link".formatted(checkable, all));
    }

    private static boolean released(ModelEvidence model, Component component, Released how) {
        var evidence = model.of(component);
        return evidence != null && evidence.released() == how;
    }

    private static String labels(List<Component> components) {
        return components.stream().map(Component::label).collect(Collectors.joining(", "));
    }
}
