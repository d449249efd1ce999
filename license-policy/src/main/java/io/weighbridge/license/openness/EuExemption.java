package io.weighbridge.license.openness;

import io.weighbridge.license.openness.ModelEvidence.Access;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the maker of a model may fall under the European AI Act's exemption for free and open-source general-purpose
 * models (Articles 53(2) and 54(6)), with the reasons. It spares the maker documentation duties only, not the copyright
 * policy and the summary of the training data. An indication for people to check, not legal advice.
 */
public record EuExemption(Grade answer, List<String> reasons) {
    /** Training compute, in floating-point operations, from which the Act presumes systemic risk (Article 51(2)). */
    public static final double SYSTEMIC_RISK_FLOPS = 1e25;

    public EuExemption {
        reasons = List.copyOf(reasons);
    }

    static EuExemption of(ModelEvidence model, LicenseNature nature, Assessment assessment) {
        var reasons = new ArrayList<String>();
        var answer = license(nature, reasons)
                .and(weights(model, assessment, reasons))
                .and(information(assessment, reasons))
                .and(compute(model, reasons));
        return new EuExemption(answer, reasons);
    }

    private static Grade license(LicenseNature nature, List<String> reasons) {
        reasons.add("license of the weights: " + nature.meaning());
        return switch (nature) {
            case OPEN, PERMISSIVE -> Grade.YES;
            // Which restrictions of purpose disqualify is the Commission's to say.
            case USE_RESTRICTED, UNKNOWN -> Grade.UNCLEAR;
            case CONDITIONAL, NONCOMMERCIAL, RESEARCH_ONLY, CLOSED -> Grade.NO;
        };
    }

    private static Grade weights(ModelEvidence model, Assessment assessment, List<String> reasons) {
        var standing = assessment.standing(Component.FINAL_PARAMETERS);
        if (standing == Standing.NOT_RELEASED || model.access() == Access.CLOSED) {
            reasons.add("the weights are not public");
            return Grade.NO;
        }
        if (standing == Standing.UNRECORDED || standing == Standing.PARTIAL || model.access() == Access.UNKNOWN) {
            reasons.add("it is not established that all weights are public");
            return Grade.UNCLEAR;
        }
        if (model.access() == Access.GATED) {
            reasons.add("the weights are behind a login and an acceptance of terms; whether that is public is open");
            return Grade.UNCLEAR;
        }
        reasons.add("the weights are public");
        return Grade.YES;
    }

    private static Grade information(Assessment assessment, List<String> reasons) {
        var described = isOut(assessment.standing(Component.MODEL_CARD))
                || isOut(assessment.standing(Component.TECHNICAL_REPORT));
        if (isOut(assessment.standing(Component.MODEL_ARCHITECTURE)) && described) {
            reasons.add("architecture and use are described in public");
            return Grade.YES;
        }
        reasons.add("it is not established that architecture and use are described in public");
        return Grade.UNCLEAR;
    }

    private static boolean isOut(Standing standing) {
        return standing != Standing.NOT_RELEASED && standing != Standing.UNRECORDED;
    }

    private static Grade compute(ModelEvidence model, List<String> reasons) {
        var flops = model.trainingFlops();
        if (flops == null) {
            reasons.add("training compute unknown: a model of systemic risk is never exempt");
            return Grade.UNCLEAR;
        }
        if (flops >= SYSTEMIC_RISK_FLOPS) {
            reasons.add("training may have reached 1e25 operations, where systemic risk is presumed: never exempt");
            return Grade.NO;
        }
        reasons.add("training stayed below 1e25 operations, so no systemic risk is presumed");
        return Grade.YES;
    }
}
