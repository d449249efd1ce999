package io.weighbridge.license.openness;

import static org.assertj.core.api.Assertions.assertThat;

import io.weighbridge.license.Samples;
import io.weighbridge.license.openness.Evidence.Provenance;
import io.weighbridge.license.openness.Evidence.Released;
import io.weighbridge.license.openness.ModelEvidence.Access;
import io.weighbridge.license.openness.ModelEvidence.LicenseRef;
import io.weighbridge.license.openness.ModelEvidence.Licenses;
import io.weighbridge.license.openness.ModelEvidence.Release;
import io.weighbridge.license.terms.Confidence;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The framework's rules, on made-up models. */
class AssessmentTest {
    private static final OpenLicenses LICENSES = OpennessCatalog.shippedLicenses();
    private static final Licenses NO_LICENSES = new Licenses(null, Map.of());

    @Test
    void seventeen_components_of_which_three_are_optional() {
        assertThat(Component.values()).hasSize(17);
        assertThat(OpennessClass.III.adds()).hasSize(6);
        assertThat(OpennessClass.II.adds()).hasSize(4);
        assertThat(OpennessClass.I.adds()).hasSize(4);
        assertThat(OpennessClass.I.demands()).hasSize(14);
        assertThat(Arrays.stream(Component.values()).filter(c -> !c.required()))
                .containsExactly(Component.SAMPLE_OUTPUTS, Component.SUPPORTING_TOOLS, Component.MODEL_METADATA);
    }

    @Test
    void progress_is_nothing_until_the_class_below_is_full() {
        var nearly = new ArrayList<>(OpennessClass.I.demands());
        nearly.remove(Component.DATA_CARD);
        var assessment = assess(open(nearly));
        assertThat(assessment.reached()).isEqualTo(OpennessClass.NONE);
        assertThat(progress(assessment)).containsExactly(83, 0, 0);

        var third = assess(open(OpennessClass.III.demands()));
        assertThat(third.reached()).isEqualTo(OpennessClass.III);
        assertThat(progress(third)).containsExactly(100, 60, 0);

        var first = assess(open(OpennessClass.I.demands()));
        assertThat(progress(first)).containsExactly(100, 100, 100);
        assertThat(first.changes()).isEmpty();
    }

    @Test
    void optional_components_never_count() {
        var all = assess(open(List.of(Component.values())));
        assertThat(progress(all)).containsExactly(100, 100, 100);
        var optional = assess(open(List.of(Component.MODEL_METADATA, Component.SAMPLE_OUTPUTS)));
        assertThat(progress(optional)).containsExactly(0, 0, 0);
    }

    @Test
    void a_research_paper_stands_in_for_the_technical_report_and_counts_once() {
        var components = new ArrayList<>(OpennessClass.I.demands());
        components.remove(Component.TECHNICAL_REPORT);
        assertThat(progress(assess(open(components)))).containsExactly(100, 100, 100);
        components.remove(Component.DATASETS);
        // 12 of 13, not 13 of 14.
        assertThat(progress(assess(open(components)))).containsExactly(100, 100, 92);
    }

    @Test
    void the_license_is_the_components_own_then_its_types_then_the_distributions() {
        var licenses = new Licenses(
                new LicenseRef("LicenseRef-Whole", null), Map.of(Component.Type.DATA, new LicenseRef("CC0-1.0", null)));
        var model = model(
                licenses,
                List.of(
                        piece(Component.MODEL_ARCHITECTURE, Released.FULL, "MIT", Confidence.HIGH),
                        piece(Component.FINAL_PARAMETERS, Released.FULL, null, Confidence.HIGH),
                        piece(Component.MODEL_CARD, Released.FULL, null, Confidence.HIGH),
                        piece(Component.DATA_CARD, Released.FULL, Evidence.UNLICENSED, Confidence.HIGH)));
        assertThat(model.licenseOf(Component.MODEL_ARCHITECTURE)).isEqualTo("MIT");
        assertThat(model.licenseOf(Component.FINAL_PARAMETERS)).isEqualTo("CC0-1.0");
        assertThat(model.licenseOf(Component.MODEL_CARD)).isEqualTo("LicenseRef-Whole");
        assertThat(model.licenseOf(Component.DATA_CARD)).isNull();
        var assessment = Assessment.shown(model, LICENSES);
        assertThat(assessment.standing(Component.MODEL_CARD)).isEqualTo(Standing.NOT_OPEN);
        assertThat(assessment.standing(Component.DATA_CARD)).isEqualTo(Standing.UNLICENSED);
        assertThat(assessment.standing(Component.DATASETS)).isEqualTo(Standing.UNRECORDED);
    }

    @Test
    void an_open_license_for_another_kind_of_work_counts_with_a_warning() {
        var assessment = Assessment.shown(
                model(
                        NO_LICENSES,
                        List.of(piece(Component.FINAL_PARAMETERS, Released.FULL, "Apache-2.0", Confidence.HIGH))),
                LICENSES);
        assertThat(assessment.standing(Component.FINAL_PARAMETERS)).isEqualTo(Standing.OPEN_OTHER_KIND);
        assertThat(assessment.warnings()).containsExactly(Component.FINAL_PARAMETERS);
        assertThat(progress(assessment)).containsExactly(17, 0, 0);
    }

    @Test
    void what_is_only_said_is_claimed_and_not_shown() {
        var evidence = OpennessClass.III.demands().stream()
                .map(c -> piece(c, Released.FULL, "OpenMDW-1.0", Confidence.LOW))
                .toList();
        var model = model(NO_LICENSES, evidence);
        assertThat(Assessment.shown(model, LICENSES).reached()).isEqualTo(OpennessClass.NONE);
        assertThat(Assessment.claimed(model, LICENSES).reached()).isEqualTo(OpennessClass.III);
        assertThat(Assessment.shown(model, LICENSES).changes())
                .allMatch(change -> change.kind() == Change.Kind.CONFIRM)
                .hasSize(6);
    }

    @Test
    void a_part_is_not_the_whole() {
        var model = model(NO_LICENSES, List.of(piece(Component.DATASETS, Released.PARTIAL, "MIT", Confidence.HIGH)));
        assertThat(Assessment.claimed(model, LICENSES).standing(Component.DATASETS))
                .isEqualTo(Standing.PARTIAL);
    }

    @Test
    void of_report_and_paper_the_one_nearer_to_open_is_asked_for() {
        var model = model(
                NO_LICENSES,
                List.of(piece(Component.RESEARCH_PAPER, Released.FULL, Evidence.UNLICENSED, Confidence.HIGH)));
        assertThat(Assessment.shown(model, LICENSES).changes())
                .contains(new Change(Component.RESEARCH_PAPER, Change.Kind.LICENSE, null))
                .noneMatch(change -> change.component() == Component.TECHNICAL_REPORT);
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void the_changes_named_lift_the_class_and_none_is_needless(RandomGenerator random) {
        var model = anyModel(random);
        var before = Assessment.shown(model, LICENSES);
        var changes = before.changes();

        var after = Assessment.shown(with(model, changes), LICENSES);
        assertThat(after.reached()).isGreaterThanOrEqualTo(before.reached().next());
        for (var left : changes) {
            var others = changes.stream().filter(change -> change != left).toList();
            assertThat(Assessment.shown(with(model, others), LICENSES).reached())
                    .isEqualTo(before.reached());
        }
    }

    @ParameterizedTest
    @MethodSource("io.weighbridge.license.Samples#random")
    void opening_one_more_component_never_lowers_anything(RandomGenerator random) {
        var model = anyModel(random);
        var component = Samples.oneOf(random, Component.values());
        var before = Assessment.shown(model, LICENSES);
        var after = Assessment.shown(with(model, List.of(new Change(component, Change.Kind.RELEASE, null))), LICENSES);
        assertThat(after.reached()).isGreaterThanOrEqualTo(before.reached());
        assertThat(before.reached())
                .isLessThanOrEqualTo(Assessment.claimed(model, LICENSES).reached());
        for (var rung : OpennessClass.LADDER) {
            assertThat(after.progress(rung)).isGreaterThanOrEqualTo(before.progress(rung));
            assertThat(before.progress(rung) == 100).isEqualTo(before.reached().compareTo(rung) >= 0);
        }
    }

    private static ModelEvidence anyModel(RandomGenerator random) {
        // Mostly open, so that the upper classes are reached too.
        var openShare = random.nextDouble();
        var evidence = new ArrayList<Evidence>();
        for (var component : Component.values()) {
            if (random.nextDouble() < openShare) {
                evidence.add(piece(component, Released.FULL, "OpenMDW-1.0", Confidence.HIGH));
            } else if (random.nextBoolean()) {
                var released = Samples.oneOf(random, Released.values());
                var license = released == Released.NONE
                        ? null
                        : Samples.oneOf(random, "MIT", "CC-BY-4.0", "LicenseRef-Own", Evidence.UNLICENSED);
                evidence.add(piece(component, released, license, Samples.oneOf(random, Confidence.values())));
            }
        }
        return model(NO_LICENSES, evidence);
    }

    private static ModelEvidence with(ModelEvidence model, List<Change> changes) {
        var changed = changes.stream().map(Change::component).toList();
        var evidence = new ArrayList<>(model.evidence().stream()
                .filter(piece -> !changed.contains(piece.component()))
                .toList());
        changed.forEach(component -> evidence.add(piece(component, Released.FULL, "OpenMDW-1.0", Confidence.HIGH)));
        return model(model.licenses(), evidence);
    }

    private static List<Integer> progress(Assessment assessment) {
        return OpennessClass.LADDER.stream().map(assessment::progress).toList();
    }

    private static Assessment assess(List<Evidence> evidence) {
        return Assessment.shown(model(NO_LICENSES, evidence), LICENSES);
    }

    private static List<Evidence> open(List<Component> components) {
        return components.stream()
                .map(c -> piece(c, Released.FULL, "OpenMDW-1.0", Confidence.HIGH))
                .toList();
    }

    static Evidence piece(Component component, Released released, @Nullable String license, Confidence confidence) {
        return new Evidence(
                component,
                released,
                null,
                null,
                license,
                null,
                "a test",
                LocalDate.EPOCH,
                confidence,
                Provenance.PUBLISHER,
                null);
    }

    static ModelEvidence model(Licenses licenses, List<Evidence> evidence) {
        return new ModelEvidence(
                "a/model",
                Set.of(),
                new Release("model", "a", null, Map.of()),
                Access.OPEN,
                LicenseNature.UNKNOWN,
                null,
                licenses,
                evidence,
                "");
    }
}
