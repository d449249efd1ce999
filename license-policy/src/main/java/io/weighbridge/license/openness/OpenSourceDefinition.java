package io.weighbridge.license.openness;

import io.weighbridge.license.openness.Evidence.Released;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The checklist of the Open Source AI Definition 1.0 for one model: four freedoms, and the three things one needs to make
 * use of them. All must hold.
 */
public record OpenSourceDefinition(Grade conforms, List<Check> checks) {
    /** One line of the checklist. */
    public record Check(String item, Grade grade, String reason) {}

    private static final List<Component> CODE =
            List.of(Component.DATA_PREPROCESSING_CODE, Component.TRAINING_CODE, Component.INFERENCE_CODE);

    public OpenSourceDefinition {
        checks = List.copyOf(checks);
    }

    static OpenSourceDefinition of(ModelEvidence model, LicenseNature nature, Assessment assessment) {
        var checks = new ArrayList<Check>();
        checks.add(freedom("use", nature));
        checks.add(study(assessment));
        checks.add(freedom("modify", nature));
        checks.add(freedom("share", nature));
        checks.add(dataInformation(model, assessment));
        checks.add(code(assessment));
        checks.add(parameters(assessment));
        var conforms = checks.stream().map(Check::grade).reduce(Grade.YES, Grade::and);
        return new OpenSourceDefinition(conforms == Grade.PARTLY ? Grade.NO : conforms, checks);
    }

    private static Check freedom(String item, LicenseNature nature) {
        var grade = nature.unrestricted() ? Grade.YES : nature == LicenseNature.UNKNOWN ? Grade.UNCLEAR : Grade.NO;
        return new Check(item, grade, "the license of the weights: " + nature.meaning());
    }

    private static Check study(Assessment assessment) {
        var standing = assessment.standing(Component.FINAL_PARAMETERS);
        return switch (standing) {
            case NOT_RELEASED -> new Check("study", Grade.NO, "the weights cannot be had");
            case UNRECORDED -> new Check("study", Grade.UNCLEAR, "nothing is recorded about the weights");
            case PARTIAL -> new Check("study", Grade.PARTLY, "part of the weights can be had");
            default -> new Check("study", Grade.YES, "the weights can be had and looked into");
        };
    }

    private static Check dataInformation(ModelEvidence model, Assessment assessment) {
        var card = assessment.standing(Component.DATA_CARD);
        if (card.counts()) {
            return new Check("data-information", Grade.YES, "the data is described under open terms");
        }
        if (isOut(model, Component.DATA_CARD) || isOut(model, Component.DATASETS)) {
            var reason = "the data is described or released, but not under terms that are established as open";
            return new Check("data-information", Grade.UNCLEAR, reason);
        }
        if (card == Standing.PARTIAL || assessment.standing(Component.DATASETS) == Standing.PARTIAL) {
            return new Check("data-information", Grade.NO, "the data is described only in part");
        }
        return new Check("data-information", Grade.NO, "the training data is not described well enough to rebuild it");
    }

    private static boolean isOut(ModelEvidence model, Component component) {
        var evidence = model.of(component);
        return evidence != null && evidence.released() == Released.FULL;
    }

    private static Check code(Assessment assessment) {
        var lacking = CODE.stream()
                .filter(component -> !assessment.standing(component).counts())
                .toList();
        if (lacking.isEmpty()) {
            return new Check(
                    "code", Grade.YES, "data preparation, training and inference code are out, openly licensed");
        }
        var grade = lacking.stream().allMatch(component -> assessment.standing(component) == Standing.DOUBTFUL)
                ? Grade.UNCLEAR
                : Grade.NO;
        return new Check(
                "code",
                grade,
                lacking.stream()
                        .map(component -> component.label() + ": "
                                + assessment.standing(component).label())
                        .collect(Collectors.joining("; ")));
    }

    private static Check parameters(Assessment assessment) {
        var standing = assessment.standing(Component.FINAL_PARAMETERS);
        var grade = standing.counts()
                ? Grade.YES
                : standing == Standing.DOUBTFUL || standing == Standing.UNRECORDED ? Grade.UNCLEAR : Grade.NO;
        return new Check("parameters", grade, "final parameters: " + standing.label());
    }
}
