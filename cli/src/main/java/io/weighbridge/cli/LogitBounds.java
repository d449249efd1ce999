package io.weighbridge.cli;

import io.weighbridge.inference.djl.Numerics;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What logits in narrow numerics are held to. Differences are in units of the reference's spread, so that families that scale their
 * logits are measured alike. A mixture of experts has no largest difference: where two experts' scores nearly tie, rounding takes the
 * other one and all logits of that position change; half of its positions and the means are held instead.
 *
 * @param heldShare share of the positions, those that agree best, whose differences are held
 * @param differenceMax largest difference between a logit and its reference among these
 * @param divergenceMax largest mean of KL(reference || ours), in nats
 * @param topAgreementMin smallest share of positions with the reference's most likely token
 */
record LogitBounds(double heldShare, double differenceMax, double divergenceMax, double topAgreementMin) {
    /** Half again what the worst dense case was measured at: processors round in different orders. */
    private static final LogitBounds BF16 = new LogitBounds(1, 0.25, 0.001, 0.875);
    /** The same for eight bits in blocks of 32. */
    private static final LogitBounds INT8 = new LogitBounds(1, 0.6, 0.0025, 0.875);
    /** Positions where no expert is exchanged are as near as in dense models; means allow for some exchanges among few positions. */
    private static final LogitBounds MIXTURE = new LogitBounds(0.5, 0.25, 0.03, 0.8);

    /** None for numerics that are the reference itself, or that depend on what a file stores, and for four bits. */
    static Optional<LogitBounds> of(Numerics numerics, boolean mixture) {
        return switch (numerics) {
            case BF16 -> Optional.of(mixture ? MIXTURE : BF16);
            case INT8 -> Optional.of(mixture ? MIXTURE : INT8);
            case F32, STORED, INT4 -> Optional.empty();
        };
    }

    /** Whether {@code agreement} keeps all of them; what is no number does not. */
    boolean hold(LogitAgreement agreement) {
        return agreement.difference(heldShare) <= differenceMax * agreement.spread()
                && agreement.meanDivergence() <= divergenceMax
                && agreement.topAgreement() >= topAgreementMin;
    }

    Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("held_positions", heldShare);
        fields.put("logit_diff_by_spread", differenceMax);
        fields.put("mean_kl", divergenceMax);
        fields.put("top1_agreement", topAgreementMin);
        return fields;
    }
}
